package dev.verdant.green.ssl;

import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLSession;

/**
 * An engine that encrypts nothing and needs no handshake, whose records grow: what its session says of their size at one time is wrong at the next, and it
 * learns of it by the record that does not fit. A record is its length in four bytes, and data.
 */
final class GrowingEngine extends SSLEngine {

    private static final int HEADER = 4;

    private final Random random;
    private final int largest;
    private int most = 16;

    private boolean outboundDone;
    private boolean inboundDone;
    private int overflows;
    private int underflows;
    private int again;
    private boolean hesitates;

    /** The session, of which only the sizes are asked. */
    private final SSLSession session = (SSLSession) Proxy.newProxyInstance(getClass().getClassLoader(),
            new Class<?>[]{SSLSession.class}, (_, method, _) -> switch (method.getName()) {
                case "getPacketBufferSize" -> HEADER + most;
                case "getApplicationBufferSize" -> most;
                default -> throw new UnsupportedOperationException(method.getName());
            });

    /** Its records grow up to {@code largest} bytes of data. */
    GrowingEngine(long seed, int largest) {
        this.random = new Random(seed);
        this.largest = largest;
    }

    int overflows() {
        return overflows;
    }

    /** How often it had no room, too little of a record, and had to be asked again. */
    List<Integer> refusals() {
        return List.of(overflows, underflows, again);
    }

    @Override
    public SSLEngineResult wrap(ByteBuffer[] sources, int offset, int count, ByteBuffer into) {
        ByteBuffer from = sources[offset];
        if (outboundDone) {
            return result(Status.CLOSED, 0, 0);
        }
        if (random.nextInt(4) == 0 && most < largest) {
            most = Math.min(largest, 2 * most); // Whatever was asked of the session before is too small now.
        }
        int length = Math.min(from.remaining(), most);
        if (into.remaining() < HEADER + most) {
            overflows++;
            return result(Status.BUFFER_OVERFLOW, 0, 0);
        }
        into.putInt(length).put(into.position(), from, from.position(), length);
        into.position(into.position() + length);
        from.position(from.position() + length);
        return result(Status.OK, length, HEADER + length);
    }

    @Override
    public SSLEngineResult unwrap(ByteBuffer from, ByteBuffer[] targets, int offset, int count) {
        ByteBuffer into = targets[offset];
        if (from.remaining() < HEADER || from.remaining() < HEADER + from.getInt(from.position())) {
            underflows++;
            return result(Status.BUFFER_UNDERFLOW, 0, 0);
        }
        int length = from.getInt(from.position());
        most = Math.max(most, length);
        if (into.remaining() < length) {
            overflows++;
            return result(Status.BUFFER_OVERFLOW, 0, 0);
        }
        hesitates = !hesitates && random.nextInt(8) == 0;
        if (hesitates) {
            again++;
            return result(Status.OK, 0, 0); // Nothing for once, though a whole record is there.
        }
        from.position(from.position() + HEADER);
        into.put(into.position(), from, from.position(), length);
        into.position(into.position() + length);
        from.position(from.position() + length);
        return result(Status.OK, HEADER + length, length);
    }

    private static SSLEngineResult result(Status status, int consumed, int produced) {
        return new SSLEngineResult(status, HandshakeStatus.NOT_HANDSHAKING, consumed, produced);
    }

    @Override
    public HandshakeStatus getHandshakeStatus() {
        return HandshakeStatus.NOT_HANDSHAKING;
    }

    @Override
    public SSLSession getSession() {
        return session;
    }

    @Override
    public boolean getUseClientMode() {
        return true;
    }

    @Override
    public void closeInbound() {
        inboundDone = true;
    }

    @Override
    public boolean isInboundDone() {
        return inboundDone;
    }

    @Override
    public void closeOutbound() {
        outboundDone = true;
    }

    @Override
    public boolean isOutboundDone() {
        return outboundDone;
    }

    @Override
    public Runnable getDelegatedTask() {
        throw new UnsupportedOperationException("there is none");
    }

    @Override
    public void beginHandshake() {}

    @Override
    public String[] getSupportedCipherSuites() {
        return new String[0];
    }

    @Override
    public String[] getEnabledCipherSuites() {
        return new String[0];
    }

    @Override
    public void setEnabledCipherSuites(String[] suites) {
        throw new UnsupportedOperationException();
    }

    @Override
    public String[] getSupportedProtocols() {
        return new String[0];
    }

    @Override
    public String[] getEnabledProtocols() {
        return new String[0];
    }

    @Override
    public void setEnabledProtocols(String[] protocols) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void setUseClientMode(boolean client) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void setNeedClientAuth(boolean need) {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean getNeedClientAuth() {
        return false;
    }

    @Override
    public void setWantClientAuth(boolean want) {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean getWantClientAuth() {
        return false;
    }

    @Override
    public void setEnableSessionCreation(boolean on) {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean getEnableSessionCreation() {
        return true;
    }
}
