package dev.verdant.green.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The order of a {@link GreenPriorityQueue}, and what its comparator may do to it. */
@Timeout(60)
class GreenPriorityQueueTest {

    private record Job(int priority, int number) {}

    @Test
    void theLeastLeavesFirstAndOfEqualsTheFirst() {
        var random = new Random(1);
        var queue = new GreenPriorityQueue<Job>(Comparator.comparingInt(Job::priority));
        List<Job> jobs = IntStream.range(0, 1_000).mapToObj(i -> new Job(random.nextInt(10), i)).toList();
        queue.addAll(jobs);
        assertThat(drained(queue)).containsExactlyElementsOf(
                jobs.stream().sorted(Comparator.comparingInt(Job::priority).thenComparingInt(Job::number)).toList());
    }

    @Test
    void whatIsRemovedFromTheMiddleLeavesTheOthersInOrder() {
        for (int seed = 0; seed < 200; seed++) {
            var random = new Random(seed);
            var queue = new GreenPriorityQueue<Job>(Comparator.comparingInt(Job::priority));
            var expected = new ArrayList<Job>();
            for (int i = 0; i < 50; i++) {
                var job = new Job(random.nextInt(20), i);
                queue.add(job);
                expected.add(job);
                if (random.nextInt(3) == 0) {
                    assertThat(queue.remove(expected.remove(random.nextInt(expected.size())))).isTrue();
                }
            }
            expected.sort(Comparator.comparingInt(Job::priority).thenComparingInt(Job::number));
            assertThat(drained(queue)).as("seed %d", seed).containsExactlyElementsOf(expected);
        }
    }

    @Test
    void whatCannotBeComparedIsRefusedEvenByAnEmptyQueue() {
        var queue = new GreenPriorityQueue<Object>();
        assertThatThrownBy(() -> queue.add(new Object())).isInstanceOf(ClassCastException.class);
        assertThat(queue).isEmpty();
        queue.add("a");
        assertThatThrownBy(() -> queue.add(1)).isInstanceOf(ClassCastException.class);
        assertThat(drained(queue)).containsExactly("a");
    }

    /** Whichever comparison throws, the call has done nothing, and the queue can still be used. */
    @RepeatedTest(50)
    void aComparatorThatThrowsLosesNothingAndDoublesNothing(org.junit.jupiter.api.RepetitionInfo run) {
        int seed = run.getCurrentRepetition();
        var random = new Random(seed);
        var order = new Failing();
        var queue = new GreenPriorityQueue<Integer>(order);
        var expected = new ArrayList<Integer>();
        for (int i = 0; i < 300; i++) {
            int item = random.nextInt(1_000) * 1_000 + i;
            order.left = random.nextInt(12);
            try {
                change(queue, expected, random.nextInt(3), item);
            } catch (IllegalStateException e) {
                assertThat(e).hasMessage("not now");
            }
            order.left = Integer.MAX_VALUE;
            assertThat(queue).as("seed %d, step %d", seed, i).containsExactlyInAnyOrderElementsOf(expected);
        }
        assertThat(queue.unfinished()).as("seed %d", seed).isGreaterThanOrEqualTo(expected.size());
        expected.sort(null);
        assertThat(drained(queue)).as("seed %d", seed).containsExactlyElementsOf(expected);
    }

    private static void change(GreenPriorityQueue<Integer> queue, List<Integer> expected, int how, int item) {
        if (how < 2) {
            assertThat(queue.offer(item)).isTrue();
            expected.add(item);
        } else if (item % 2 == 0) {
            Integer taken = queue.poll();
            if (taken != null) {
                assertThat(expected.remove((Object) taken)).isTrue();
            }
        } else if (!expected.isEmpty()) {
            Integer victim = expected.get(item % expected.size());
            assertThat(queue.remove(victim)).isTrue();
            expected.remove((Object) victim);
        }
    }

    @Test
    void aComparatorThatThrowsReachesWhoCallsAndTheGuardIsFreeAgain() {
        var order = new Failing();
        var queue = new GreenPriorityQueue<Integer>(order);
        queue.addAll(List.of(1, 2, 3, 4));
        order.left = 0;
        assertThatIllegalStateException().isThrownBy(() -> queue.offer(5)).withMessage("not now");
        assertThatIllegalStateException().isThrownBy(queue::poll).withMessage("not now");
        assertThatIllegalStateException().isThrownBy(() -> queue.remove(1)).withMessage("not now");
        order.left = Integer.MAX_VALUE;
        assertThat(drained(queue)).containsExactly(1, 2, 3, 4);
    }

    /** Compares so often as it may, and then throws. */
    private static final class Failing implements Comparator<Integer> {

        int left = Integer.MAX_VALUE;

        @Override
        public int compare(Integer one, Integer other) {
            if (left-- <= 0) {
                throw new IllegalStateException("not now");
            }
            return one.compareTo(other);
        }
    }

    private static <E> List<E> drained(LightQueue<E> queue) {
        var all = new ArrayList<E>();
        queue.drainTo(all);
        return all;
    }
}
