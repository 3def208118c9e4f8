package dev.verdant.green.http;

import dev.verdant.green.Green;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The body of a request, as far as it has been asked for. Sends the 100 that the client may wait for before it reads. One thread at a time. */
abstract class RequestBody extends InputStream {

    private static final int MOST_DROPPED_AT_ONCE = 8 * 1024;

    final Input input;
    private final Patience patience;
    private final Continue client;

    /** For how long the client may be waited for still, see {@link Patience}. */
    private long credit = Patience.CREDIT_NANOS;

    /** What the last wait took, and what has come since. */
    private long waited;

    private long received;
    private volatile boolean closed; // Also by the server, while a thread still reads that the handler has handed it to.

    /** Why there is no more of it, if that is so: told again at each read, and to who answers. */
    private @Nullable IOException failure;

    /** Whom the client waits for before it sends more. */
    interface Continue {

        /** Sends a 100 if one is due. */
        void sendContinue() throws IOException;
    }

    RequestBody(Input input, Patience patience, Continue client) {
        this.input = input;
        this.patience = patience;
        this.client = client;
    }

    // ---- what a body is

    /** Tells whether all of it has been read. */
    abstract boolean isWhole();

    /** Returns how many bytes are known to be left. */
    abstract long left();

    /** Reads some of it without waiting; 0 if nothing is there now, -1 if it is whole. */
    abstract int tryRead(byte[] target, int offset, int length) throws IOException;

    // ---- reading

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, target.length);
        if (closed) {
            throw new IOException("the body of the request was closed");
        }
        return length == 0 ? 0 : readOrWait(target, offset, length);
    }

    private int readOrWait(byte[] target, int offset, int length) throws IOException {
        IOException known = failure;
        if (known != null) {
            throw known;
        }
        try {
            while (true) {
                int count = isWhole() ? -1 : tryRead(target, offset, length);
                if (count != 0) {
                    received += Math.max(0, count);
                    return count;
                }
                awaitMore();
            }
        } catch (IOException e) {
            failure = e;
            throw e;
        }
    }

    private void awaitMore() throws IOException {
        credit = patience.credit(credit, waited, received);
        waited = 0;
        received = 0;
        if (credit < 0) {
            throw new HttpFault(408, "a body that comes at less than " + patience.minimumRate() + " bytes a second");
        }
        client.sendContinue();
        long from = Green.nanoTime();
        if (!input.await(patience.body())) {
            throw new HttpFault(408, "nothing more of the body for " + patience.body());
        }
        waited = Green.nanoTime() - from;
    }

    /** The client has ended in the middle. */
    static IOException cutOff() {
        return new EOFException("the client ended the connection in the middle of the request's body");
    }

    /** Returns what a read of it has failed with; null if none has. */
    @Nullable IOException failure() {
        return failure;
    }

    /** Nothing more will be read. What is left is the server's to deal with. */
    @Override
    public void close() {
        closed = true;
    }

    // ---- afterwards

    /**
     * Reads and drops what nobody has read.
     *
     * @param most how many bytes at the most
     * @return true if that was all of it
     */
    boolean drain(long most) throws IOException {
        if (isWhole()) {
            return true;
        }
        byte[] dropped = new byte[MOST_DROPPED_AT_ONCE];
        for (long left = most; left > 0;) {
            int count = readOrWait(dropped, 0, (int) Math.min(left, dropped.length));
            if (count < 0 || isWhole()) {
                return true;
            }
            left -= count;
        }
        return false;
    }
}
