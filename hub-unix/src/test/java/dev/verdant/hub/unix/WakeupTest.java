package dev.verdant.hub.unix;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoRegistration;
import org.junit.jupiter.api.Test;

class WakeupTest {

    private final Wakeup wakeup = new Wakeup();
    private final CountingPoller poller = new CountingPoller();

    @Test
    void wakingAnAwakeHubAsksThePollerNothingAndKeepsTheNextPollFromWaiting() {
        wakeup.wake(poller);
        assertThat(poller.wakeups).isZero();
        assertThat(wakeup.fallAsleep()).isFalse();
        wakeup.rise();
        assertThat(wakeup.fallAsleep()).isTrue();
    }

    @Test
    void wakingASleeperInterruptsThePollerOnce() {
        assertThat(wakeup.fallAsleep()).isTrue();
        assertThat(wakeup.asleep()).isTrue();
        wakeup.wake(poller);
        wakeup.wake(poller);
        assertThat(wakeup.asleep()).isFalse();
        assertThat(poller.wakeups).isEqualTo(1);
    }

    @Test
    void aClosedHubIsLeftAlone() {
        wakeup.fallAsleep();
        wakeup.close();
        wakeup.wake(poller);
        wakeup.rise();
        assertThat(wakeup.fallAsleep()).isFalse();
        assertThat(poller.wakeups).isZero();
    }

    private static final class CountingPoller implements IoHandler {

        private int wakeups;

        @Override
        public int run(IoHandlerContext context) {
            throw new UnsupportedOperationException();
        }

        @Override
        public IoRegistration register(IoHandle handle) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void wakeup() {
            wakeups++;
        }

        @Override
        public boolean isCompatible(Class<? extends IoHandle> handleType) {
            return true;
        }
    }
}
