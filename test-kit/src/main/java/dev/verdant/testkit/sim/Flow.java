package dev.verdant.testkit.sim;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One direction of a stream or a pipe: the bytes between the one who writes and the one who reads, in one ring. Those in front have arrived; the others are on
 * their way, as segments that only count them. Guarded by the timeline's word.
 */
final class Flow {

    /** Null for what does not cross the network. */
    private final @Nullable SimLink link;

    private final Ring bytes = new Ring();

    /** Who reads, as soon as there is one. */
    @Nullable Receiver receiver;

    /** How many bytes of the ring have arrived. */
    private int arrived;

    /** How many bytes it takes. */
    private int limit;

    /** Somebody found no room and has not been told of any since. */
    private boolean wanted;

    /** Places of urgent bytes: how many bytes lie before each, of all that were ever sent. */
    private @Nullable Marks marks;

    private long taken;

    /** When what was sent last arrives. */
    long lastArrival;

    /** How many segments are on their way. */
    int underWay;

    /** Nothing that is sent arrives any more, and nobody is told. */
    boolean silent;

    /** Nobody will read. What is sent is counted still, and nothing is kept. */
    private boolean abandoned;

    Flow(@Nullable SimLink link, int limit) {
        this.link = link;
        this.limit = limit;
    }

    boolean isOver(SimLink other) {
        return link == other;
    }

    void limit(int newLimit) {
        limit = newLimit;
    }

    // ---- who writes

    int room() {
        return Math.max(0, limit - bytes.size());
    }

    /** Tells whether there is enough room to tell a writer of, and remembers if not. */
    boolean isWritable() {
        if (room() >= limit / 3) {
            return true;
        }
        wanted = true;
        return false;
    }

    void want() {
        wanted = true;
    }

    /** Takes that back, because the writer is being told. Returns whether anybody had found no room. */
    boolean offerRoom() {
        boolean was = wanted;
        if (was && room() >= limit / 3) {
            wanted = false;
            return true;
        }
        return false;
    }

    void put(byte[] source, int offset, int length) {
        if (!abandoned) {
            bytes.put(source, offset, length);
        }
        sendBytes(length);
    }

    void put(ByteBuffer source, int length) {
        if (abandoned) {
            source.position(source.position() + length);
        } else {
            bytes.put(source, length);
        }
        sendBytes(length);
    }

    void putUrgent(byte data) {
        if (!abandoned) {
            if (marks == null) {
                marks = new Marks();
            }
            marks.add(taken + bytes.size());
            bytes.put(new byte[]{data}, 0, 1);
        }
        send(Segment.Kind.URGENT, 1, 0);
    }

    private void sendBytes(int length) {
        for (int rest = length; rest > 0;) {
            int piece = link == null ? rest : Math.min(rest, link.slice());
            send(Segment.Kind.DATA, piece, 0);
            rest -= piece;
        }
    }

    void send(Segment.Kind kind, int length, long extraNanos) {
        if (link == null) {
            arrive(kind, length);
        } else {
            link.carry(this, kind, length, extraNanos);
        }
    }

    // ---- arrival

    void arrive(Segment.Kind kind, int length) {
        Receiver to = receiver;
        if (to != null) {
            to.arrived(kind, length, silent);
        }
    }

    /** Bytes may be read from now on. */
    void accept(int length) {
        if (!abandoned) {
            arrived += length;
        }
    }

    /** Lets go of what is there and what comes: nobody will read it. */
    void abandon() {
        abandoned = true;
        bytes.clear();
        arrived = 0;
        marks = null;
    }

    // ---- who reads

    boolean isEmpty() {
        return arrived == 0;
    }

    boolean hasUrgent() {
        return marks != null;
    }

    /** Returns how many of {@code most} bytes a read takes now: not beyond an urgent byte, which it skips unless that stays in line. */
    int readable(int most, boolean urgentInLine) {
        Marks urgent = marks;
        if (urgent == null || arrived == 0) {
            return Math.min(most, arrived);
        }
        while (arrived > 0 && urgent.first() == taken) {
            urgent.drop();
            if (urgentInLine) {
                break;
            }
            bytes.drop(1);
            count(1);
        }
        long stop = urgent.first() - taken;
        return (int) Math.min(Math.min(most, arrived), stop);
    }

    void take(byte[] target, int offset, int length) {
        bytes.take(target, offset, length);
        count(length);
    }

    void take(ByteBuffer target, int length) {
        bytes.take(target, length);
        count(length);
    }

    private void count(int length) {
        arrived -= length;
        taken += length;
    }

    /** Where what a {@link Flow} brings ends up. */
    interface Receiver {

        /**
         * Something has arrived.
         *
         * @param silent it has not, in truth, and the sender hears nothing of it
         */
        void arrived(Segment.Kind kind, int length, boolean silent);
    }
}
