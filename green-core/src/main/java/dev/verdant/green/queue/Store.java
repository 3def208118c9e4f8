package dev.verdant.green.queue;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The items of a queue, in the order in which they are to leave it. Each has a number, because one object may be in more than once. Guarded by the queue's
 * guard.
 */
abstract class Store<E> {

    /** An item that is in. */
    record Entry<E>(E item, long number) {}

    abstract void add(E item);

    abstract @Nullable E poll();

    abstract @Nullable E peek();

    abstract int size();

    /** The items in the order in which they would leave, or in any order if that would cost more than a copy. */
    abstract List<E> items();

    /** The same with their numbers. */
    abstract List<Entry<E>> entries();

    /** Takes one out by its number; returns false if it is not in. */
    abstract boolean remove(long number);

    abstract void clear();

    /** First in, first out, or last in, first out: a ring, with the last that came at its end. Numbers grow along it. */
    abstract static class Row<E> extends Store<E> {

        private static final int FEWEST = 16;

        // Of the same length, a power of two.
        private @Nullable Object[] items = new @Nullable Object[FEWEST];
        private long[] numbers = new long[FEWEST];
        private int first;
        private int size;
        private long came;

        @Override
        final void add(E item) {
            if (size == items.length) {
                grow();
            }
            int slot = slot(size);
            items[slot] = item;
            numbers[slot] = came++;
            size++;
        }

        private void grow() {
            var moreItems = new @Nullable Object[2 * size];
            var moreNumbers = new long[2 * size];
            for (int place = 0; place < size; place++) {
                moreItems[place] = items[slot(place)];
                moreNumbers[place] = numbers[slot(place)];
            }
            items = moreItems;
            numbers = moreNumbers;
            first = 0;
        }

        private int slot(int place) {
            return first + place & items.length - 1;
        }

        @SuppressWarnings("unchecked") // an E is put in
        private E at(int place) {
            return (E) Objects.requireNonNull(items[slot(place)]);
        }

        final E removeFirst() {
            E item = at(0);
            items[first] = null;
            first = slot(1);
            size--;
            return item;
        }

        final E removeLast() {
            E item = at(size - 1);
            items[slot(size - 1)] = null;
            size--;
            return item;
        }

        /** The place of what would leave as the nth. */
        abstract int place(int nth);

        @Override
        final int size() {
            return size;
        }

        @Override
        final @Nullable E peek() {
            return size == 0 ? null : at(place(0));
        }

        @Override
        final List<E> items() {
            var all = new ArrayList<E>(size);
            for (int nth = 0; nth < size; nth++) {
                all.add(at(place(nth)));
            }
            return all;
        }

        @Override
        final List<Entry<E>> entries() {
            var all = new ArrayList<Entry<E>>(size);
            for (int nth = 0; nth < size; nth++) {
                int place = place(nth);
                all.add(new Entry<>(at(place), numbers[slot(place)]));
            }
            return all;
        }

        @Override
        final boolean remove(long number) {
            for (int low = 0, high = size - 1; low <= high;) {
                int middle = low + high >>> 1;
                long found = numbers[slot(middle)];
                if (found == number) {
                    close(middle);
                    return true;
                }
                if (found < number) {
                    low = middle + 1;
                } else {
                    high = middle - 1;
                }
            }
            return false;
        }

        private void close(int gap) {
            for (int place = gap; place < size - 1; place++) {
                items[slot(place)] = items[slot(place + 1)];
                numbers[slot(place)] = numbers[slot(place + 1)];
            }
            E _ = removeLast();
        }

        @Override
        final void clear() {
            while (size > 0) {
                E _ = removeLast();
            }
        }
    }

    /** First in, first out. */
    static final class Fifo<E> extends Row<E> {

        @Override
        int place(int nth) {
            return nth;
        }

        @Override
        @Nullable E poll() {
            return size() == 0 ? null : removeFirst();
        }
    }

    /** Last in, first out. */
    static final class Lifo<E> extends Row<E> {

        @Override
        int place(int nth) {
            return size() - 1 - nth;
        }

        @Override
        @Nullable E poll() {
            return size() == 0 ? null : removeLast();
        }
    }

    /** The least first; of equals, the one that came first. */
    static final class Heap<E> extends Store<E> {

        /*
         * Not java.util.PriorityQueue: that moves its elements while it compares them, so a comparator that throws makes it lose some and double others.
         * Here a place is found first, with nothing moved, and what throws there has changed nothing.
         */

        /** A binary heap: those below the one at n are at 2n+1 and 2n+2. */
        private final ArrayList<Entry<E>> entries = new ArrayList<>();
        private final Comparator<? super E> order;
        private long came;

        Heap(Comparator<? super E> order) {
            this.order = order;
        }

        private boolean isBefore(Entry<E> left, Entry<E> right) {
            int compared = order.compare(left.item, right.item);
            return compared != 0 ? compared < 0 : left.number < right.number;
        }

        private static int above(int place) {
            return place - 1 >>> 1;
        }

        @Override
        void add(E item) {
            var entry = new Entry<>(item, came++);
            int bottom = entries.size();
            if (bottom == 0) {
                int _ = order.compare(item, item); // What cannot be compared is refused while it is alone, too.
            }
            int top = placeAbove(bottom, entry);
            entries.add(entry);
            sink(top, bottom, entry);
        }

        /** Where an entry belongs that is not before what is below a place. */
        private int placeAbove(int place, Entry<E> entry) {
            int found = place;
            while (found > 0 && isBefore(entry, entries.get(above(found)))) {
                found = above(found);
            }
            return found;
        }

        /** Where an entry belongs that is not after what is above a place, if there are so many entries. */
        private int placeBelow(int place, Entry<E> entry, int size) {
            int found = place;
            for (int below = 2 * found + 1; below < size; below = 2 * found + 1) {
                if (below + 1 < size && isBefore(entries.get(below + 1), entries.get(below))) {
                    below++;
                }
                if (!isBefore(entries.get(below), entry)) {
                    break;
                }
                found = below;
            }
            return found;
        }

        /** Moves what is between two places one step down, over the lower, and sets the upper. */
        private void sink(int upper, int lower, Entry<E> entry) {
            int place = lower;
            while (place > upper) {
                entries.set(place, entries.get(above(place)));
                place = above(place);
            }
            entries.set(upper, entry);
        }

        /** Moves what is between two places one step up, over the upper, and sets the lower. */
        private void rise(int upper, int lower, Entry<E> entry) {
            Entry<E> moved = entry;
            int place = lower;
            while (place > upper) {
                moved = entries.set(place, moved);
                place = above(place);
            }
            entries.set(upper, moved);
        }

        /** Puts the last entry where one leaves. */
        private void removeAt(int gap) {
            int size = entries.size() - 1;
            Entry<E> last = entries.get(size);
            if (gap < size) {
                int lower = placeBelow(gap, last, size);
                if (lower > gap) {
                    rise(gap, lower, last);
                } else {
                    sink(placeAbove(gap, last), gap, last);
                }
            }
            entries.remove(size);
        }

        @Override
        @Nullable E poll() {
            E least = peek();
            if (least != null) {
                removeAt(0);
            }
            return least;
        }

        @Override
        @Nullable E peek() {
            return entries.isEmpty() ? null : entries.get(0).item;
        }

        @Override
        int size() {
            return entries.size();
        }

        @Override
        List<E> items() {
            var all = new ArrayList<E>(entries.size());
            for (Entry<E> entry : entries) {
                all.add(entry.item);
            }
            return all;
        }

        @Override
        List<Entry<E>> entries() {
            return new ArrayList<>(entries);
        }

        @Override
        boolean remove(long number) {
            for (int place = 0; place < entries.size(); place++) {
                if (entries.get(place).number == number) {
                    removeAt(place);
                    return true;
                }
            }
            return false;
        }

        @Override
        void clear() {
            entries.clear();
        }
    }
}
