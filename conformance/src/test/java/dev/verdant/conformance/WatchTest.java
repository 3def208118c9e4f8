package dev.verdant.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.green.Green;
import dev.verdant.hub.HubProvider;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** Waits that cannot be taken off the loop, and threads that do not let go of it. */
@NotSimulated(NotSimulated.MACHINE)
class WatchTest {

    /** What the watch has logged while a test ran. */
    private static final class Log extends Handler implements AutoCloseable {

        private final Logger logger = Logger.getLogger("dev.verdant.green");
        private final List<String> messages = new CopyOnWriteArrayList<>();

        Log() {
            logger.setUseParentHandlers(false);
            logger.addHandler(this);
        }

        @Override
        public void publish(LogRecord record) {
            messages.add(record.getMessage());
        }

        @Override
        public void flush() {}

        @Override
        public void close() {
            logger.removeHandler(this);
            logger.setUseParentHandlers(true);
        }
    }

    private static void assertWaitsInInitializerFail(Runnable initialize, Class<?> initialized) {
        assertThatThrownBy(initialize::run).isInstanceOf(ExceptionInInitializerError.class).cause()
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("the class initializer of " + initialized.getName())
                .hasMessageContaining("the end of its sleep");
    }

    private static final class SleepsInItsInitializerOnEpoll {
        static final int VALUE = sleepAndGive();
    }

    private static final class SleepsInItsInitializerOnNio {
        static final int VALUE = sleepAndGive();
    }

    private static int sleepAndGive() {
        Green.sleep(Duration.ofHours(1));
        return 1;
    }

    @HubTest(seconds = 60)
    void aVerdantWaitInAClassInitializerFailsAndNamesTheClass(HubProvider hub) {
        try (var _ = new Log()) {
            if (hub.name().equals("nio")) {
                assertWaitsInInitializerFail(() -> assertThat(SleepsInItsInitializerOnNio.VALUE).isZero(),
                        SleepsInItsInitializerOnNio.class);
            } else {
                assertWaitsInInitializerFail(() -> assertThat(SleepsInItsInitializerOnEpoll.VALUE).isZero(),
                        SleepsInItsInitializerOnEpoll.class);
            }
            Green.sleep(Duration.ofMillis(1));
        }
    }

    private static final class ParksInItsInitializerOnEpoll {
        static final int VALUE = parkAndGive();
    }

    private static final class ParksInItsInitializerOnNio {
        static final int VALUE = parkAndGive();
    }

    private static int parkAndGive() {
        try {
            Thread.sleep(1_000);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        return 2;
    }

    @HubTest(seconds = 60)
    void aJdkWaitInAClassInitializerIsLogged(HubProvider hub) {
        try (var log = new Log()) {
            int value = hub.name().equals("nio")
                    ? ParksInItsInitializerOnNio.VALUE
                    : ParksInItsInitializerOnEpoll.VALUE;
            assertThat(value).isEqualTo(2);
            assertThat(log.messages).anyMatch(
                    message -> message.contains("waits in the JDK") && message.contains("the class initializer of")
                            && message.contains("ParksInItsInitializer") && message.contains("'main'"));
        }
    }

    @HubTest(seconds = 60)
    void aThreadThatComputesIsLoggedWithItsStackAtMostOnceASecond() {
        try (var log = new Log()) {
            long patience = System.nanoTime() + Duration.ofSeconds(20).toNanos();
            while (log.messages.isEmpty() && System.nanoTime() < patience) {
                Thread.onSpinWait();
            }
            long end = System.nanoTime() + Duration.ofMillis(300).toNanos(); // The next may come after a second.
            while (System.nanoTime() < end) {
                Thread.onSpinWait();
            }
            Green.sleep();
            assertThat(log.messages).singleElement().asString()
                    .contains("The green thread 'main' occupies the loop 'test'")
                    .contains("aThreadThatComputesIsLogged");
        }
    }
}
