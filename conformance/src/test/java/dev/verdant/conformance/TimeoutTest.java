package dev.verdant.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.green.EventLoop;
import dev.verdant.green.Green;
import dev.verdant.green.GreenExit;
import dev.verdant.green.Timeout;
import dev.verdant.green.net.Net;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Exchanger;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.LinkedTransferQueue;
import java.util.concurrent.Phaser;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.NullUnmarked;

@NullUnmarked // nulls are passed on purpose
@AnyOrder
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
    @NotSimulated(NotSimulated.JDK_TIME)
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
    @SuppressWarnings("WaitNotInLoop") // nobody ever signals
    @NotSimulated(NotSimulated.JDK_TIME)
    void callThrowsItsOwnTimeoutAroundAConditionASocketOfTheJdkAndAProcess() throws Exception {
        var lock = new ReentrantLock();
        var condition = lock.newCondition();
        assertThatThrownBy(() -> Timeout.call(SHORT, () -> {
            lock.lock();
            try {
                condition.await();
            } finally {
                lock.unlock();
            }
        })).isInstanceOf(Timeout.class);
        assertThat(lock.isLocked()).isFalse();
        assertThatThrownBy(() -> Timeout.call(SHORT, () -> new ArrayBlockingQueue<>(1).poll(100, TimeUnit.SECONDS)))
                .isInstanceOf(Timeout.class);
        assertThatThrownBy(() -> Timeout.call(SHORT, () -> new LinkedTransferQueue<>().transfer(1)))
                .isInstanceOf(Timeout.class);
        assertThatThrownBy(() -> Timeout.call(SHORT, () -> new Exchanger<>().exchange(1))).isInstanceOf(Timeout.class);
        assertThatThrownBy(() -> Timeout.call(SHORT, () -> new Phaser(1).awaitAdvanceInterruptibly(0)))
                .isInstanceOf(Timeout.class);
        try (var listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                var client = new Socket(listener.getInetAddress(), listener.getLocalPort())) {
            assertThatThrownBy(() -> Timeout.call(SHORT, () -> client.getInputStream().read()))
                    .isInstanceOf(Timeout.class)
                    .satisfies(e -> assertThat(e.getSuppressed()).singleElement().isInstanceOf(SocketException.class));
            assertThat(client.isClosed()).as("the JDK closes a socket whose reader is interrupted").isTrue();
            assertThatThrownBy(() -> Timeout.call(SHORT, () -> {
                try (var _ = listener.accept()) {
                    listener.accept();
                }
            })).isInstanceOf(Timeout.class);
        }
        assertThat(Thread.currentThread().isInterrupted()).isFalse();
        Green.sleep();
    }

    @HubTest
    @NotSimulated(NotSimulated.JDK_TIME)
    void callThrowsItsOwnTimeoutAroundAProcessThatDoesNotEnd() throws Exception {
        var sleeper = new ProcessBuilder("sleep", "100").start();
        try {
            assertThatThrownBy(() -> Timeout.call(SHORT, () -> sleeper.waitFor())).isInstanceOf(Timeout.class);
            assertThat(sleeper.isAlive()).isTrue();
            assertThat(Thread.currentThread().isInterrupted()).isFalse();
        } finally {
            sleeper.destroyForcibly();
        }
        assertThat(Timeout.call(LONG, () -> sleeper.waitFor())).isNotZero();
    }

    /** gevent's G15: a wait with a time of its own under a timeout that is due first. */
    @HubTest
    @NotSimulated(NotSimulated.JDK_TIME)
    void anOuterTimeoutGoesThroughEveryWaitThatHasATimeOfItsOwn() {
        var endless = Green.spawn(() -> Green.sleep(LONG));
        var event = new CountDownLatch(1);
        List<Callable<?>> waits = List.of(() -> endless.get(10, TimeUnit.SECONDS),
                () -> Green.joinAll(List.of(endless), 1, Duration.ofSeconds(10)),
                () -> Green.iwait(List.of(endless), 1, Duration.ofSeconds(10)).next(),
                () -> Green.executor().awaitTermination(10, TimeUnit.SECONDS),
                () -> event.await(10, TimeUnit.SECONDS),
                () -> new Semaphore(0).tryAcquire(10, TimeUnit.SECONDS),
                () -> new LinkedBlockingQueue<>().poll(10, TimeUnit.SECONDS),
                () -> new CompletableFuture<>().get(10, TimeUnit.SECONDS),
                () -> Timeout.call(Duration.ofSeconds(10), () -> endless.await()),
                () -> Timeout.callOrElse(Duration.ofSeconds(10), () -> endless.await(), null));
        for (var wait : waits) {
            assertThatThrownBy(() -> Timeout.call(Duration.ofMillis(1), wait)).isInstanceOf(Timeout.class)
                    .hasMessage("1 ms");
        }
        endless.kill();
    }

    @HubTest
    void aWaitsOwnTimeLeavesTheOuterTimeoutArmed() throws Exception {
        var endless = Green.spawn(() -> Green.sleep(LONG));
        try (var outer = Timeout.start(LONG)) {
            assertThatThrownBy(() -> endless.get(1, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);
            assertThat(Green.joinAll(List.of(endless), 1, Duration.ofMillis(1))).isEmpty();
            assertThat(new Semaphore(0).tryAcquire(1, TimeUnit.MILLISECONDS)).isFalse();
            assertThat(outer.pending()).isTrue();
        }
        endless.kill();
    }

    @HubTest
    @NotSimulated(NotSimulated.JDK_TIME)
    void ofTwoThatAreDueTogetherEachBoundaryThrowsItsOwn() {
        var events = new ArrayList<String>();
        assertThatThrownBy(() -> Timeout.call(Duration.ofMillis(60), () -> {
            try {
                Timeout.call(SHORT, () -> {
                    spin(Duration.ofMillis(70));
                    Green.sleep();
                    Thread.sleep(100_000);
                });
            } catch (Timeout inner) {
                events.add(inner.getMessage());
            }
            Green.sleep(LONG);
        })).isInstanceOf(Timeout.class).hasMessage("60 ms");
        assertThat(events).containsExactly("5 ms");
    }

    @HubTest
    void restartGivesTheWholeTimeAgain() {
        try (var watchdog = Timeout.start(Duration.ofMillis(40))) {
            long restarted = Green.nanoTime();
            try {
                for (int i = 0; i < 6; i++) {
                    Green.sleep(Duration.ofMillis(15));
                    restarted = Green.nanoTime();
                    watchdog.restart();
                }
                assertThat(watchdog.pending()).isTrue();
                Green.sleep(LONG);
            } catch (Timeout e) { // Before the end, if the machine has slept as well.
                assertThat(e).isSameAs(watchdog);
            }
            assertThat(Green.nanoTime() - restarted).isGreaterThanOrEqualTo(40_000_000);
        }
    }

    @HubTest
    @NotSimulated(NotSimulated.JDK_TIME)
    void oneThatHasPassedOrWasCancelledCanBeRestarted() throws Exception {
        var timeout = Timeout.start(SHORT);
        assertThatThrownBy(() -> Green.sleep(LONG)).isSameAs(timeout);
        timeout.restart();
        assertThat(timeout.pending()).isTrue();
        assertThat(timeout.fired()).isFalse();
        assertThatThrownBy(() -> Thread.sleep(100_000)).isInstanceOf(InterruptedException.class);
        assertThat(timeout.fired()).isTrue();
        timeout.restart();
        timeout.cancel();
        timeout.restart();
        assertThatThrownBy(() -> Green.sleep(LONG)).isSameAs(timeout);
        timeout.close();
        Green.sleep(Duration.ofMillis(10));
        var other = Green.spawn(() -> timeout.restart());
        assertThatThrownBy(other::await).isInstanceOf(IllegalStateException.class).hasMessageContaining("'main'");
    }

    @HubTest
    void nullNeverFiresInACallEither() throws Exception {
        assertThat(Timeout.call(null, () -> {
            Green.sleep(Duration.ofMillis(2));
            return 1;
        })).isEqualTo(1);
        assertThat(Timeout.callOrElse(null, () -> 2, 3)).isEqualTo(2);
        try (var never = Timeout.start(null)) {
            never.restart();
            assertThat(never.pending()).isFalse();
        }
    }

    @HubTest
    @NotSimulated(NotSimulated.NEVER_IDLE)
    void aTimeoutEndsAThreadThatOnlyYields() {
        assertThatThrownBy(() -> Timeout.call(Duration.ofMillis(10), () -> {
            while (true) {
                Green.sleep();
            }
        })).isInstanceOf(Timeout.class);
    }

    @HubTest
    void manyThatAreSetAndCancelledLeaveNothingBehind() throws Exception {
        var loop = EventLoop.current();
        long before = loop.snapshot().timers();
        int count = Counts.of(1_000_000);
        for (int i = 0; i < count; i++) {
            Timeout.call(LONG, () -> null);
        }
        assertThat(loop.snapshot().timers()).isEqualTo((int) before);
        var pending = new ArrayList<Timeout>();
        for (int i = 0; i < count; i++) {
            pending.add(Timeout.start(Duration.ofSeconds(1 + i % 100_000)));
        }
        assertThat(loop.snapshot().timers()).isEqualTo((int) before + count);
        var weak = new WeakReference<>(pending.get(count / 2));
        pending.forEach(Timeout::close);
        assertThat(loop.snapshot().timers()).isEqualTo((int) before);
        pending.clear();
        for (int i = 0; i < 500 && weak.get() != null; i++) {
            System.gc();
            Green.sleep(Duration.ofMillis(1));
        }
        assertThat(weak.get()).as("what was cancelled is forgotten by the loop").isNull();
    }

    @HubTest
    @NotSimulated(NotSimulated.JDK_TIME)
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
        Turns.untilWaits(victim);
        victim.kill();
        assertThatThrownBy(victim::await).isInstanceOf(GreenExit.class);
    }

    @HubTest
    void anInnerTimeoutLeavesTheOuterOneArmed() {
        var events = new ArrayList<String>();
        assertThatThrownBy(() -> Timeout.call(Duration.ofMillis(60), () -> {
            try {
                Timeout.call(SHORT, () -> Green.sleep(LONG));
            } catch (Timeout inner) {
                events.add(inner.getMessage());
            }
            Green.sleep(LONG);
        })).isInstanceOf(Timeout.class).hasMessage("60 ms");
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
    @NotSimulated(NotSimulated.JDK_TIME)
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
    @NotSimulated(NotSimulated.JDK_TIME)
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

    /** A driver closes what another loop's thread has opened, on its way out. */
    @HubTest
    @NotSimulated(NotSimulated.JDK_TIME)
    void anInterruptThatTheJdkHasThrownDoesNotComeAgainInACloseThatWaits() throws Exception {
        try (var elsewhere = EventLoop.start(); var listener = Net.listen(new InetSocketAddress("127.0.0.1", 0))) {
            var foreign = elsewhere.spawn(() -> Net.connect(listener.getLocalSocketAddress())).get();
            try (var _ = listener.accept()) {
                assertThatThrownBy(() -> Timeout.call(SHORT, () -> {
                    try {
                        new CountDownLatch(1).await();
                    } finally {
                        foreign.close();
                    }
                })).isInstanceOf(Timeout.class);
                assertThat(Thread.currentThread().isInterrupted()).isFalse();
            }
        }
    }
}
