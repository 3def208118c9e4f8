package dev.verdant.conformance.program;

import static org.assertj.core.api.Assertions.assertThat;

import dev.verdant.conformance.program.QueueModel.Actor;
import dev.verdant.conformance.program.QueueModel.Given;
import dev.verdant.green.Green;
import dev.verdant.green.GreenExit;
import dev.verdant.green.GreenInterruptedException;
import dev.verdant.green.GreenTask;
import dev.verdant.green.GreenThread;
import dev.verdant.green.Timeout;
import dev.verdant.green.queue.GreenPriorityQueue;
import dev.verdant.green.queue.LifoQueue;
import dev.verdant.green.queue.LightQueue;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Green threads of one loop that put, take, resize, kill and interrupt at random, with and without deadlines. The choices are the seed's; when a deadline of some
 * microseconds passes is the clock's.
 */
final class QueueProgram {

    private static final int[] CAPACITIES = {0, 0, 1, 2, 5, Integer.MAX_VALUE};

    private final Random random;
    private final LightQueue<Integer> queue;
    private final QueueModel model;
    private final List<Player> players = new ArrayList<>();
    private final List<String> log = new ArrayList<>();
    private @Nullable Throwable failure;
    private int items;

    QueueProgram(long seed) {
        this.random = new Random(seed);
        int capacity = capacity();
        var order = List.of(QueueModel.Order.values()).get(random.nextInt(3));
        this.model = new QueueModel(order, capacity);
        this.queue = switch (order) {
            case FIRST_IN -> new LightQueue<>(capacity);
            case LAST_IN -> new LifoQueue<>(capacity);
            case LEAST -> new GreenPriorityQueue<>(capacity);
        };
    }

    private int capacity() {
        return CAPACITIES[random.nextInt(CAPACITIES.length)];
    }

    /** Runs it, as a green thread. */
    void run() throws Exception {
        int count = 2 + random.nextInt(5);
        for (int i = 0; i < count; i++) {
            var player = new Player(i, 1 + random.nextInt(12));
            players.add(player);
            player.thread = Green.spawn("player " + i, player::play);
        }
        while (failure == null && !players.stream().allMatch(Player::isAtRest)) {
            Green.sleep(Duration.ofNanos(50_000));
        }
        if (failure != null) {
            throw new AssertionError("failed in the end", failure);
        }
        model.compare(queue);
        for (Player player : players) {
            player.end();
        }
        assertThat(failure).isNull();
        model.compareRest(queue);
        model.compare(queue);
    }

    /** One of its green threads. */
    private final class Player {

        private final int number;
        private final int steps;
        private final Actor actor = new Actor();
        private @Nullable GreenThread<?> thread;
        private boolean timed;
        private boolean ended;

        Player(int number, int steps) {
            this.number = number;
            this.steps = steps;
        }

        /** It has ended, or waits without a deadline and nobody has served it. */
        boolean isAtRest() {
            return ended || actor.waits() && !timed;
        }

        void play() {
            try {
                for (int step = 0; step < steps && failure == null; step++) {
                    step(random.nextInt(20));
                }
            } catch (GreenExit e) {
                say("was killed");
            } catch (Throwable e) {
                failure = e;
            } finally {
                ended = true;
            }
        }

        private void step(int choice) throws Exception {
            switch (choice) {
                case 0, 1, 2, 3 -> put();
                case 4, 5, 6, 7 -> take();
                case 8, 9 -> offer();
                case 10, 11 -> poll();
                case 12, 13 -> underTimeout(this::put);
                case 14, 15 -> underTimeout(this::take);
                case 16 -> resize(capacity());
                case 17 -> disturb(players.get(random.nextInt(players.size())));
                default -> sleep();
            }
        }

        private Duration moment() {
            return Duration.ofNanos(random.nextInt(3) * 40_000L);
        }

        // ---- calls

        private void put() throws Exception {
            int item = items++;
            Duration limit = random.nextBoolean() ? null : moment();
            boolean mayWait = limit == null || limit.isPositive();
            say("puts " + item + " within " + limit);
            model.compare(queue);
            Given given = model.put(actor, item, mayWait);
            boolean put = false;
            try {
                if (limit == null) {
                    queue.put(item);
                    put = true;
                } else {
                    timed = true;
                    put = queue.offer(item, limit.toNanos(), TimeUnit.NANOSECONDS);
                }
            } catch (InterruptedException e) {
                say("was interrupted");
            } finally {
                timed = false;
                say(put ? "has put " + item : "has not put " + item);
                if (put) {
                    model.served(actor, null, limit == null && !Thread.currentThread().isInterrupted() ? given : null);
                } else {
                    model.left(actor);
                }
            }
        }

        private void take() throws Exception {
            Duration limit = random.nextBoolean() ? null : moment();
            say("takes within " + limit);
            model.compare(queue);
            model.take(actor, limit == null || limit.isPositive());
            Integer got = null;
            try {
                if (limit == null) {
                    got = queue.take();
                } else {
                    timed = true;
                    got = queue.poll(limit.toNanos(), TimeUnit.NANOSECONDS);
                }
            } catch (InterruptedException e) {
                say("was interrupted");
            } finally {
                timed = false;
                say("has taken " + got);
                if (got != null) {
                    model.served(actor, got, null);
                } else {
                    model.left(actor);
                }
            }
        }

        private void offer() {
            int item = items++;
            say("offers " + item);
            model.put(actor, item, false);
            if (queue.offer(item)) {
                model.served(actor, null, null);
            } else {
                model.left(actor);
            }
        }

        private void poll() {
            say("polls");
            model.take(actor, false);
            Integer got = queue.poll();
            if (got != null) {
                model.served(actor, got, null);
            } else {
                model.left(actor);
            }
        }

        private void resize(int capacity) {
            say("resizes to " + capacity);
            model.resize(capacity);
            queue.resize(capacity);
            model.compare(queue);
        }

        private void underTimeout(GreenTask call) throws Exception {
            boolean outer = timed;
            timed = true;
            try {
                Timeout.call(moment(), () -> {
                    call.run();
                    timed = true;
                    return null;
                });
            } catch (Timeout e) {
                say("has timed out");
            } finally {
                timed = outer;
            }
        }

        private void disturb(Player other) {
            GreenThread<?> victim = other.thread;
            if (victim == null || other == this || !victim.isAlive()) {
                return;
            }
            if (random.nextBoolean()) {
                say("kills " + other.number);
                victim.kill();
            } else {
                say("interrupts " + other.number);
                victim.thread().interrupt();
            }
        }

        private void sleep() {
            try {
                Green.sleep(moment());
            } catch (GreenInterruptedException e) {
                say("was interrupted in its sleep");
            }
        }

        /** Ends a thread that waits for ever. */
        void end() throws Exception {
            GreenThread<?> it = thread;
            if (it != null) {
                it.kill();
                it.link(_ -> {});
                while (!it.isDone()) {
                    Green.sleep();
                }
            }
        }

        private void say(String what) {
            log.add(number + " " + what);
        }
    }

    @Override
    public String toString() {
        return model + "\n" + String.join("\n", log);
    }
}
