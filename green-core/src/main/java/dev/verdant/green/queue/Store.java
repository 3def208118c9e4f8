package dev.verdant.green.queue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/** The items of a queue, in the order in which they are to leave it. Guarded by the queue's guard. */
abstract class Store<E> {

    abstract void add(E item);

    abstract @Nullable E poll();

    abstract @Nullable E peek();

    abstract int size();

    /** The items in the order in which they would leave; those at hand in any order if that would cost more than a copy. */
    abstract List<E> list();

    /** Takes out one that is this very object; returns false if there is none. */
    abstract boolean removeSame(Object item);

    abstract void clear();

    /** First in, first out, or last in, first out. */
    abstract static class Row<E> extends Store<E> {

        final ArrayDeque<E> items = new ArrayDeque<>();

        @Override
        @Nullable E poll() {
            return items.pollFirst();
        }

        @Override
        @Nullable E peek() {
            return items.peekFirst();
        }

        @Override
        int size() {
            return items.size();
        }

        @Override
        List<E> list() {
            return new ArrayList<>(items);
        }

        @Override
        boolean removeSame(Object item) {
            for (Iterator<E> each = items.iterator(); each.hasNext();) {
                if (each.next() == item) {
                    each.remove();
                    return true;
                }
            }
            return false;
        }

        @Override
        void clear() {
            items.clear();
        }
    }

    /** First in, first out. */
    static final class Fifo<E> extends Row<E> {

        @Override
        void add(E item) {
            items.addLast(item);
        }
    }

    /** Last in, first out. */
    static final class Lifo<E> extends Row<E> {

        @Override
        void add(E item) {
            items.addFirst(item);
        }
    }

    /** The least first; of equals, the one that came first. */
    static final class Heap<E> extends Store<E> {

        private final PriorityQueue<Entry<E>> entries;
        private long came;

        /** Equal to itself alone, so that no item's own idea of equality is asked. */
        private static final class Entry<E> {

            final E item;
            final long number;

            Entry(E item, long number) {
                this.item = item;
                this.number = number;
            }
        }

        Heap(Comparator<? super E> order) {
            this.entries = new PriorityQueue<>((left, right) -> {
                int compared = order.compare(left.item, right.item);
                return compared != 0 ? compared : Long.compare(left.number, right.number);
            });
        }

        @Override
        void add(E item) {
            entries.add(new Entry<>(item, came++));
        }

        @Override
        @Nullable E poll() {
            Entry<E> first = entries.poll();
            return first == null ? null : first.item;
        }

        @Override
        @Nullable E peek() {
            Entry<E> first = entries.peek();
            return first == null ? null : first.item;
        }

        @Override
        int size() {
            return entries.size();
        }

        @Override
        List<E> list() {
            var items = new ArrayList<E>(entries.size());
            for (Entry<E> entry : entries) {
                items.add(entry.item);
            }
            return items;
        }

        @Override
        boolean removeSame(Object item) {
            for (Entry<E> entry : entries) {
                if (entry.item == item) {
                    return entries.remove(entry);
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
