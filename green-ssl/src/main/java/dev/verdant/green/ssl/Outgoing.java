package dev.verdant.green.ssl;

import dev.verdant.green.net.GreenStream;
import dev.verdant.green.spi.FaultPoint;
import java.io.IOException;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** What goes to the peer: records that are not sent yet. Confined to whoever drives the engine outwards. */
final class Outgoing {

    private static final ByteBuffer NOTHING = ByteBuffer.allocateDirect(0);

    /** As much as goes into one record, RFC 8446 section 5.1. */
    private static final int MOST_PLAIN = 16 * 1024;

    private static final int MOST_ALERTS = 4;

    private static final FaultPoint RECORD_SMALL = FaultPoint.named("tls.record-small");

    private static final int LITTLE = 64;

    private final GreenStream stream;
    private final TlsEngine engine;
    private final BufferPool netPool;

    /** Records to be sent, from its position; null if there are none. */
    private @Nullable ByteBuffer net;

    Outgoing(GreenStream stream, TlsEngine engine) {
        this.stream = stream;
        this.engine = engine;
        this.netPool = BufferPool.net(engine.prefersDirect());
    }

    boolean isPending() {
        return net != null;
    }

    /** Makes one record of what the engine itself has to say. */
    SSLEngineResult wrap() throws SSLException {
        ByteBuffer into = writableNet();
        try {
            return wrap(NOTHING, into);
        } finally {
            settle(into);
        }
    }

    /**
     * Makes records of the source, as many as fit, or of what the engine itself has to say.
     *
     * @return the last result
     */
    SSLEngineResult wrap(ByteBuffer source) throws SSLException {
        boolean copies = engine.prefersDirect() && !source.isDirect();
        ByteBuffer staging = copies ? BufferPool.plain(true).take() : source;
        ByteBuffer into = writableNet();
        try {
            SSLEngineResult result;
            do {
                result = copies ? wrapCopy(source, staging, into) : wrap(source, into);
            } while (result.getStatus() == Status.OK && result.bytesConsumed() > 0 && source.hasRemaining()
                    && into.remaining() >= packetSize());
            return result;
        } finally {
            settle(into);
            if (copies) {
                BufferPool.plain(true).give(staging);
            }
        }
    }

    private SSLEngineResult wrapCopy(ByteBuffer source, ByteBuffer staging, ByteBuffer into) throws SSLException {
        int length = Math.min(source.remaining(), MOST_PLAIN);
        staging.clear().put(0, source, source.position(), length).limit(length);
        SSLEngineResult result = wrap(staging, into);
        source.position(source.position() + result.bytesConsumed());
        return result;
    }

    private SSLEngineResult wrap(ByteBuffer source, ByteBuffer into) throws SSLException {
        SSLEngineResult result = RECORD_SMALL.strikes() ? wrapLittle(source, into) : engine.ssl().wrap(source, into);
        if (result.getStatus() == Status.BUFFER_OVERFLOW && into.remaining() >= packetSize()) {
            throw new SSLException("The engine made a record of more than the " + packetSize() + " bytes it announced");
        }
        return result;
    }

    private SSLEngineResult wrapLittle(ByteBuffer source, ByteBuffer into) throws SSLException {
        int limit = source.limit();
        source.limit(source.position() + (int) Math.min(source.remaining(), 1 + RECORD_SMALL.draw(LITTLE)));
        try {
            return engine.ssl().wrap(source, into);
        } finally {
            source.limit(limit);
        }
    }

    private int packetSize() {
        return engine.ssl().getSession().getPacketBufferSize();
    }

    /** The buffer with what it has in front and room for a record behind; {@link #settle} follows. */
    private ByteBuffer writableNet() {
        int record = packetSize();
        ByteBuffer has = net;
        if (has == null) {
            has = netPool.take(record);
            net = has;
            return has;
        }
        has.compact();
        if (has.remaining() < record) {
            ByteBuffer larger = netPool.take(has.position() + record);
            larger.put(has.flip());
            netPool.give(has);
            net = larger;
            has = larger;
        }
        return has;
    }

    private void settle(ByteBuffer has) {
        has.flip();
        if (!has.hasRemaining()) {
            free();
        }
    }

    /** Sends what there is room for now. Returns true if nothing is left. */
    boolean trySend() throws IOException {
        ByteBuffer has = net;
        if (has == null) {
            return true;
        }
        while (has.hasRemaining()) {
            if (stream.tryWrite(has) == 0) {
                return false;
            }
        }
        free();
        return true;
    }

    /** Sends everything. A wait that ends early leaves the rest here. */
    void send(Limit limit) throws IOException {
        while (!trySend()) {
            if (!stream.awaitWritable(limit.left())) {
                throw limit.timeout();
            }
        }
    }

    /** After a failure of the engine: sends the alert that it has made, if it can go at once. */
    void sayWhatIsWrong() {
        try {
            try {
                // Once in any case: not every engine says that it needs it.
                for (int i = 0; i == 0 || i < MOST_ALERTS
                        && engine.ssl().getHandshakeStatus() == HandshakeStatus.NEED_WRAP; i++) {
                    SSLEngineResult _ = wrap();
                }
            } finally {
                boolean _ = trySend();
            }
        } catch (IOException e) {
            // The first failure is the one to be told.
        }
    }

    /** Gives the buffer back, and forgets what was not sent. Nobody uses it any more. */
    void free() {
        ByteBuffer had = net;
        net = null;
        netPool.give(had);
    }
}
