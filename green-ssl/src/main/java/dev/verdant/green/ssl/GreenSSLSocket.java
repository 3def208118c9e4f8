package dev.verdant.green.ssl;

import dev.verdant.green.Green;
import dev.verdant.green.net.ConcurrentUseException;
import dev.verdant.green.net.GreenSocket;
import dev.verdant.green.net.GreenStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiFunction;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.HandshakeCompletedEvent;
import javax.net.ssl.HandshakeCompletedListener;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/**
 * TLS on a connection: an {@link SSLSocket} like any other, whose calls wait without holding a thread.
 *
 * <p>Made by {@link GreenSsl#wrap}, by {@link GreenSSLServerSocket#accept} and by {@link GreenSSLSocketFactory}. Any thread may call it; one thread reads
 * and one writes at a time, and neither holds up the other whatever TLS has to do in between. The handshake is done by whoever first reads, writes or asks for
 * the session, or by {@link #startHandshake()}, within {@link SslOptions.Builder#handshakeTimeout its own time}.
 *
 * <p><b>Time.</b> {@code SO_TIMEOUT} bounds a read as a whole, the handshake included. A read that ends early (timeout, kill) has consumed nothing and the
 * socket stays usable; a write or a handshake that ends early closes the connection, except that a handshake whose caller's {@code SO_TIMEOUT} has passed goes on with
 * the next call. A socket that a {@link GreenSSLSocketFactory} made is closed by a timeout or kill in any of its calls, which then throw a {@link SocketException}: so
 * the library that holds it throws it away.
 *
 * <p><b>The end.</b> A read returns -1 when the peer has said that it sends no more ({@code close_notify}). If the connection ends without that, reads throw
 * {@link TruncatedException}, unless {@link SslOptions.Builder#suppressRaggedEofs}. Each later read answers the same. {@link #shutdownOutput()} says
 * it to the peer; reading goes on. {@link #close()} says it if that can be done within a second, and does not wait for the peer's answer.
 *
 * <p>{@code TCP_NODELAY} is on, unless it is switched off here.
 *
 * <p>A session is never renegotiated at our wish: {@link #startHandshake()} after the handshake does nothing. A client's wish is refused; a server's is followed with
 * TLS 1.2 and the JDK's engine. There is no urgent data (RFC 8446 has no place for it).
 */
public class GreenSSLSocket extends SSLSocket implements GreenStream {

    private final Socket carrier;
    private final GreenStream stream;
    private final SslOptions options;

    /** Closes the carrier, unless it is somebody else's and still usable. */
    private final boolean closesCarrier;

    /** Somebody else's code holds it, which would go on with half a conversation. */
    private final boolean guarded;

    private TlsEngine engine;

    /** Kept here because not every engine tells it. */
    private @Nullable BiFunction<SSLEngine, List<String>, String> selector;

    private volatile @Nullable TlsConnection connection;
    private volatile boolean closed;
    private volatile boolean unwrapped;
    private volatile int timeoutMillis;

    private final AtomicReference<@Nullable Thread> reader = new AtomicReference<>();
    private final AtomicReference<@Nullable Thread> writer = new AtomicReference<>();
    private final List<HandshakeCompletedListener> listeners = new CopyOnWriteArrayList<>();

    /**
     * Creates one.
     *
     * @param carrier a connection, or what will be one
     * @param stream its bytes
     * @param host whom the user wants to talk to, if that is known
     */
    GreenSSLSocket(Socket carrier, GreenStream stream, SslOptions options, @Nullable String host, int port,
            boolean closesCarrier, boolean guarded) {
        this.carrier = carrier;
        this.stream = stream;
        this.options = options;
        this.closesCarrier = closesCarrier;
        this.guarded = guarded;
        this.engine = options.newEngine(host, port);
        if (carrier.isConnected()) {
            connection = connectionOf(engine);
        }
    }

    private TlsConnection connectionOf(TlsEngine driven) {
        sendAtOnce();
        return new TlsConnection(stream, this::closeCarrier, driven, options, this, this::tellListeners);
    }

    /**
     * A large write goes out in batches of records, each of which Nagle's algorithm would keep until the peer has acknowledged the one before: 40 ms for 48 KiB.
     */
    private void sendAtOnce() {
        try {
            carrier.setTcpNoDelay(true);
        } catch (SocketException e) {
            // A Unix-domain socket, which knows no such thing; or it is closed, and the next call says so.
        }
    }

    private void closeCarrier() throws IOException {
        closed = true;
        TlsConnection made = connection;
        if (closesCarrier || made != null && made.isUsed()) {
            carrier.close();
        }
    }

    private SSLEngine engine() {
        return engine.ssl();
    }

    // ---- connecting

    @Override
    public void connect(SocketAddress endpoint) throws IOException {
        connect(endpoint, 0);
    }

    @Override
    public void connect(SocketAddress endpoint, int timeout) throws IOException {
        if (connection != null || isClosed() || endpoint == null || timeout < 0) {
            carrier.connect(endpoint, timeout); // It says what is wrong, and nothing is closed by that.
            return;
        }
        try {
            carrier.connect(endpoint, timeout);
            if (endpoint instanceof InetSocketAddress to) {
                become(to);
            }
            connection = connectionOf(engine);
        } catch (Throwable e) {
            close();
            surface(e);
            throw e;
        }
    }

    /** An engine learns only at its birth whom it talks to: takes another, set as this one. */
    private void become(InetSocketAddress to) {
        SSLEngine unconnected = engine();
        TlsEngine connected = options.newEngine(to.getHostString(), to.getPort());
        SSLEngine next = connected.ssl();
        SSLParameters own = next.getSSLParameters();
        SSLParameters parameters = unconnected.getSSLParameters();
        if (parameters.getServerNames() == null || parameters.getServerNames().isEmpty()) {
            parameters.setServerNames(own.getServerNames());
        }
        next.setUseClientMode(unconnected.getUseClientMode());
        next.setEnableSessionCreation(unconnected.getEnableSessionCreation());
        next.setSSLParameters(parameters);
        if (selector != null) {
            next.setHandshakeApplicationProtocolSelector(selector);
        }
        engine.release();
        engine = connected;
    }

    @Override
    public void bind(@Nullable SocketAddress bindpoint) throws IOException {
        carrier.bind(bindpoint);
    }

    private TlsConnection connection() throws SocketException {
        if (unwrapped) {
            throw new SocketException("TLS has ended here by unwrap: use the plain socket");
        }
        TlsConnection made = connection;
        if (made == null) {
            throw new SocketException(isClosed() ? "Socket is closed" : "Socket is not connected");
        }
        return made;
    }

    // ---- the handshake

    /**
     * Shakes hands if that has not been done, and waits for whoever does it already.
     *
     * @throws javax.net.ssl.SSLHandshakeException if the two do not agree, if one does not trust the other, or if it was not done within its time; the
     *         connection was closed
     * @throws java.net.SocketTimeoutException if {@code SO_TIMEOUT} has passed; the next call goes on
     * @throws IOException if the connection is broken or closed
     */
    @Override
    public void startHandshake() throws IOException {
        try {
            connection().handshake(readLimit());
        } catch (Throwable e) {
            surface(e);
            throw e;
        }
    }

    private Limit readLimit() {
        return Limit.ofMillis(timeoutMillis, "Read timed out");
    }

    /** On a thread of their own, as the JDK does. */
    private void tellListeners() {
        if (!listeners.isEmpty()) {
            var event = new HandshakeCompletedEvent(this, session());
            Thread.startVirtualThread(() -> listeners.forEach(listener -> listener.handshakeCompleted(event)));
        }
    }

    /**
     * On a socket that somebody else's code holds, a timeout or kill closes it and surfaces as what such code knows. Anything else is left to be thrown on.
     */
    private void surface(Throwable e) throws SocketException {
        if (guarded && isFromOutside(e)) {
            abort();
            throw closedBy(e);
        }
    }

    /** Tells whether it was thrown into the thread: by a timeout or kill. */
    static boolean isFromOutside(Throwable e) {
        return Green.isDelivered(e) || !(e instanceof IOException) && !(e instanceof RuntimeException);
    }

    static SocketException closedBy(Throwable e) {
        Green.stayInterrupted(e);
        return new SocketException("Closed by " + e);
    }

    private void abort() {
        TlsConnection made = connection;
        if (made == null) {
            closed = true;
            return;
        }
        made.abort();
    }

    // ---- bytes

    private void claim(AtomicReference<@Nullable Thread> direction, String does) throws ConcurrentUseException {
        Thread other = direction.compareAndExchange(null, Thread.currentThread());
        if (other != null) {
            throw new ConcurrentUseException("The thread '"
                    + (other.getName().isEmpty() ? "green-" + other.threadId() : other.getName()) + "' " + does + " "
                    + this + " already (expected: one reader and one writer at a time)");
        }
    }

    private static ByteBuffer requireWritable(ByteBuffer target) {
        if (Objects.requireNonNull(target, "target").isReadOnly()) {
            throw new IllegalArgumentException("target: " + target + " (expected: a buffer that is not read-only)");
        }
        return target;
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        return requireWritable(target).hasRemaining() ? read(target, readLimit(), true) : 0;
    }

    @Override
    public int tryRead(ByteBuffer target) throws IOException {
        return requireWritable(target).hasRemaining() ? read(target, Limit.NONE, false) : 0;
    }

    private int read(ByteBuffer target, Limit limit, boolean waits) throws IOException {
        TlsConnection made = connection();
        claim(reader, "reads");
        try {
            return made.read(target, limit, waits);
        } catch (Throwable e) {
            surface(e);
            throw e;
        } finally {
            reader.set(null);
        }
    }

    @Override
    public boolean awaitReadable(@Nullable Duration timeout) throws IOException {
        TlsConnection made = connection();
        claim(reader, "reads");
        try {
            return made.awaitReadable(Limit.of(timeout));
        } catch (Throwable e) {
            surface(e);
            throw e;
        } finally {
            reader.set(null);
        }
    }

    @Override
    public void writeFully(ByteBuffer source) throws IOException {
        Objects.requireNonNull(source, "source");
        TlsConnection made = connection();
        claim(writer, "writes");
        try {
            made.writeFully(source);
        } catch (Throwable e) {
            surface(e);
            throw e;
        } finally {
            writer.set(null);
        }
    }

    @Override
    public int tryWrite(ByteBuffer source) throws IOException {
        Objects.requireNonNull(source, "source");
        TlsConnection made = connection();
        claim(writer, "writes");
        try {
            return source.hasRemaining() ? made.tryWrite(source) : 0;
        } catch (Throwable e) {
            surface(e);
            throw e;
        } finally {
            writer.set(null);
        }
    }

    @Override
    public boolean awaitWritable(@Nullable Duration timeout) throws IOException {
        TlsConnection made = connection();
        claim(writer, "writes");
        try {
            return made.awaitWritable(Limit.of(timeout));
        } catch (Throwable e) {
            surface(e);
            throw e;
        } finally {
            writer.set(null);
        }
    }

    /**
     * Returns the stream to read from.
     *
     * @return a stream; closing it closes the socket
     * @throws SocketException if the socket is closed, not connected, or its input is shut down
     */
    @Override
    public InputStream getInputStream() throws IOException {
        requireOpen();
        if (isInputShutdown()) {
            throw new SocketException("Socket input is shutdown");
        }
        return new In();
    }

    /**
     * Returns the stream to write to.
     *
     * @return a stream; closing it closes the socket
     * @throws SocketException if the socket is closed, not connected, or its output is shut down
     */
    @Override
    public OutputStream getOutputStream() throws IOException {
        requireOpen();
        if (isOutputShutdown()) {
            throw new SocketException("Socket output is shutdown");
        }
        return new Out();
    }

    private void requireOpen() throws SocketException {
        if (isClosed()) {
            throw new SocketException("Socket is closed");
        }
        if (!isConnected()) {
            throw new SocketException("Socket is not connected");
        }
    }

    private final class In extends InputStream {

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            return GreenSSLSocket.this.read(ByteBuffer.wrap(target, offset, length));
        }

        @Override
        public int available() throws IOException {
            return connection().available();
        }

        @Override
        public void close() throws IOException {
            GreenSSLSocket.this.close();
        }
    }

    private final class Out extends OutputStream {

        @Override
        public void write(int b) throws IOException {
            write(new byte[]{(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] source, int offset, int length) throws IOException {
            writeFully(ByteBuffer.wrap(source, offset, length));
        }

        @Override
        public void close() throws IOException {
            GreenSSLSocket.this.close();
        }
    }

    /** There is no place for it in TLS. */
    @Override
    public void sendUrgentData(int data) throws IOException {
        throw new SocketException("This method is not supported by SSLSockets");
    }

    // ---- ending

    /**
     * Tells the peer that nothing more will come ({@code close_notify}). What the peer sends can still be read: always with TLS 1.3, with TLS 1.2 until it has
     * answered in kind.
     *
     * @throws IOException if the connection is broken or closed
     */
    @Override
    public void shutdownOutput() throws IOException {
        requireOpen();
        if (isOutputShutdown()) {
            throw new SocketException("Socket output is already shutdown");
        }
        try {
            connection().shutdownOutput();
        } catch (Throwable e) {
            surface(e);
            throw e;
        }
    }

    /** Reads nothing more: who reads is told the end. */
    @Override
    public void shutdownInput() throws IOException {
        requireOpen();
        if (isInputShutdown()) {
            throw new SocketException("Socket input is already shutdown");
        }
        connection().shutdownInput();
        carrier.shutdownInput();
    }

    /**
     * Ends TLS and goes on in plain: tells the peer that TLS ends, waits until it has said the same, and returns the socket beneath, which gives what the peer has
     * sent behind that. {@code SO_TIMEOUT} bounds the wait. If it fails, the connection was closed.
     *
     * @return the socket that was wrapped
     * @throws UnsupportedOperationException if the socket beneath is not a {@link GreenSocket}
     * @throws javax.net.ssl.SSLException if the peer sends data instead
     * @throws IOException if the connection is broken or closed
     */
    public GreenSocket unwrap() throws IOException {
        if (!(carrier instanceof GreenSocket plain)) {
            throw new UnsupportedOperationException("unwrap: " + carrier + " (expected: TLS on a GreenSocket)");
        }
        try {
            ByteBuffer behind = connection().unwrap(readLimit());
            unwrapped = true;
            if (behind.hasRemaining()) {
                plain.unread(behind);
            }
            return plain;
        } catch (Throwable e) {
            surface(e);
            throw e;
        }
    }

    /**
     * Closes the connection from whichever thread, and wakes who waits there. Says so to the peer if that can be done within a second. Does nothing after
     * {@link #unwrap()}. Where the connection beneath stays open, plain bytes behind the end of TLS can be read there, if it is a {@link GreenSocket}.
     */
    @Override
    public void close() throws IOException {
        if (unwrapped) {
            return;
        }
        TlsConnection made = connection;
        if (made != null) {
            ByteBuffer behind = made.close(!closesCarrier);
            if (behind.hasRemaining() && carrier instanceof GreenSocket plain && !plain.isClosed()) {
                plain.unread(behind);
            }
        } else if (!closed) {
            closed = true;
            engine.release();
            carrier.close();
        }
    }

    @Override
    public boolean isClosed() {
        return closed || unwrapped || carrier.isClosed();
    }

    @Override
    public boolean isConnected() {
        return carrier.isConnected();
    }

    @Override
    public boolean isBound() {
        return carrier.isBound();
    }

    @Override
    public boolean isInputShutdown() {
        TlsConnection made = connection;
        return made != null && made.isInputShut();
    }

    @Override
    public boolean isOutputShutdown() {
        TlsConnection made = connection;
        return made != null && made.isOutputShut();
    }

    @Override
    public String toString() {
        return "GreenSSLSocket[" + carrier + "]";
    }

    // ---- what was agreed

    /**
     * Returns the session, and shakes hands first if that has not been done.
     *
     * @return the session; if the handshake fails, one that says {@code SSL_NULL_WITH_NULL_NULL}
     */
    @Override
    public SSLSession getSession() {
        TlsConnection made = connection;
        if (made != null && !made.isEstablished() && !isClosed()) {
            try {
                startHandshake();
            } catch (IOException e) {
                // As SSLSocket says: a session that is not valid is the answer.
            }
        }
        return session();
    }

    private SSLSession session() {
        return engine().getSession() instanceof ExtendedSSLSession session && engine.prefersDirect()
                ? new X509Session(session)
                : engine().getSession();
    }

    @Override
    @SuppressWarnings("NullAway") // null as in the superclass, which does not say so
    public SSLSession getHandshakeSession() {
        TlsConnection made = connection;
        return made == null || made.isEstablished() ? null : engine().getHandshakeSession();
    }

    /**
     * Returns what was agreed by ALPN.
     *
     * @return its name, empty for none; null before the handshake is done
     */
    @Override
    @SuppressWarnings("NullAway") // null as in the superclass, which does not say so
    public String getApplicationProtocol() {
        TlsConnection made = connection;
        return made == null || !made.isEstablished() ? null : engine.applicationProtocol();
    }

    @Override
    @SuppressWarnings("NullAway") // null as in the superclass, which does not say so
    public String getHandshakeApplicationProtocol() {
        return engine().getHandshakeApplicationProtocol();
    }

    @Override
    public void setHandshakeApplicationProtocolSelector(BiFunction<SSLSocket, List<String>, String> chooser) {
        BiFunction<SSLEngine, List<String>, String> own = (_, offered) -> chooser.apply(this, offered);
        engine().setHandshakeApplicationProtocolSelector(own);
        selector = own;
    }

    @Override
    public void addHandshakeCompletedListener(HandshakeCompletedListener listener) {
        listeners.add(Objects.requireNonNull(listener, "listener"));
    }

    @Override
    public void removeHandshakeCompletedListener(HandshakeCompletedListener listener) {
        if (!listeners.remove(Objects.requireNonNull(listener, "listener"))) {
            throw new IllegalArgumentException("listener: " + listener + " (expected: one that was added)");
        }
    }

    // ---- what is asked for

    @Override
    public String[] getSupportedCipherSuites() {
        return engine().getSupportedCipherSuites();
    }

    @Override
    public String[] getEnabledCipherSuites() {
        return engine().getEnabledCipherSuites();
    }

    @Override
    public void setEnabledCipherSuites(String[] suites) {
        engine().setEnabledCipherSuites(suites);
    }

    @Override
    public String[] getSupportedProtocols() {
        return engine().getSupportedProtocols();
    }

    @Override
    public String[] getEnabledProtocols() {
        return engine().getEnabledProtocols();
    }

    @Override
    public void setEnabledProtocols(String[] protocols) {
        engine().setEnabledProtocols(protocols);
    }

    @Override
    public SSLParameters getSSLParameters() {
        return engine().getSSLParameters();
    }

    /**
     * Sets how TLS is spoken here, before the handshake. With BoringSSL, what is offered by ALPN stays the options', and so does whether a host's name is checked:
     * the sessions that a client resumes are shared by all sockets of the same options, and one that nobody checked must not serve a socket that checks.
     *
     * @throws IllegalArgumentException if a client with BoringSSL is to check otherwise than its options say
     */
    @Override
    public void setSSLParameters(SSLParameters parameters) {
        String wanted = parameters.getEndpointIdentificationAlgorithm();
        if (wanted != null && engine.prefersDirect() && getUseClientMode()
                && wanted.isEmpty() == options.checksHostname()) {
            throw new IllegalArgumentException("endpointIdentificationAlgorithm: '" + wanted
                    + "' (expected: as the options say, for BoringSSL's sessions are shared; build them with checkHostname("
                    + !wanted.isEmpty() + "))");
        }
        String checked = engine().getSSLParameters().getEndpointIdentificationAlgorithm();
        engine().setSSLParameters(parameters);
        if (checked != null && parameters.getEndpointIdentificationAlgorithm() == null) {
            // Fresh parameters say nothing of it. The JDK's engine leaves it as it was; Netty's would check no host's name any more.
            SSLParameters own = engine().getSSLParameters();
            own.setEndpointIdentificationAlgorithm(checked);
            engine().setSSLParameters(own);
        }
    }

    @Override
    public void setUseClientMode(boolean mode) {
        engine().setUseClientMode(mode);
    }

    @Override
    public boolean getUseClientMode() {
        return engine().getUseClientMode();
    }

    @Override
    public void setNeedClientAuth(boolean need) {
        engine().setNeedClientAuth(need);
    }

    @Override
    public boolean getNeedClientAuth() {
        return engine().getNeedClientAuth();
    }

    @Override
    public void setWantClientAuth(boolean want) {
        engine().setWantClientAuth(want);
    }

    @Override
    public boolean getWantClientAuth() {
        return engine().getWantClientAuth();
    }

    @Override
    public void setEnableSessionCreation(boolean flag) {
        engine().setEnableSessionCreation(flag);
    }

    @Override
    public boolean getEnableSessionCreation() {
        return engine().getEnableSessionCreation();
    }

    // ---- the connection beneath

    @Override
    @SuppressWarnings("NullAway") // null as in the superclass, which does not say so
    public InetAddress getInetAddress() {
        return carrier.getInetAddress();
    }

    @Override
    public InetAddress getLocalAddress() {
        return carrier.getLocalAddress();
    }

    @Override
    public int getPort() {
        return carrier.getPort();
    }

    @Override
    public int getLocalPort() {
        return carrier.getLocalPort();
    }

    @Override
    @SuppressWarnings("NullAway") // null as in the superclass, which does not say so
    public SocketAddress getRemoteSocketAddress() {
        return carrier.getRemoteSocketAddress();
    }

    @Override
    @SuppressWarnings("NullAway") // null as in the superclass, which does not say so
    public SocketAddress getLocalSocketAddress() {
        return carrier.getLocalSocketAddress();
    }

    @Override
    @SuppressWarnings("NullAway") // null as in the superclass, which does not say so
    public SocketChannel getChannel() {
        return null;
    }

    /** {@inheritDoc} It is this socket's own: that of the socket beneath is not touched. */
    @Override
    public void setSoTimeout(int timeout) throws SocketException {
        if (isClosed()) {
            throw new SocketException("Socket is closed");
        }
        if (timeout < 0) {
            throw new IllegalArgumentException("timeout: " + timeout + " (expected: >= 0)");
        }
        timeoutMillis = timeout;
    }

    @Override
    public int getSoTimeout() throws SocketException {
        if (isClosed()) {
            throw new SocketException("Socket is closed");
        }
        return timeoutMillis;
    }

    @Override
    public void setTcpNoDelay(boolean on) throws SocketException {
        carrier.setTcpNoDelay(on);
    }

    @Override
    public boolean getTcpNoDelay() throws SocketException {
        return carrier.getTcpNoDelay();
    }

    @Override
    public void setSoLinger(boolean on, int linger) throws SocketException {
        carrier.setSoLinger(on, linger);
    }

    @Override
    public int getSoLinger() throws SocketException {
        return carrier.getSoLinger();
    }

    @Override
    public void setOOBInline(boolean on) throws SocketException {
        throw new SocketException(
                "This method is ineffective, since sending urgent data is not supported by SSLSockets");
    }

    @Override
    public boolean getOOBInline() throws SocketException {
        throw new SocketException(
                "This method is ineffective, since sending urgent data is not supported by SSLSockets");
    }

    @Override
    public void setSendBufferSize(int size) throws SocketException {
        carrier.setSendBufferSize(size);
    }

    @Override
    public int getSendBufferSize() throws SocketException {
        return carrier.getSendBufferSize();
    }

    @Override
    public void setReceiveBufferSize(int size) throws SocketException {
        carrier.setReceiveBufferSize(size);
    }

    @Override
    public int getReceiveBufferSize() throws SocketException {
        return carrier.getReceiveBufferSize();
    }

    @Override
    public void setKeepAlive(boolean on) throws SocketException {
        carrier.setKeepAlive(on);
    }

    @Override
    public boolean getKeepAlive() throws SocketException {
        return carrier.getKeepAlive();
    }

    @Override
    public void setTrafficClass(int tc) throws SocketException {
        carrier.setTrafficClass(tc);
    }

    @Override
    public int getTrafficClass() throws SocketException {
        return carrier.getTrafficClass();
    }

    @Override
    public void setReuseAddress(boolean on) throws SocketException {
        carrier.setReuseAddress(on);
    }

    @Override
    public boolean getReuseAddress() throws SocketException {
        return carrier.getReuseAddress();
    }

    @Override
    public void setPerformancePreferences(int connectionTime, int latency, int bandwidth) {
        carrier.setPerformancePreferences(connectionTime, latency, bandwidth);
    }

    @Override
    public <T> GreenSSLSocket setOption(SocketOption<T> name, T value) throws IOException {
        carrier.setOption(name, value);
        return this;
    }

    @Override
    public <T> T getOption(SocketOption<T> name) throws IOException {
        return carrier.getOption(name);
    }

    @Override
    public Set<SocketOption<?>> supportedOptions() {
        return carrier.supportedOptions();
    }
}
