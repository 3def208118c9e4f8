package dev.verdant.conformance.program;

import static org.assertj.core.api.Assertions.assertThat;

import dev.verdant.green.EventLoop;
import dev.verdant.green.Timeout;
import dev.verdant.green.queue.LightQueue;
import dev.verdant.green.queue.QueueShutDownException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Threads of two loops and of none that put and take through one queue, with deadlines so short that waits end at the very moment in which they are served, and
 * interrupts. What was put, and only that, is taken, once; what one has put another gets in that order.
 */
final class CrossingProgram {

    private static final int ITEMS = 300;
    private static final int PER_PRODUCER = 1_000_000;

    private final Random random;
    private final LightQueue<Integer> queue;
    private final Queue<Integer> put = new ConcurrentLinkedQueue<>();
    private final List<Future<?>> producers = new ArrayList<>();
    private final List<Future<List<Integer>>> consumers = new ArrayList<>();
    private final List<Thread> disturbed = new ArrayList<>();

    CrossingProgram(long seed) {
        this.random = new Random(seed);
        this.queue = new LightQueue<>(new int[]{0, 1, 3}[random.nextInt(3)]);
    }

    /** Runs it on two loops; the caller is on none. */
    void run(EventLoop one, EventLoop other) throws Exception {
        for (EventLoop loop : List.of(one, other)) {
            producers.add(loop.spawn(producer(1 + producers.size(), true)));
            consumers.add(loop.spawn(consumer(true)));
        }
        producers.add(platform(producer(1 + producers.size(), false)));
        consumers.add(platform(consumer(false)));
        while (!producers.stream().allMatch(Future::isDone)) {
            disturbed.get(random.nextInt(disturbed.size())).interrupt();
            for (var producer : producers) {
                boolean _ = ended(producer, 1);
            }
        }
        queue.shutdown();
        var taken = new ArrayList<Integer>();
        for (var producer : producers) {
            producer.get();
        }
        for (var consumer : consumers) {
            List<Integer> its = consumer.get(20, TimeUnit.SECONDS);
            assertOrdered(its);
            taken.addAll(its);
        }
        assertThat(taken).as("what was put is what was taken").containsExactlyInAnyOrderElementsOf(put);
        assertThat(queue).isEmpty();
        assertThat(queue.getting() + queue.putting()).as("left behind").isZero();
    }

    private static boolean ended(Future<?> future, long millis) throws Exception {
        try {
            future.get(millis, TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        }
    }

    private <T> Future<T> platform(Callable<T> body) {
        var task = new FutureTask<>(body);
        disturbed.add(Thread.ofPlatform().daemon().start(task));
        return task;
    }

    private static void assertOrdered(List<Integer> items) {
        Map<Integer, Integer> last = new HashMap<>();
        for (int item : items) {
            Integer before = last.put(item / PER_PRODUCER, item);
            assertThat(before == null || before < item).as("in the order in which they were put").isTrue();
        }
    }

    private Callable<Integer> producer(int number, boolean green) {
        var choices = new Random(random.nextLong());
        return () -> {
            int left = ITEMS;
            for (int item = number * PER_PRODUCER; left > 0; item++) {
                if (put(item, green, choices)) {
                    put.add(item);
                    left--;
                }
            }
            return number;
        };
    }

    private boolean put(int item, boolean green, Random choices) throws Exception {
        long nanos = choices.nextInt(60_000);
        try {
            if (green && choices.nextBoolean()) {
                boolean[] done = new boolean[1];
                return Timeout.callOrElse(Duration.ofNanos(nanos), () -> {
                    queue.put(item);
                    done[0] = true;
                    return true;
                }, false) || done[0];
            }
            return queue.offer(item, nanos, TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            return false;
        }
    }

    private Callable<List<Integer>> consumer(boolean green) {
        var choices = new Random(random.nextLong());
        return () -> {
            var taken = new ArrayList<Integer>();
            try {
                while (true) {
                    take(taken, green, choices);
                }
            } catch (QueueShutDownException e) {
                return taken;
            }
        };
    }

    private void take(List<Integer> taken, boolean green, Random choices) throws Exception {
        long nanos = choices.nextInt(60_000);
        try {
            if (green && choices.nextBoolean()) {
                Timeout.callOrElse(Duration.ofNanos(nanos), () -> taken.add(queue.take()), false);
                return;
            }
            Integer item = queue.poll(nanos, TimeUnit.NANOSECONDS);
            if (item != null) {
                taken.add(item);
            }
        } catch (InterruptedException e) {
            // It has taken nothing.
        }
    }
}
