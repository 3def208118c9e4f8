package dev.verdant.green.ssl;

import dev.verdant.green.net.GreenStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * What has come from the peer: bytes of the stream that are not decrypted yet, and decrypted ones that nobody has read yet. Confined to whoever drives the
 * engine inwards.
 */
final class Incoming {

    /** As much as a peer can make us keep: decrypted data that comes while a writer waits for a handshake. */
    private static final int MOST_PLAIN = 256 * 1024;

    /** An engine may take nothing because it must say something first. If it goes on so, it must be waiting for more. */
    private static final int MOST_IDLE = 3;

    /** How much is read of what comes behind a failure, in buffers. */
    private static final int MOST_UNREAD = 16;

    private static final ByteBuffer NOTHING = ByteBuffer.allocateDirect(0);

    private final GreenStream stream;
    private final TlsEngine engine;
    private final BufferPool netPool;
    private final BufferPool plainPool;

    /** Bytes of the stream, to be read from its position; null if there are none. */
    private @Nullable ByteBuffer net;

    /** Part of a record, while its rest is waited for: instead of {@link #net}, which is much larger. */
    private byte @Nullable [] part;

    /** Decrypted bytes, to be read from its position; null if there are none. */
    private @Nullable ByteBuffer plain;

    /** What is here is no whole record. */
    private boolean starved;

    /** How often in a row the engine took nothing of what is here. */
    private int idle;

    Incoming(GreenStream stream, TlsEngine engine) {
        this.stream = stream;
        this.engine = engine;
        this.netPool = BufferPool.net(engine.prefersDirect());
        this.plainPool = BufferPool.plain(engine.prefersDirect());
    }

    // ---- decrypted

    int plainCount() {
        ByteBuffer has = plain;
        return has == null ? 0 : has.remaining();
    }

    /** Moves decrypted bytes to the target. */
    int takePlain(ByteBuffer target) {
        ByteBuffer has = plain;
        if (has == null) {
            return 0;
        }
        int count = Math.min(has.remaining(), target.remaining());
        target.put(target.position(), has, has.position(), count);
        target.position(target.position() + count);
        has.position(has.position() + count);
        if (!has.hasRemaining()) {
            plain = null;
            plainPool.give(has);
        }
        return count;
    }

    // ---- encrypted

    /** Tells whether more of the stream is needed before the engine can go on. */
    boolean isStarved() {
        return starved;
    }

    /** Tells whether bytes of the stream are here. */
    boolean hasNet() {
        return net != null || part != null;
    }

    /**
     * Reads what the stream has now.
     *
     * @return the number of bytes, 0 for none now, -1 for the end
     */
    int receive() throws IOException {
        ByteBuffer into = writableNet();
        int count = 0;
        try {
            count = stream.tryRead(into);
        } finally {
            into.flip();
            if (count > 0) {
                starved = false;
                idle = 0;
            } else {
                shelve(into);
            }
        }
        return count;
    }

    /**
     * Waits until the stream has brought something.
     *
     * @return the number of bytes, -1 for the end
     * @throws java.net.SocketTimeoutException if the time has passed first
     */
    int await(Limit limit) throws IOException {
        while (true) {
            int count = receive();
            if (count != 0) {
                return count;
            }
            if (!stream.awaitReadable(limit.left())) {
                throw limit.timeout();
            }
        }
    }

    /** Nothing is decrypted for a while: keeps what is there in as little as it needs. */
    void shelve() {
        ByteBuffer has = net;
        if (has != null) {
            shelve(has);
        }
    }

    /** Before a close: what is not read would make a reset of it, which may take our last words from the peer. */
    void discardUnread() {
        try {
            for (int i = 0; i < MOST_UNREAD; i++) {
                if (discard() <= 0) {
                    return;
                }
            }
        } catch (IOException e) {
            // Then there is nobody to hear us.
        }
    }

    /** Forgets what is not decrypted, and what the stream has now, a buffer's worth. Returns as {@link #receive} does. */
    private int discard() throws IOException {
        part = null;
        ByteBuffer has = net;
        ByteBuffer into = has != null ? has.clear() : netPool.take();
        net = null;
        try {
            return stream.tryRead(into);
        } finally {
            netPool.give(into);
        }
    }

    /** The buffer with what it has in front, ready to be filled. */
    private ByteBuffer writableNet() {
        ByteBuffer has = net;
        byte[] kept = part;
        if (has == null) {
            has = netPool.take(kept == null ? 0 : kept.length + 1);
            net = has;
            if (kept != null) {
                has.put(kept);
                part = null;
            }
            return has;
        }
        has.compact();
        if (!has.hasRemaining()) {
            // A record that is larger than the buffer, and than the engines make them.
            ByteBuffer larger = netPool.take(2 * has.capacity());
            larger.put(has.flip());
            netPool.give(has);
            net = larger;
            has = larger;
        }
        return has;
    }

    /** Nothing will come for a while: keeps what is there in as little as it needs. */
    private void shelve(ByteBuffer has) {
        net = null;
        if (has.hasRemaining()) {
            byte[] kept = new byte[has.remaining()];
            has.get(kept);
            part = kept;
        }
        netPool.give(has);
    }

    /**
     * Gives the engine what is here. What it decrypts goes to the target if a record fits there, and else is kept for {@link #takePlain}; the result tells
     * how much it was.
     */
    SSLEngineResult unwrap(@Nullable ByteBuffer target) throws SSLException {
        ByteBuffer from = readableNet();
        while (true) {
            boolean straight = target != null && plain == null && fits(target);
            ByteBuffer into = straight && target != null ? target : writablePlain(0);
            SSLEngineResult result;
            try {
                result = engine.ssl().unwrap(from, into);
            } finally {
                if (into != target) {
                    settlePlain(into);
                }
                settleNet(from);
            }
            switch (result.getStatus()) {
                case BUFFER_OVERFLOW -> makeRoom(into, straight);
                case BUFFER_UNDERFLOW -> {
                    starved = true;
                    return result;
                }
                default -> {
                    boolean progress = result.bytesConsumed() > 0 || result.bytesProduced() > 0;
                    idle = progress ? 0 : idle + 1;
                    starved = !progress && (!from.hasRemaining() || idle > MOST_IDLE);
                    return result;
                }
            }
            target = null;
        }
    }

    private ByteBuffer readableNet() {
        if (net != null) {
            return net;
        }
        byte[] kept = part;
        if (kept == null) {
            return NOTHING;
        }
        ByteBuffer has = netPool.take(kept.length).put(kept).flip();
        part = null;
        net = has;
        return has;
    }

    private void settleNet(ByteBuffer from) {
        if (from == net && !from.hasRemaining()) {
            net = null;
            netPool.give(from);
        }
    }

    private boolean fits(ByteBuffer target) {
        return (target.isDirect() || !engine.prefersDirect())
                && target.remaining() >= engine.ssl().getSession().getApplicationBufferSize();
    }

    /** The buffer with what it has in front, ready to be filled; {@link #settlePlain} follows. */
    private ByteBuffer writablePlain(int least) {
        ByteBuffer has = plain;
        if (has == null) {
            has = plainPool.take(Math.max(least, engine.ssl().getSession().getApplicationBufferSize()));
            plain = has;
            return has;
        }
        return has.compact();
    }

    private void settlePlain(ByteBuffer has) {
        has.flip();
        if (!has.hasRemaining()) {
            plain = null;
            plainPool.give(has);
        }
    }

    /** The record does not fit: the engine's records have grown, or some of an earlier one is left. */
    private void makeRoom(ByteBuffer full, boolean straight) throws SSLException {
        int needed = engine.ssl().getSession().getApplicationBufferSize();
        int had = plainCount();
        if (straight || had + needed > full.capacity()) {
            replacePlain(Math.max(had + needed, straight ? 0 : full.capacity() + 1));
        } else {
            replacePlain(2 * full.capacity());
        }
    }

    private void replacePlain(int capacity) throws SSLException {
        if (capacity > MOST_PLAIN) {
            throw new SSLException(
                    "More than " + MOST_PLAIN + " decrypted bytes are waiting for a reader, and the engine has more");
        }
        ByteBuffer larger = plainPool.take(capacity);
        ByteBuffer has = plain;
        if (has != null) {
            larger.put(has);
            plainPool.give(has);
        }
        plain = larger.flip();
    }

    /** Takes away what is not decrypted, for who goes on with the stream in plain. */
    ByteBuffer drainNet() {
        byte[] kept = part;
        ByteBuffer has = net;
        byte[] all = kept != null ? kept : new byte[has == null ? 0 : has.remaining()];
        if (has != null) {
            has.get(all);
        }
        free();
        return ByteBuffer.wrap(all);
    }

    /** Gives all buffers back. Nobody uses them any more. */
    void free() {
        ByteBuffer hadNet = net;
        net = null;
        netPool.give(hadNet);
        ByteBuffer hadPlain = plain;
        plain = null;
        plainPool.give(hadPlain);
        part = null;
    }
}
