package dev.verdant.green.ssl;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiFunction;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * A server's engine that refuses clients whose application protocols are all others than ours, with the alert that RFC 7301 asks for (section 3.2).
 */
final class AlpnGuard extends SSLEngine {

    /*
     * BoringSSL would do it, but Netty's binding answers for it, and can only go on without a protocol or choose one that the client never offered.
     * So this looks at each record of the ClientHello before it hands it on. When the last one is there, it either steps aside for good, or keeps the
     * record, throws, and has one plain alert to say: the server has not sent anything yet, so nothing is encrypted.
     */

    private static final int RECORD_HEADER = 5;
    private static final int HANDSHAKE = 22;

    /** Longer ones no engine takes; that is not ours to say. */
    private static final int LONGEST_HELLO = 1 << 17;

    /** Alert, version 1.2, two bytes: fatal, no_application_protocol. */
    private static final byte[] ALERT = {21, 3, 3, 0, 2, 2, 120};

    private enum State {
        /** The ClientHello is not whole yet. */
        LOOKING,
        /** All is up to the engine. */
        ASIDE,
        /** Refused, and the alert not said. */
        REFUSED,
        /** Refused, and the alert said. */
        CLOSED
    }

    private final SSLEngine engine;
    private final List<String> ours;

    // Guarded by this object's lock, as an engine may be read and written by two threads; ASIDE is for ever.
    private volatile State state = State.LOOKING;
    /** The ClientHello as far as the engine has it, and room. */
    private byte[] hello = new byte[0];
    private int length;

    AlpnGuard(SSLEngine engine, List<String> ours) {
        super(engine.getPeerHost(), engine.getPeerPort());
        this.engine = engine;
        this.ours = ours;
    }

    @Override
    public SSLEngineResult unwrap(ByteBuffer src, ByteBuffer dst) throws SSLException {
        return state == State.ASIDE ? engine.unwrap(src, dst) : unwrap(src, new ByteBuffer[]{dst}, 0, 1);
    }

    @Override
    public SSLEngineResult unwrap(ByteBuffer src, ByteBuffer[] dsts, int offset, int length) throws SSLException {
        if (state == State.ASIDE) {
            return engine.unwrap(src, dsts, offset, length);
        }
        synchronized (this) {
            return unwrapGuarded(src, dsts, offset, length);
        }
    }

    private SSLEngineResult unwrapGuarded(ByteBuffer src, ByteBuffer[] dsts, int offset, int count)
            throws SSLException {
        if (state == State.REFUSED || state == State.CLOSED) {
            return new SSLEngineResult(Status.CLOSED, getHandshakeStatus(), 0, 0);
        }
        ByteBuffer record = src.duplicate();
        if (state == State.ASIDE || record.remaining() < RECORD_HEADER) {
            return engine.unwrap(src, dsts, offset, count);
        }
        int start = record.position();
        if (record.get(start) != HANDSHAKE) {
            state = State.ASIDE;
            return engine.unwrap(src, dsts, offset, count);
        }
        int size = RECORD_HEADER + (record.getShort(start + 3) & 0xFFFF);
        if (record.remaining() < size) {
            return engine.unwrap(src, dsts, offset, count);
        }
        int grown = length + size - RECORD_HEADER;
        if (grown > hello.length) {
            hello = Arrays.copyOf(hello, Math.max(grown, 2 * hello.length));
        }
        record.get(start + RECORD_HEADER, hello, length, size - RECORD_HEADER);
        boolean looking = look(ByteBuffer.wrap(hello, 0, grown));
        SSLEngineResult result = engine.unwrap(src, dsts, offset, count);
        if (result.bytesConsumed() >= size) {
            length = grown;
            if (!looking) {
                state = State.ASIDE;
                hello = new byte[0];
            }
        }
        return result;
    }

    /** Whether there is more to come; throws if the client is refused. */
    private boolean look(ByteBuffer message) throws SSLException {
        int length = ClientHello.length(message);
        if (length == 0 || length > LONGEST_HELLO) {
            return false;
        }
        if (length < 0 || length > message.remaining()) {
            return true;
        }
        List<String> offered = ClientHello.applicationProtocols(message.limit(length));
        if (offered == null || offered.isEmpty() || offered.stream().anyMatch(ours::contains)) {
            return false;
        }
        state = State.REFUSED;
        throw new SSLHandshakeException(
                "(no_application_protocol) The client offers " + offered + ", and ours are " + ours);
    }

    @Override
    public SSLEngineResult wrap(ByteBuffer src, ByteBuffer dst) throws SSLException {
        return state == State.ASIDE ? engine.wrap(src, dst) : wrap(new ByteBuffer[]{src}, 0, 1, dst);
    }

    @Override
    public SSLEngineResult wrap(ByteBuffer[] srcs, int offset, int length, ByteBuffer dst) throws SSLException {
        if (state == State.ASIDE) {
            return engine.wrap(srcs, offset, length, dst);
        }
        synchronized (this) {
            if (state == State.CLOSED) {
                return new SSLEngineResult(Status.CLOSED, HandshakeStatus.NOT_HANDSHAKING, 0, 0);
            }
            if (state == State.REFUSED) {
                if (dst.remaining() < ALERT.length) {
                    return new SSLEngineResult(Status.BUFFER_OVERFLOW, HandshakeStatus.NEED_WRAP, 0, 0);
                }
                dst.put(ALERT);
                state = State.CLOSED;
                return new SSLEngineResult(Status.CLOSED, HandshakeStatus.NOT_HANDSHAKING, 0, ALERT.length);
            }
            return engine.wrap(srcs, offset, length, dst);
        }
    }

    private boolean isRefused() {
        return state == State.REFUSED || state == State.CLOSED;
    }

    @Override
    public HandshakeStatus getHandshakeStatus() {
        return switch (state) {
            case REFUSED -> HandshakeStatus.NEED_WRAP;
            case CLOSED -> HandshakeStatus.NOT_HANDSHAKING;
            default -> engine.getHandshakeStatus();
        };
    }

    @Override
    public @Nullable Runnable getDelegatedTask() {
        return isRefused() ? null : engine.getDelegatedTask();
    }

    @Override
    public void closeInbound() throws SSLException {
        if (!isRefused()) {
            engine.closeInbound();
        }
    }

    @Override
    public boolean isInboundDone() {
        return isRefused() || engine.isInboundDone();
    }

    @Override
    public void closeOutbound() {
        if (!isRefused()) {
            engine.closeOutbound();
        }
    }

    @Override
    public boolean isOutboundDone() {
        State now = state;
        return now == State.CLOSED || now != State.REFUSED && engine.isOutboundDone();
    }

    @Override
    public String[] getSupportedCipherSuites() {
        return engine.getSupportedCipherSuites();
    }

    @Override
    public String[] getEnabledCipherSuites() {
        return engine.getEnabledCipherSuites();
    }

    @Override
    public void setEnabledCipherSuites(String[] suites) {
        engine.setEnabledCipherSuites(suites);
    }

    @Override
    public String[] getSupportedProtocols() {
        return engine.getSupportedProtocols();
    }

    @Override
    public String[] getEnabledProtocols() {
        return engine.getEnabledProtocols();
    }

    @Override
    public void setEnabledProtocols(String[] protocols) {
        engine.setEnabledProtocols(protocols);
    }

    @Override
    public SSLSession getSession() {
        return engine.getSession();
    }

    @Override
    public SSLSession getHandshakeSession() {
        return engine.getHandshakeSession();
    }

    @Override
    public void beginHandshake() throws SSLException {
        engine.beginHandshake();
    }

    @Override
    public void setUseClientMode(boolean mode) {
        engine.setUseClientMode(mode);
    }

    @Override
    public boolean getUseClientMode() {
        return engine.getUseClientMode();
    }

    @Override
    public void setNeedClientAuth(boolean need) {
        engine.setNeedClientAuth(need);
    }

    @Override
    public boolean getNeedClientAuth() {
        return engine.getNeedClientAuth();
    }

    @Override
    public void setWantClientAuth(boolean want) {
        engine.setWantClientAuth(want);
    }

    @Override
    public boolean getWantClientAuth() {
        return engine.getWantClientAuth();
    }

    @Override
    public void setEnableSessionCreation(boolean flag) {
        engine.setEnableSessionCreation(flag);
    }

    @Override
    public boolean getEnableSessionCreation() {
        return engine.getEnableSessionCreation();
    }

    @Override
    public SSLParameters getSSLParameters() {
        return engine.getSSLParameters();
    }

    @Override
    public void setSSLParameters(SSLParameters parameters) {
        engine.setSSLParameters(parameters);
    }

    @Override
    public String getApplicationProtocol() {
        return engine.getApplicationProtocol();
    }

    @Override
    public String getHandshakeApplicationProtocol() {
        return engine.getHandshakeApplicationProtocol();
    }

    @Override
    public void setHandshakeApplicationProtocolSelector(
            @Nullable BiFunction<SSLEngine, List<String>, String> selector) {
        engine.setHandshakeApplicationProtocolSelector(selector);
    }

    @Override
    public @Nullable BiFunction<SSLEngine, List<String>, String> getHandshakeApplicationProtocolSelector() {
        return engine.getHandshakeApplicationProtocolSelector();
    }
}
