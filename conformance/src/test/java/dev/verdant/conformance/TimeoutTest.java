package dev.verdant.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.green.Green;
import dev.verdant.green.GreenExit;
import dev.verdant.green.Timeout;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;

class TimeoutTest {

    private static final Duration SHORT = Duration.ofMillis(5);
    private static final Duration LONG = Duration.ofSeconds(100);

    @HubTest
    void theVeryObjectIsThrownFromAVerdantWaitWithItsStackFilledAtTheThrow() {
        try (var timeout = Timeout.start(SHORT)) {
            assertThatThrownBy(() -> Green.sleep(LONG)).isSameAs(timeout).hasMessage("5 ms")
                    .hasToString("Timeout of 5 ms");
            assertThat(timeout.getStackTrace()).extracting(StackTraceElement::getMethodName).contains("sleep");
            assertThat(timeout.fired()).isTrue();
            assertThat(timeout.pending()).isFalse();
        }
    }

    @HubTest
    void somethingElseIsThrownInsteadIfAskedFor() {
        var instead = new IOException("too slow");
        try (var timeout = Timeout.start(SHORT, instead)) {
            assertThatThrownBy(() -> Green.sleep(LONG)).isSameAs(instead);
            assertThat(timeout.fired()).isTrue();
        }
    }

    @HubTest
    void callGivesTheResultOfABodyThatIsInTime() throws Exception {
        assertThat(Timeout.call(LONG, () -> {
            Green.sleep();
            return 7;
        })).isEqualTo(7);
        assertThat(Timeout.call(null, () -> 8)).isEqualTo(8);
    }

    @HubTest
    @SuppressWarnings("WaitNotInLoop") // nobody ever notifies
    void callThrowsItsOwnTimeoutAroundEveryKindOfJdkWait() {
        var never = new CountDownLatch(1);
        var monitor = new Object();
        assertThatThrownBy(() -> Timeout.call(SHORT, () -> Thread.sleep(100_000))).isInstanceOf(Timeout.class)
                .satisfies(e -> assertThat(e.getSuppressed()).singleElement().isInstanceOf(InterruptedException.class));
        assertThatThrownBy(() -> Timeout.call(SHORT, () -> never.await())).isInstanceOf(Timeout.class);
        assertThatThrownBy(() -> Timeout.call(SHORT, () -> new Semaphore(0).acquire())).isInstanceOf(Timeout.class);
        assertThatThrownBy(() -> Timeout.call(SHORT, () -> new LinkedBlockingQueue<Object>().take()))
                .isInstanceOf(Timeout.class);
        assertThatThrownBy(() -> Timeout.call(SHORT, () -> new CompletableFuture<Object>().get()))
                .isInstanceOf(Timeout.class);
        assertThatThrownBy(() -> Timeout.call(SHORT, () -> {
            synchronized (monitor) {
                monitor.wait();
            }
        })).isInstanceOf(Timeout.class);
        assertThat(Thread.currentThread().isInterrupted()).isFalse();
    }

    @HubTest
    void callOrElseSwallowsItsOwnTimeoutOnly() throws Exception {
        assertThat(Timeout.callOrElse(SHORT, () -> {
            Green.sleep(LONG);
            return "in time";
        }, "late")).isEqualTo("late");
        assertThat(Timeout.callOrElse(SHORT, () -> {
            Thread.sleep(100_000);
            return "in time";
        }, "late")).isEqualTo("late");
        assertThatThrownBy(() -> Timeout.call(SHORT, () -> Timeout.callOrElse(LONG, () -> {
            Green.sleep(LONG);
            return "in time";
        }, "late"))).isInstanceOf(Timeout.class).hasMessage("5 ms");
        assertThatThrownBy(() -> Timeout.callOrElse(LONG, () -> {
            throw new IOException("its own");
        }, "late")).isInstanceOf(IOException.class);
    }

    @HubTest
    void callOrElseDoesNotSwallowAKill() {
        var victim = Green.spawn(() -> Timeout.callOrElse(LONG, () -> {
            Green.sleep(LONG);
            return "in time";
        }, "late"));
        Green.sleep();
        victim.kill();
        assertThatThrownBy(victim::await).isInstanceOf(GreenExit.class);
    }

    @HubTest
    void anInnerTimeoutLeavesTheOuterOneArmed() {
        var events = new ArrayList<String>();
        assertThatThrownBy(() -> Timeout.call(Duration.ofMillis(20), () -> {
            try {
                Timeout.call(SHORT, () -> Green.sleep(LONG));
            } catch (Timeout inner) {
                events.add(inner.getMessage());
            }
            Green.sleep(LONG);
        })).isInstanceOf(Timeout.class).hasMessage("20 ms");
        assertThat(events).containsExactly("5 ms");
    }

    @HubTest
    void aBodyThatEndsLateButWellGivesItsResult() throws Exception {
        assertThat(Timeout.call(Duration.ofMillis(1), () -> {
            spin(Duration.ofMillis(5));
            return "late";
        })).isEqualTo("late");
        assertThat(Thread.currentThread().isInterrupted()).isFalse();
        Green.sleep();
    }

    /** Holds the loop, so that time passes without a wait. */
    private static void spin(Duration duration) {
        long end = System.nanoTime() + duration.toNanos();
        while (System.nanoTime() < end) {
            Thread.onSpinWait();
        }
    }

    @HubTest
    void zeroThrowsAtTheNextWaitAndNotBefore() {
        var events = new ArrayList<String>();
        assertThatThrownBy(() -> Timeout.call(Duration.ZERO, () -> {
            events.add("ran");
            Green.sleep();
            events.add("not reached");
        })).isInstanceOf(Timeout.class);
        assertThat(events).containsExactly("ran");
        assertThatThrownBy(() -> Timeout.call(Duration.ZERO, () -> Thread.sleep(100_000))).isInstanceOf(Timeout.class);
        assertThat(Thread.currentThread().isInterrupted()).isFalse();
    }

    @HubTest
    void aCancelledTimeoutNeverFires() throws Exception {
        var timeout = Timeout.start(SHORT);
        assertThat(timeout.pending()).isTrue();
        timeout.cancel();
        assertThat(timeout.pending()).isFalse();
        Green.sleep(Duration.ofMillis(10));
        assertThat(timeout.fired()).isFalse();
        timeout.close();
    }

    @HubTest
    void nullNeverFires() {
        try (var timeout = Timeout.start(null)) {
            assertThat(timeout.pending()).isFalse();
            Green.sleep(Duration.ofMillis(2));
            assertThat(timeout.fired()).isFalse();
        }
    }

    @HubTest
    void startHasNoBoundarySoAJdkWaitIsInterruptedAndCloseClearsItsOwnInterruptOnly() throws Exception {
        try (var timeout = Timeout.start(SHORT)) {
            assertThatThrownBy(() -> Thread.sleep(100_000)).isInstanceOf(InterruptedException.class);
            assertThat(timeout.fired()).isTrue();
        }
        Thread.currentThread().interrupt();
        try (var timeout = Timeout.start(LONG)) {
            assertThat(timeout.fired()).isFalse();
        }
        assertThat(Thread.interrupted()).isTrue();
    }

    @HubTest
    void aTimeoutThatArrivedAsAnInterruptDoesNotArriveAgain() throws Exception {
        var events = new ArrayList<String>();
        assertThatThrownBy(() -> Timeout.call(SHORT, () -> {
            try {
                Thread.sleep(100_000);
            } finally {
                Green.sleep(Duration.ofMillis(1));
                events.add("cleaned up");
            }
        })).isInstanceOf(Timeout.class);
        assertThat(events).containsExactly("cleaned up");
    }

    @HubTest
    void aTimeoutOfOneThreadLeavesTheOthersAlone() throws Exception {
        var other = Green.spawn(() -> {
            Green.sleep(Duration.ofMillis(15));
            return "undisturbed";
        });
        assertThatThrownBy(() -> Timeout.call(SHORT, () -> Green.sleep(LONG))).isInstanceOf(Timeout.class);
        assertThat(other.await()).isEqualTo("undisturbed");
    }

    @HubTest
    void catchingExceptionDoesNotSwallowIt() {
        assertThatThrownBy(() -> Timeout.call(SHORT, () -> {
            try {
                Green.sleep(LONG);
            } catch (Exception e) {
                throw new AssertionError("swallowed", e);
            }
        })).isInstanceOf(Timeout.class);
    }

    @HubTest
    void offEveryLoopItSaysWhereToGo() throws Exception {
        var thrown = new AtomicReference<Throwable>();
        var outside = Thread.ofPlatform().start(() -> {
            try {
                Timeout.start(SHORT).close();
            } catch (IllegalStateException e) {
                thrown.set(e);
            }
        });
        outside.join();
        assertThat(thrown.get()).hasMessageContaining("Timeout.start").hasMessageContaining("Green.run")
                .hasMessageContaining("EventLoop.start");
    }
}
