package dev.verdant.green.kernel;

import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The pending timers of a loop, exact to the nanosecond and first set, first fired. Confined to the loop.
 *
 * <p>Setting and cancelling take constant time, whatever the number pending.
 */
final class Timers {

    /*
     * A hierarchical wheel (Varghese and Lauck, "Hashed and hierarchical timing wheels", 1987) with a small heap in front.
     *
     * Time is cut into ticks of 2^20 ns, about a millisecond. A timer whose tick is not after the current one is in the heap, ordered by
     * (deadline, sequence); every other is in the wheel: level k has 64 slots of 64^k ticks, and a timer's level is that of the highest
     * 6-bit digit in which its tick differs from the current one. So all timers of a level lie before all of the next, in a slot the
     * current tick has yet to reach, and the lowest set bit of the lowest level that is not empty is the next slot.
     *
     * When the current tick reaches a slot, its timers are put in again, and land lower or in the heap. The heap holds a millisecond's
     * timers only, so that cancelling there is cheap as well, and what is cancelled is gone: nothing is left behind to be swept.
     */

    private static final int TICK_BITS = 20;
    private static final int DIGIT_BITS = 6;
    private static final int DIGITS = 1 << DIGIT_BITS;
    private static final int LEVELS = 8;
    static final int SLOTS = LEVELS * DIGITS;

    private final long origin;
    private final @Nullable Timer[] slots = new Timer[SLOTS];
    private final long[] occupied = new long[LEVELS];
    private @Nullable Timer[] heap = new Timer[16];
    private int heapSize;
    private long currentTick;
    private long sequences;
    private int size;

    /**
     * Creates an empty set.
     *
     * @param now the present, as the hub tells it
     */
    Timers(long now) {
        this.origin = now;
    }

    int size() {
        return size;
    }

    /** Sets a timer that is not pending. {@code deadline} is in the hub's time, less than 2^62 ns ahead, and may have passed. */
    void set(Timer timer, long deadline) {
        assert timer.place == Timer.IDLE : "set twice";
        timer.deadline = deadline - origin;
        timer.sequence = sequences++;
        size++;
        place(timer);
    }

    /** Cancels a timer. Returns false if it was not pending. */
    boolean cancel(Timer timer) {
        int place = timer.place;
        if (place == Timer.IDLE) {
            return false;
        }
        if (place >= SLOTS) {
            removeFromHeap(place - SLOTS);
        } else {
            unlink(timer);
        }
        timer.place = Timer.IDLE;
        size--;
        return true;
    }

    /**
     * Returns how long the loop may sleep.
     *
     * @return nanoseconds until there is something to do, 0 if there is now, less than 0 if nothing is pending
     */
    long untilNext(long now) {
        if (size == 0) {
            return -1;
        }
        Timer first = heap[0];
        long next = first != null ? first.deadline : nextSlotTick() << TICK_BITS;
        return Math.max(0, next - (now - origin));
    }

    /** Takes the next timer that is due, in the order of deadlines, or null. */
    @Nullable Timer takeDue(long now) {
        if (size == 0) {
            return null;
        }
        long time = now - origin;
        advance(time >> TICK_BITS);
        Timer first = heap[0];
        if (first == null || first.deadline > time) {
            return null;
        }
        removeFromHeap(0);
        first.place = Timer.IDLE;
        size--;
        return first;
    }

    /** Returns the nanoseconds until a timer is due, 0 if it is. */
    long remaining(Timer timer, long now) {
        return Math.max(0, timer.deadline - (now - origin));
    }

    /** Sets a timer again at the deadline it had. */
    void setAgain(Timer timer) {
        set(timer, timer.deadline + origin);
    }

    /** Cancels every timer, and hands each over, in the order of deadlines. */
    void drain(Consumer<Timer> each) {
        for (Timer timer = takeDue(Long.MAX_VALUE / 2 + origin); timer != null; timer = takeDue(
                Long.MAX_VALUE / 2 + origin)) {
            each.accept(timer);
        }
    }

    private void place(Timer timer) {
        long tick = timer.deadline >> TICK_BITS;
        if (tick <= currentTick) {
            addToHeap(timer);
        } else {
            int level = (63 - Long.numberOfLeadingZeros(tick ^ currentTick)) / DIGIT_BITS;
            link(timer, level, (int) (tick >>> (level * DIGIT_BITS)) & (DIGITS - 1));
        }
    }

    private void advance(long tick) {
        for (long next = nextSlotTick(); next <= tick; next = nextSlotTick()) {
            currentTick = next;
            emptySlot();
        }
        currentTick = Math.max(currentTick, tick);
    }

    /** The tick at which the next occupied slot begins, or {@code Long.MAX_VALUE}. */
    private long nextSlotTick() {
        int level = lowestLevel();
        if (level == LEVELS) {
            return Long.MAX_VALUE;
        }
        int shift = level * DIGIT_BITS;
        long higherDigits = level == LEVELS - 1 ? 0 : currentTick >>> (shift + DIGIT_BITS) << (shift + DIGIT_BITS);
        return higherDigits | ((long) Long.numberOfTrailingZeros(occupied[level]) << shift);
    }

    private int lowestLevel() {
        for (int level = 0; level < LEVELS; level++) {
            if (occupied[level] != 0) {
                return level;
            }
        }
        return LEVELS;
    }

    private void emptySlot() {
        int level = lowestLevel();
        int slot = level * DIGITS + Long.numberOfTrailingZeros(occupied[level]);
        Timer timer = slots[slot];
        slots[slot] = null;
        occupied[level] &= occupied[level] - 1;
        while (timer != null) {
            Timer next = timer.next;
            timer.next = null;
            timer.previous = null;
            place(timer);
            timer = next;
        }
    }

    private void link(Timer timer, int level, int digit) {
        int slot = level * DIGITS + digit;
        Timer head = slots[slot];
        timer.next = head;
        if (head != null) {
            head.previous = timer;
        }
        slots[slot] = timer;
        occupied[level] |= 1L << digit;
        timer.place = slot;
    }

    private void unlink(Timer timer) {
        Timer next = timer.next;
        Timer previous = timer.previous;
        if (next != null) {
            next.previous = previous;
        }
        if (previous != null) {
            previous.next = next;
        } else {
            slots[timer.place] = next;
            if (next == null) {
                occupied[timer.place / DIGITS] &= ~(1L << (timer.place % DIGITS));
            }
        }
        timer.next = null;
        timer.previous = null;
    }

    private void addToHeap(Timer timer) {
        if (heapSize == heap.length) {
            heap = Arrays.copyOf(heap, heapSize * 2);
        }
        siftUp(heapSize++, timer);
    }

    private void removeFromHeap(int index) {
        Timer last = at(--heapSize);
        heap[heapSize] = null;
        if (index < heapSize) {
            siftDown(index, last);
            if (heap[index] == last) {
                siftUp(index, last);
            }
        }
    }

    private void siftUp(int start, Timer timer) {
        int index = start;
        while (index > 0) {
            int parent = (index - 1) / 2;
            Timer above = at(parent);
            if (!before(timer, above)) {
                break;
            }
            put(index, above);
            index = parent;
        }
        put(index, timer);
    }

    private void siftDown(int start, Timer timer) {
        int index = start;
        for (int child = 2 * index + 1; child < heapSize; child = 2 * index + 1) {
            if (child + 1 < heapSize && before(at(child + 1), at(child))) {
                child++;
            }
            if (!before(at(child), timer)) {
                break;
            }
            put(index, at(child));
            index = child;
        }
        put(index, timer);
    }

    private void put(int index, Timer timer) {
        heap[index] = timer;
        timer.place = SLOTS + index;
    }

    @SuppressWarnings("NullAway") // every index below heapSize holds a timer
    private Timer at(int index) {
        return heap[index];
    }

    private static boolean before(Timer a, Timer b) {
        return a.deadline != b.deadline ? a.deadline < b.deadline : a.sequence < b.sequence;
    }
}
