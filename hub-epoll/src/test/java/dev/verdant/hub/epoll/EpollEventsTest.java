package dev.verdant.hub.epoll;

import static org.assertj.core.api.Assertions.assertThat;

import dev.verdant.hub.Readiness;
import io.netty.channel.epoll.EpollIoOps;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EpollEventsTest {

    private static final int ALL = Readiness.READ | Readiness.WRITE | Readiness.ENDED;

    @Test
    void dataAndRoomAreOneBitEach() {
        assertThat(EpollEvents.readiness(EpollEvents.EPOLLIN)).isEqualTo(Readiness.READ);
        assertThat(EpollEvents.readiness(EpollEvents.EPOLLOUT)).isEqualTo(Readiness.WRITE);
        assertThat(EpollEvents.readiness(EpollEvents.EPOLLIN | EpollEvents.EPOLLOUT))
                .isEqualTo(Readiness.READ | Readiness.WRITE);
        assertThat(EpollEvents.readiness(0)).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {EpollEvents.EPOLLERR, EpollEvents.EPOLLHUP, EpollEvents.EPOLLRDHUP,
            EpollEvents.EPOLLRDHUP | EpollEvents.EPOLLIN})
    void anEndWakesBothDirections(int events) {
        assertThat(EpollEvents.readiness(events)).isEqualTo(ALL);
    }

    @Test
    void urgentDataIsReadableAndUneven() {
        assertThat(EpollEvents.readiness(EpollEvents.EPOLLPRI)).isEqualTo(Readiness.READ | Readiness.URGENT);
    }

    @Test
    void numbersAreNettys() {
        assertThat(EpollEvents.EPOLLIN).isEqualTo(EpollIoOps.EPOLLIN.value());
        assertThat(EpollEvents.EPOLLOUT).isEqualTo(EpollIoOps.EPOLLOUT.value());
        assertThat(EpollEvents.EPOLLERR).isEqualTo(EpollIoOps.EPOLLERR.value());
        assertThat(EpollEvents.EPOLLRDHUP).isEqualTo(EpollIoOps.EPOLLRDHUP.value());
        assertThat(EpollEvents.EPOLLET).isEqualTo(EpollIoOps.EPOLLET.value());
    }
}
