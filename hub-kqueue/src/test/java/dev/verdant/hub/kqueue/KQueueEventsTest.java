package dev.verdant.hub.kqueue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.verdant.hub.Readiness;
import org.junit.jupiter.api.Test;

class KQueueEventsTest {

    private static final int ALL = Readiness.READ | Readiness.WRITE | Readiness.ENDED;
    private static final short EVFILT_USER_OF_MAC = -10;

    @Test
    void eachFilterIsADirection() {
        assertThat(KQueueEvents.readiness(KQueueEvents.EVFILT_READ, KQueueEvents.EVERY_EDGE)).isEqualTo(Readiness.READ);
        assertThat(KQueueEvents.readiness(KQueueEvents.EVFILT_WRITE, KQueueEvents.EVERY_EDGE))
                .isEqualTo(Readiness.WRITE);
        assertThat(KQueueEvents.readiness(EVFILT_USER_OF_MAC, KQueueEvents.EVERY_EDGE)).isZero();
    }

    @Test
    void anEndWakesBothDirections() {
        short ended = (short) (KQueueEvents.EVERY_EDGE | KQueueEvents.EV_EOF);
        assertThat(KQueueEvents.readiness(KQueueEvents.EVFILT_READ, ended)).isEqualTo(ALL);
        assertThat(KQueueEvents.readiness(KQueueEvents.EVFILT_WRITE, ended)).isEqualTo(ALL);
        assertThat(KQueueEvents.readiness(KQueueEvents.EVFILT_READ, KQueueEvents.EV_ERROR)).isEqualTo(ALL);
    }

    /** The numbers of sys/event.h, the same on macOS, FreeBSD, OpenBSD and DragonFly. */
    @Test
    void numbersAreTheKernels() {
        assertThat(KQueueEvents.EVFILT_READ).isEqualTo((short) -1);
        assertThat(KQueueEvents.EVFILT_WRITE).isEqualTo((short) -2);
        assertThat(KQueueEvents.EVERY_EDGE).isEqualTo((short) 0x21);
        assertThat(KQueueEvents.EV_DELETE).isEqualTo((short) 0x2);
        assertThat(KQueueEvents.EV_EOF & 0xffff).isEqualTo(0x8000);
        assertThat(KQueueEvents.EV_ERROR).isEqualTo((short) 0x4000);
    }
}
