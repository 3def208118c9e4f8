package dev.verdant.green.ssl;

import java.nio.ByteBuffer;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;

/**
 * One connection's TLS engine, and how it is ended. Whoever uses {@link #ssl} must keep this object as long: with it goes the native memory. Any thread may
 * call it.
 */
final class TlsEngine {

    /** Data, version 1.2, one byte. */
    private static final byte[] ANY_RECORD = {23, 3, 3, 0, 1, 0};

    private final SSLEngine ssl;
    private final boolean prefersDirect;
    private final Runnable release;

    /** {@code release} may be called several times, by any thread, and acts once. */
    TlsEngine(SSLEngine ssl, boolean prefersDirect, Runnable release) {
        this.ssl = ssl;
        this.prefersDirect = prefersDirect;
        this.release = release;
    }

    /** The engine, whose mode and parameters are set and whose handshake has not begun. */
    SSLEngine ssl() {
        return ssl;
    }

    /** Whether it copies heap buffers before it uses them. */
    boolean prefersDirect() {
        return prefersDirect;
    }

    /** Whether the peer has said goodbye. Netty's engines also end so each record that comes after our own goodbye. */
    boolean isEnd(SSLEngineResult unwrapped) {
        return unwrapped.getStatus() == Status.CLOSED && ssl.isInboundDone();
    }

    /**
     * Whether an unwrap after the handshake found a record that is refused. Netty's engines do not throw then: their result says that there is something to send,
     * the alert, while their handshake is done.
     */
    boolean hasRefused(SSLEngineResult unwrapped) {
        return prefersDirect && unwrapped.getStatus() == Status.OK
                && unwrapped.getHandshakeStatus() == HandshakeStatus.NEED_WRAP
                && ssl.getHandshakeStatus() == HandshakeStatus.NOT_HANDSHAKING && !ssl.isInboundDone();
    }

    /** Why, after the alert has been wrapped: Netty's engines tell if they are given anything more. */
    SSLException refusal() {
        try {
            SSLEngineResult _ = ssl.unwrap(ByteBuffer.wrap(ANY_RECORD), ByteBuffer.allocate(ANY_RECORD.length));
            return new SSLException("The peer sent a record that is not as TLS demands");
        } catch (SSLException e) {
            return e;
        }
    }

    /** What ALPN came to; empty if to nothing, or if it is not known yet. The engines disagree on when that is null. */
    String applicationProtocol() {
        String protocol = ssl.getApplicationProtocol();
        return protocol == null ? "" : protocol;
    }

    /** Gives back what the collector does not. After this every call of {@link #ssl} fails or finds it closed. */
    void release() {
        release.run();
    }
}
