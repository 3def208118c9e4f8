package dev.verdant.green.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class TimersTest {

    private static final long YEAR_NANOS = 365L * 24 * 60 * 60 * 1_000_000_000;

    private static final class Plain extends Timer {

        final int number;

        Plain(int number) {
            this.number = number;
        }

        @Override
        void fire() {}

        @Override
        public String toString() {
            return "timer " + number + " at " + deadline;
        }
    }

    @Test
    void timersOfOneInstantFireInTheOrderTheyWereSet() {
        var timers = new Timers(1_000);
        var set = new ArrayList<Timer>();
        for (int i = 0; i < 200; i++) {
            var timer = new Plain(i);
            timers.set(timer, 1_000 + 5_000_000);
            set.add(timer);
        }
        assertThat(due(timers, 1_000 + 4_999_999)).isEmpty();
        assertThat(due(timers, 1_000 + 5_000_000)).containsExactlyElementsOf(set);
        assertThat(timers.size()).isZero();
    }

    @Test
    void aDeadlineThatHasPassedIsDueAtOnce() {
        var timers = new Timers(0);
        var past = new Plain(1);
        due(timers, 1L << 40);
        timers.set(past, 5);
        assertThat(timers.untilNext(1L << 40)).isZero();
        assertThat(due(timers, 1L << 40)).containsExactly(past);
    }

    @Test
    void theLoopMaySleepUntilNothingEarlierThanTheNextDeadlineAndNeverPastIt() {
        var timers = new Timers(0);
        timers.set(new Plain(1), YEAR_NANOS);
        long now = 0;
        int turns = 0;
        while (timers.size() > 0) {
            long sleep = timers.untilNext(now);
            assertThat(sleep).isPositive();
            now += sleep;
            assertThat(now).isLessThanOrEqualTo(YEAR_NANOS);
            timers.takeDue(now);
            turns++;
        }
        assertThat(now).isEqualTo(YEAR_NANOS);
        assertThat(turns).isLessThanOrEqualTo(9);
    }

    @Test
    void nothingPendingMeansNoLimit() {
        assertThat(new Timers(0).untilNext(7)).isNegative();
    }

    @Test
    void aCancelledTimerNeverFiresAndIsForgottenAtOnce() {
        var timers = new Timers(0);
        var near = new Plain(1);
        var far = new Plain(2);
        timers.set(near, 10);
        timers.set(far, YEAR_NANOS);
        assertThat(timers.cancel(near)).isTrue();
        assertThat(timers.cancel(far)).isTrue();
        assertThat(timers.cancel(far)).isFalse();
        assertThat(timers.size()).isZero();
        assertThat(due(timers, 2 * YEAR_NANOS)).isEmpty();
    }

    @Test
    void drainingHandsOverAllInTheOrderOfTheirDeadlines() {
        var timers = new Timers(42);
        var late = new Plain(1);
        var early = new Plain(2);
        timers.set(late, 42 + YEAR_NANOS);
        timers.set(early, 42 + 1);
        var drained = new ArrayList<Timer>();
        timers.drain(drained::add);
        assertThat(drained).containsExactly(early, late);
        drained.forEach(timers::setAgain);
        assertThat(timers.size()).isEqualTo(2);
        assertThat(timers.untilNext(42)).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1L << 62, Long.MAX_VALUE - 5, 1234567890123456789L})
    void agreesWithASortedListOnRandomPrograms(long origin) {
        for (int round = 0; round < 30; round++) {
            long seed = new Random().nextLong();
            try {
                compareWithModel(seed, origin);
            } catch (AssertionError e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
    }

    private static void compareWithModel(long seed, long origin) {
        var random = new Random(seed);
        var timers = new Timers(origin);
        var model = new PriorityQueue<Plain>(
                Comparator.<Plain>comparingLong(t -> t.deadline).thenComparingInt(t -> t.number));
        long time = 0;
        int number = 0;
        for (int step = 0; step < 2_000; step++) {
            switch (random.nextInt(4)) {
                case 0, 1 -> {
                    var timer = new Plain(number++);
                    timers.set(timer, origin + time + (random.nextLong() >>> random.nextInt(2, 63)));
                    model.add(timer);
                }
                case 2 -> {
                    if (!model.isEmpty()) {
                        var victim = model.stream().skip(random.nextInt(model.size())).findFirst().orElseThrow();
                        assertThat(timers.cancel(victim)).isTrue();
                        model.remove(victim);
                    }
                }
                default -> {
                    time = Math.min(time + (random.nextLong() >>> random.nextInt(20, 63)), 1L << 61);
                    for (Timer timer : due(timers, origin + time)) {
                        assertThat(timer).isSameAs(model.poll());
                        assertThat(timer.deadline).isLessThanOrEqualTo(time);
                    }
                    assertThat(model.isEmpty() || model.peek().deadline > time).isTrue();
                }
            }
            assertThat(timers.size()).isEqualTo(model.size());
            var next = model.peek();
            if (next != null) {
                assertThat(timers.untilNext(origin + time)).isLessThanOrEqualTo(Math.max(0, next.deadline - time));
            }
        }
    }

    private static List<Timer> due(Timers timers, long now) {
        var due = new ArrayList<Timer>();
        for (@Nullable Timer timer = timers.takeDue(now); timer != null; timer = timers.takeDue(now)) {
            due.add(timer);
        }
        return due;
    }
}
