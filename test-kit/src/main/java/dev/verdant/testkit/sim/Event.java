package dev.verdant.testkit.sim;

/** Something that happens at a moment of the simulated time. In one queue at a time. */
abstract class Event {

    static final int NOWHERE = -1;

    // The queue's, guarded by the timeline's word.
    long at;
    long order;
    int place = NOWHERE;

    /** Happens. Called with the timeline's word taken: short, and calls nobody who might take it. */
    abstract void happen();

    final boolean isBefore(Event other) {
        return at < other.at || at == other.at && order < other.order;
    }

    final boolean isQueued() {
        return place != NOWHERE;
    }
}
