package dev.verdant.conformance.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.conformance.HubTest;
import dev.verdant.conformance.Uncaught;
import dev.verdant.green.Green;
import dev.verdant.green.stream.IOLoop;
import dev.verdant.green.stream.PeriodicCallback;
import dev.verdant.testkit.GreenTest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** T37. In virtual time, in which a call is made exactly when it is due. */
class PeriodicCallbackTest {

    private static final Duration PERIOD = Duration.ofSeconds(10);

    /** Has it called once for each of the durations, which the call takes, and returns when the calls came, in seconds since the start. */
    private static List<Double> called(double jitter, List<Double> random, int... durations)
            throws InterruptedException {
        var io = IOLoop.current();
        long start = io.time();
        var calls = new ArrayList<Double>();
        var left = new ArrayList<>(random);
        var periodic = new PeriodicCallback[1];
        periodic[0] = new PeriodicCallback(() -> {
            calls.add((io.time() - start) / 1e9);
            Green.sleep(Duration.ofSeconds(durations[calls.size() - 1]));
            if (calls.size() == durations.length) {
                periodic[0].stop();
                io.stop();
            }
        }, PERIOD, jitter, () -> left.isEmpty() ? 0.5 : left.removeFirst());
        periodic[0].start();
        io.start();
        return calls;
    }

    @GreenTest
    void t37CallsComeByTheirPeriod() throws Exception {
        assertThat(called(0, List.of(), 0, 0, 0, 0)).containsExactly(10.0, 20.0, 30.0, 40.0);
    }

    @GreenTest
    void t37CallsThatTakeLongMissThoseInBetweenAndKeepTheSchedule() throws Exception {
        assertThat(called(0, List.of(), 9, 9, 10, 11, 20, 20, 35, 35, 0, 0, 0))
                .containsExactly(10.0, 20.0, 30.0, 50.0, 70.0, 100.0, 130.0, 170.0, 210.0, 220.0, 230.0);
    }

    @GreenTest
    void t37JitterVariesEachPeriod() throws Exception {
        assertThat(called(0.5, List.of(0.5, 1.0, 0.0, 0.75), 0, 0, 0, 0)).containsExactly(10.0, 22.5, 30.0, 41.25);
    }

    @HubTest
    void callsNeverOverlapAlsoIfWhatTheyBeginGoesOn() throws Exception {
        var io = IOLoop.current();
        int[] entered = new int[1];
        int[] finished = new int[1];
        var periodic = PeriodicCallback.ofStages(() -> {
            assertThat(finished[0]).isEqualTo(entered[0]++);
            var stage = new CompletableFuture<Void>();
            io.callLater(Duration.ofMillis(25), () -> {
                finished[0]++;
                stage.complete(null);
                if (finished[0] == 3) {
                    io.stop();
                }
            });
            return stage;
        }, Duration.ofMillis(10));
        periodic.start();
        io.start();
        periodic.stop();
        assertThat(entered[0]).isEqualTo(3);
        assertThat(finished[0]).isEqualTo(3);
        io.stop();
        io.start();
        assertThat(periodic.isRunning()).isFalse();
    }

    @HubTest
    void aCallThatThrowsIsReportedAndTheNextComes(Uncaught uncaught) throws Exception {
        var io = IOLoop.current();
        int[] calls = new int[1];
        var periodic = new PeriodicCallback(() -> {
            if (++calls[0] == 2) {
                io.stop();
            }
            throw new IllegalStateException("on purpose");
        }, Duration.ofMillis(1));
        periodic.start();
        periodic.start();
        io.start();
        periodic.stop();
        periodic.stop();
        assertThat(calls[0]).isEqualTo(2);
        assertThat(uncaught.failures()).hasSize(2);
    }

    @HubTest
    void oneThatWasStoppedAndStartedInItsOwnCallGoesOnOnce() throws Exception {
        var io = IOLoop.current();
        var times = new ArrayList<Long>();
        var periodic = new PeriodicCallback[1];
        periodic[0] = new PeriodicCallback(() -> {
            times.add(io.time());
            periodic[0].stop();
            if (times.size() < 3) {
                periodic[0].start();
            } else {
                io.stop();
            }
        }, Duration.ofMillis(5));
        periodic[0].start();
        io.start();
        assertThat(times).hasSize(3);
        assertThat(times.get(2) - times.get(0)).isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(10));
    }

    @HubTest
    void aPeriodIsMoreThanNothing() {
        assertThatThrownBy(() -> new PeriodicCallback(() -> {}, Duration.ZERO))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("period: 0 s (expected: > 0)");
        assertThatThrownBy(() -> new PeriodicCallback(() -> {}, Duration.ofSeconds(1), 2))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("jitter: 2.0 (expected: 0 to 1)");
    }
}
