package dev.verdant.green.queue;

import dev.verdant.green.Linearizability;
import java.util.Collections;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingDeque;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.IntSupplier;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What does not wait happens at one moment, whichever threads do it: held against the JDK's queues, or a model. Left out is what is not promised to: iterators,
 * and {@code drainTo}, which takes one item after the other.
 */
@Timeout(600)
class QueueLinearizabilityTest {

    @Test
    void aLightQueueForAnyNumber() {
        Linearizability.checkAlso(OurFifo.class, TheirFifo.class);
    }

    @Test
    void aLightQueueForTwo() {
        Linearizability.check(OurFifoOfTwo.class, TheirFifoOfTwo.class);
    }

    @Test
    void aLifoQueueForAnyNumber() {
        Linearizability.checkAlso(OurLifo.class, TheirLifo.class);
    }

    @Test
    void aLifoQueueForTwo() {
        Linearizability.check(OurLifoOfTwo.class, TheirLifoOfTwo.class);
    }

    @Test
    void aPriorityQueueForAnyNumber() {
        Linearizability.checkAlso(OurHeap.class, TheirHeap.class);
    }

    @Test
    void aPriorityQueueForTwo() {
        Linearizability.check(OurHeapOfTwo.class, TheirHeapOfTwo.class);
    }

    @Test
    void aJoinableQueueThatIsResizedAndShutDown() {
        Linearizability.check(OurJoinable.class, ModelOfJoinable.class);
    }

    /** Equal if the number is, but every one another object. */
    record Item(int number) implements Comparable<Item> {

        static @Nullable Integer numberOf(@Nullable Item item) {
            return item == null ? null : item.number;
        }

        @Override
        public int compareTo(Item other) {
            return Integer.compare(number, other.number);
        }
    }

    /** What every queue does at one moment. */
    @Param(name = "item", gen = IntGen.class, conf = "1:3")
    public abstract static class Common {

        final Queue<Item> queue;
        private final IntSupplier room;

        Common(BlockingQueue<Item> queue) {
            this(queue, queue::remainingCapacity);
        }

        Common(Queue<Item> queue, IntSupplier room) {
            this.queue = queue;
            this.room = room;
        }

        @Operation
        public boolean offer(@Param(name = "item") int item) {
            return queue.offer(new Item(item));
        }

        @Operation
        public @Nullable Integer poll() {
            return Item.numberOf(queue.poll());
        }

        @Operation
        public @Nullable Integer peek() {
            return Item.numberOf(queue.peek());
        }

        @Operation
        public int size() {
            return queue.size();
        }

        @Operation
        public int remainingCapacity() {
            return room.getAsInt();
        }

        @Operation
        public boolean contains(@Param(name = "item") int item) {
            return queue.contains(new Item(item));
        }

        @Operation
        public void clear() {
            queue.clear();
        }
    }

    /** Of a stack it is not said which of several equal items is removed. */
    public abstract static class Removing extends Common {

        Removing(BlockingQueue<Item> queue) {
            super(queue);
        }

        Removing(Queue<Item> queue, IntSupplier room) {
            super(queue, room);
        }

        @Operation
        public boolean remove(@Param(name = "item") int item) {
            return queue.remove(new Item(item));
        }
    }

    public static final class OurFifo extends Removing {

        public OurFifo() {
            super(new LightQueue<>());
        }
    }

    public static final class TheirFifo extends Removing {

        public TheirFifo() {
            super(new LinkedBlockingQueue<>());
        }
    }

    public static final class OurFifoOfTwo extends Removing {

        public OurFifoOfTwo() {
            super(new LightQueue<>(2));
        }
    }

    public static final class TheirFifoOfTwo extends Removing {

        public TheirFifoOfTwo() {
            super(new ArrayBlockingQueue<>(2));
        }
    }

    public static final class OurLifo extends Common {

        public OurLifo() {
            super(new LifoQueue<>());
        }
    }

    public static final class TheirLifo extends Common {

        public TheirLifo() {
            this(new LinkedBlockingDeque<>());
        }

        private TheirLifo(LinkedBlockingDeque<Item> items) {
            super(Collections.asLifoQueue(items), items::remainingCapacity);
        }
    }

    public static final class OurLifoOfTwo extends Common {

        public OurLifoOfTwo() {
            super(new LifoQueue<>(2));
        }
    }

    public static final class TheirLifoOfTwo extends Common {

        public TheirLifoOfTwo() {
            this(new LinkedBlockingDeque<>(2));
        }

        private TheirLifoOfTwo(LinkedBlockingDeque<Item> items) {
            super(Collections.asLifoQueue(items), items::remainingCapacity);
        }
    }

    public static final class OurHeap extends Removing {

        public OurHeap() {
            super(new GreenPriorityQueue<>());
        }
    }

    public static final class TheirHeap extends Removing {

        public TheirHeap() {
            super(new PriorityQueue<>(), () -> Integer.MAX_VALUE);
        }

        @Override
        public int remainingCapacity() {
            return Integer.MAX_VALUE - size(); // a LightQueue counts, as a LinkedBlockingQueue does
        }
    }

    public static final class OurHeapOfTwo extends Removing {

        public OurHeapOfTwo() {
            super(new GreenPriorityQueue<>(2));
        }
    }

    public static final class TheirHeapOfTwo extends Removing {

        public TheirHeapOfTwo() {
            super(new PriorityQueue<>(), () -> 0);
        }

        @Override
        public boolean offer(int item) {
            return size() < 2 && super.offer(item);
        }

        @Override
        public int remainingCapacity() {
            return 2 - size();
        }
    }

    /** What only ours do. */
    public abstract static class Joinable extends Removing {

        Joinable(BlockingQueue<Item> queue) {
            super(queue);
        }

        Joinable(Queue<Item> queue, IntSupplier room) {
            super(queue, room);
        }

        @Operation
        public abstract void taskDone();

        @Operation
        public abstract int unfinished();

        @Operation
        public abstract void resize(@Param(name = "item") int most);

        @Operation
        public abstract boolean isShutdown();

        @Operation(runOnce = true)
        public abstract void shutdown();

        @Operation(runOnce = true)
        public abstract int shutdownNow();
    }

    public static final class OurJoinable extends Joinable {

        private final JoinableQueue<Item> joinable;

        public OurJoinable() {
            this(new JoinableQueue<>(2));
        }

        private OurJoinable(JoinableQueue<Item> joinable) {
            super(joinable);
            this.joinable = joinable;
        }

        @Override
        public void taskDone() {
            joinable.taskDone();
        }

        @Override
        public int unfinished() {
            return joinable.unfinished();
        }

        @Override
        public void resize(int most) {
            joinable.resize(most);
        }

        @Override
        public boolean isShutdown() {
            return joinable.isShutdown();
        }

        @Override
        public void shutdown() {
            joinable.shutdown();
        }

        @Override
        public int shutdownNow() {
            return joinable.shutdownNow().size();
        }
    }

    /** In plain words, for one thread. */
    public static final class ModelOfJoinable extends Joinable {

        private int most = 2;
        private int unfinished;
        private boolean shut;
        private boolean discarded;

        public ModelOfJoinable() {
            super(new java.util.ArrayDeque<>(), () -> 0);
        }

        @Override
        public boolean offer(int item) {
            if (shut) {
                throw new QueueShutDownException("");
            }
            boolean in = size() < most && super.offer(item);
            unfinished += in ? 1 : 0;
            return in;
        }

        @Override
        public int remainingCapacity() {
            return Math.max(0, most - size());
        }

        @Override
        public boolean remove(int item) {
            boolean removed = super.remove(item);
            unfinished = Math.max(0, unfinished - (removed ? 1 : 0));
            return removed;
        }

        @Override
        public void clear() {
            unfinished = Math.max(0, unfinished - size());
            super.clear();
        }

        @Override
        public void taskDone() {
            if (unfinished > 0) {
                unfinished--;
            } else if (!discarded) {
                throw new IllegalStateException();
            }
        }

        @Override
        public int unfinished() {
            return unfinished;
        }

        @Override
        public void resize(int newMost) {
            most = newMost;
        }

        @Override
        public boolean isShutdown() {
            return shut;
        }

        @Override
        public void shutdown() {
            shut = true;
        }

        @Override
        public int shutdownNow() {
            int left = size();
            shut = true;
            discarded = true;
            unfinished = 0;
            queue.clear();
            return left;
        }
    }
}
