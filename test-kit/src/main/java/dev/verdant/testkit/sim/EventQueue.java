package dev.verdant.testkit.sim;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A binary heap of events, by time and then by the order in which they were added. Guarded by the timeline's word. */
final class EventQueue {

    private @Nullable Event[] heap = new Event[64];
    private int size;
    private long added;

    /** Returns when the first event is, or {@link Timeline#NEVER}. */
    long next() {
        return size == 0 ? Timeline.NEVER : at(0).at;
    }

    void add(Event event, long at) {
        assert !event.isQueued() : event;
        event.at = at;
        event.order = added++;
        if (size == heap.length) {
            heap = Arrays.copyOf(heap, 2 * size);
        }
        rise(event, size++);
    }

    Event take() {
        Event first = at(0);
        remove(first);
        return first;
    }

    void remove(Event event) {
        int place = event.place;
        event.place = Event.NOWHERE;
        Event last = at(--size);
        heap[size] = null;
        if (last == event) {
            return;
        }
        if (place > 0 && last.isBefore(at((place - 1) / 2))) {
            rise(last, place);
        } else {
            sink(last, place);
        }
    }

    private void rise(Event event, int from) {
        int place = from;
        while (place > 0) {
            Event parent = at((place - 1) / 2);
            if (!event.isBefore(parent)) {
                break;
            }
            put(parent, place);
            place = (place - 1) / 2;
        }
        put(event, place);
    }

    private void sink(Event event, int from) {
        int place = from;
        for (int child = 2 * place + 1; child < size; child = 2 * place + 1) {
            if (child + 1 < size && at(child + 1).isBefore(at(child))) {
                child++;
            }
            if (!at(child).isBefore(event)) {
                break;
            }
            put(at(child), place);
            place = child;
        }
        put(event, place);
    }

    private void put(Event event, int place) {
        heap[place] = event;
        event.place = place;
    }

    private Event at(int place) {
        return Objects.requireNonNull(heap[place]);
    }
}
