package dev.verdant.conformance.schedule;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * One direction of a connection as it ought to be: which bytes may arrive, and how it may end.
 *
 * <p>Every byte is determined by the direction and its place, so a byte that is lost, foreign or out of order shows. What is only known later (a write
 * that is killed has taken some bytes and shut the output before anybody hears of it) is judged at the end, by {@link #judge()}.
 */
final class Direction {

    private final String name;
    private final long key;

    /** Bytes that the kernel has taken. */
    private long sent;

    /** The most that it can have taken: with the write that is under way. */
    private long offered;

    private long received;

    boolean outputShut;
    boolean senderClosed;

    /** The sender has closed in a way that lets the kernel throw away what is under way: by a reset, or with bytes unread. */
    boolean lossAllowed;

    private boolean endSeen;
    private boolean resetSeen;

    Direction(String name, long key) {
        this.name = name;
        this.key = key;
    }

    /** Returns the next bytes to send. */
    byte[] next(int length) {
        var bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = at(sent + i);
        }
        offered = sent + length;
        return bytes;
    }

    private byte at(long place) {
        long mixed = (key + (place >>> 3)) * 0x9E3779B97F4A7C15L;
        mixed = (mixed ^ (mixed >>> 29)) * 0xBF58476D1CE4E5B9L;
        return (byte) (mixed >>> (8 * (place & 7)));
    }

    void sent(int count) {
        sent += count;
        offered = sent;
    }

    void received(byte[] bytes, int count) {
        assertThat(endSeen).as("%s: bytes after the end", name).isFalse();
        for (int i = 0; i < count; i++) {
            if (bytes[i] != at(received + i)) {
                throw new AssertionError(name + ": byte " + (received + i) + " is foreign (" + count + " were read)");
            }
        }
        received += count;
        assertThat(received).as("%s: more bytes than were sent", name).isLessThanOrEqualTo(offered);
    }

    /** Tells whether everything that was, or is being, sent has been read. */
    boolean isDrained() {
        return received == offered;
    }

    void endSeen() {
        endSeen = true;
    }

    void resetSeen() {
        resetSeen = true;
    }

    /** Tells whether there is no more to read. */
    boolean hasEnded() {
        return endSeen || resetSeen;
    }

    /** Called when nothing is under way any more. */
    void judge() {
        if (endSeen) {
            assertThat(outputShut || senderClosed).as("%s: an end that nobody made", name).isTrue();
        }
        if (resetSeen) {
            assertThat(lossAllowed).as("%s: a reset that nobody made", name).isTrue();
        }
        if (endSeen && !lossAllowed) {
            assertThat(received).as("%s: bytes that arrived before the end", name).isEqualTo(sent);
        }
    }

    @Override
    public String toString() {
        return name + "[sent=" + sent + ", received=" + received + (endSeen ? ", ended" : "")
                + (resetSeen ? ", reset" : "") + (lossAllowed ? ", loss allowed" : "") + "]";
    }
}
