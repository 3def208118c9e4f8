package dev.verdant.conformance.program;

import static org.assertj.core.api.Assertions.assertThat;

import dev.verdant.green.queue.LightQueue;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a queue is to do, in the plainest words: items, and who waits on either side. It is told of each call before the queue is, and of each end right after;
 * on one loop nothing comes between, so the two must agree at every step.
 */
final class QueueModel {

    /** The order in which items leave. */
    enum Order {
        FIRST_IN, LAST_IN, LEAST
    }

    /** A green thread of the program, as the model sees it. */
    static final class Actor {

        private boolean waits;
        private @Nullable Integer brings;
        private @Nullable Integer got;
        private int servings;
        private int runs;

        /** It has been served as often as it has gone on since. */
        private boolean hasRun() {
            return servings == runs;
        }

        private void serve(@Nullable Integer item) {
            waits = false;
            brings = null;
            got = item;
            servings++;
        }

        private Actor waitWith(@Nullable Integer item) {
            waits = true;
            brings = item;
            return this;
        }

        boolean waits() {
            return waits;
        }
    }

    /** Somebody was given an item, and is to go on with it. */
    record Given(Actor to, int serving) {

        private boolean hasRun() {
            return to.runs >= serving;
        }
    }

    private final Order order;
    private int capacity;
    private final List<Integer> items = new ArrayList<>();
    private final Deque<Actor> getters = new ArrayDeque<>();
    private final Deque<Actor> putters = new ArrayDeque<>();

    QueueModel(Order order, int capacity) {
        this.order = order;
        this.capacity = capacity;
    }

    // ---- what is called

    /** Somebody puts. Returns who must have gone on with the item when the call returns, if anybody. */
    @Nullable Given put(Actor actor, int item, boolean mayWait) {
        Actor getter = getters.poll();
        if (getter != null) {
            getter.serve(item);
            actor.serve(null);
            return capacity == 0 && mayWait ? new Given(getter, getter.servings) : null;
        }
        if (items.size() < capacity) {
            items.add(item);
            actor.serve(null);
        } else if (mayWait) {
            putters.add(actor.waitWith(item));
        }
        return null;
    }

    void take(Actor actor, boolean mayWait) {
        if (!items.isEmpty()) {
            actor.serve(next());
            admit();
        } else if (!putters.isEmpty()) {
            Actor putter = putters.remove();
            actor.serve(putter.brings);
            putter.serve(null);
        } else if (mayWait) {
            getters.add(actor.waitWith(null));
        }
    }

    private Integer next() {
        return switch (order) {
            case FIRST_IN -> items.removeFirst();
            case LAST_IN -> items.removeLast();
            case LEAST -> {
                Integer least = Collections.min(items);
                items.remove((Object) least); // the item, not an index
                yield least;
            }
        };
    }

    void resize(int newCapacity) {
        capacity = newCapacity;
        admit();
    }

    private void admit() {
        while (items.size() < capacity && !putters.isEmpty()) {
            Actor putter = putters.remove();
            items.add(Objects.requireNonNull(putter.brings));
            putter.serve(null);
        }
    }

    // ---- what comes of it

    /** A call has returned as if it had been served. */
    void served(Actor actor, @Nullable Integer got, @Nullable Given mustHaveRun) {
        assertThat(actor.hasRun()).as("a call returned that was not served").isFalse();
        actor.runs++;
        assertThat(got).as("the item").isEqualTo(actor.got);
        assertThat(mustHaveRun == null || mustHaveRun.hasRun()).as("a put returned before the getter had run").isTrue();
    }

    /** A call has returned as if its time had passed, or there was nothing; or it has thrown. */
    void left(Actor actor) {
        assertThat(actor.hasRun()).as("a call gave up that was served").isTrue();
        if (actor.waits) {
            actor.waits = false;
            assertThat(getters.remove(actor) || putters.remove(actor)).as("it waits").isTrue();
        }
    }

    void compare(LightQueue<Integer> queue) {
        assertThat(queue.size()).as("items").isEqualTo(items.size());
        assertThat(queue.getting()).as("getting").isEqualTo(getters.size());
        assertThat(queue.putting()).as("putting").isEqualTo(putters.size());
        assertThat(queue.remainingCapacity()).as("room").isEqualTo(Math.max(0, capacity - items.size()));
    }

    /** Takes out what is left, of both. */
    void compareRest(LightQueue<Integer> queue) {
        while (!items.isEmpty()) {
            assertThat(queue.poll()).isEqualTo(next());
        }
        assertThat(queue.poll()).isNull();
    }

    @Override
    public String toString() {
        return order + ", capacity " + capacity + ", items " + items + ", " + getters.size() + " get, " + putters.size()
                + " put";
    }
}
