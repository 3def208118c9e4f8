package dev.verdant.testkit.sim;

/** What belongs to a stream's direction and arrives in its order. The bytes themselves lie in the {@link Flow} already. */
final class Segment extends Parcel {

    final Flow flow;
    final Kind kind;
    final int length;

    Segment(Flow flow, Kind kind, int length) {
        this.flow = flow;
        this.kind = kind;
        this.length = length;
    }

    @Override
    void happen() {
        flow.underWay--;
        flow.arrive(kind, length);
    }

    @Override
    Parcel again() {
        return new Segment(flow, kind, length);
    }

    @Override
    int length() {
        return length;
    }

    /** What it is. */
    enum Kind {
        /** Answers a request for a connection. */
        ACCEPTANCE,
        /** Answers that: the connection stands at both ends. */
        CONFIRMATION,
        /** Bytes. */
        DATA,
        /** One byte that a read stops at. */
        URGENT,
        /** There is room again. */
        ROOM,
        /** The end. */
        END,
        /** The connection is broken, or refused. */
        RESET
    }
}
