package dev.verdant.green.ssl;

import dev.verdant.green.net.GreenServerSocket;
import dev.verdant.green.net.GreenSocket;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketOption;
import java.nio.channels.ServerSocketChannel;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import org.jspecify.annotations.Nullable;

/**
 * A listener whose connections speak TLS: an {@link SSLServerSocket} like any other.
 *
 * <p>An accept does not shake hands, so a client that says nothing holds up nobody but whoever reads from it: the handshake is done by the first read or write
 * of the connection, or by {@link GreenSSLSocket#startHandshake()}, within {@link SslOptions.Builder#handshakeTimeout its own time}. For
 * {@link dev.verdant.green.net.Net#serve} take a plain listener, and {@link GreenSsl#wrap} in the handler.
 *
 * <p>What is set here ({@link #setSSLParameters} and its kin) holds for connections that are accepted from then on, and overrides the options.
 */
public class GreenSSLServerSocket extends SSLServerSocket {

    private final GreenServerSocket listener;
    private final SslOptions options;
    private final boolean guarded;

    /** Carries what is set, to be given to every connection. Its handshake never begins. */
    private final TlsEngine pattern;

    /** Nothing has been set, so that every connection is as the options say. */
    private volatile boolean asBuilt = true;

    /**
     * Has a listener's connections speak TLS.
     *
     * @param listener bound, or to be bound; it is closed with this
     * @param options of a server
     * @throws IOException never; the constructor it calls declares it
     */
    public GreenSSLServerSocket(GreenServerSocket listener, SslOptions options) throws IOException {
        this(listener, options, false);
    }

    GreenSSLServerSocket(GreenServerSocket listener, SslOptions options, boolean guarded) throws IOException {
        this.listener = Objects.requireNonNull(listener, "listener");
        this.options = Objects.requireNonNull(options, "options");
        if (!options.isServer()) {
            throw new IllegalArgumentException("options: " + options + " (expected: SslOptions.forServer())");
        }
        this.guarded = guarded;
        this.pattern = options.newEngine(null, -1);
    }

    // ---- accepting

    /**
     * Waits for a connection. No handshake is done.
     *
     * @return the connection, on the listener's loop
     * @throws java.net.SocketTimeoutException if {@code SO_TIMEOUT} passed first
     * @throws dev.verdant.green.net.ConcurrentUseException if another thread accepts
     * @throws IOException if the listener is closed, or descriptors or memory ran out
     */
    @Override
    public GreenSSLSocket accept() throws IOException {
        GreenSocket plain = listener.accept();
        boolean made = false;
        try {
            var connection = new GreenSSLSocket(plain, plain, options, null, -1, true, guarded);
            if (!asBuilt) {
                configure(connection);
            }
            made = true;
            return connection;
        } finally {
            if (!made) {
                plain.close();
            }
        }
    }

    private void configure(GreenSSLSocket connection) {
        synchronized (pattern) {
            connection.setUseClientMode(pattern.ssl().getUseClientMode());
            connection.setEnableSessionCreation(pattern.ssl().getEnableSessionCreation());
            connection.setSSLParameters(pattern.ssl().getSSLParameters());
        }
    }

    @Override
    public void close() throws IOException {
        pattern.release();
        listener.close();
    }

    @Override
    public boolean isClosed() {
        return listener.isClosed();
    }

    @Override
    public String toString() {
        return "GreenSSLServerSocket[" + listener + "]";
    }

    // ---- what is asked for

    private void set(Consumer<TlsEngine> change) {
        synchronized (pattern) {
            change.accept(pattern);
            asBuilt = false;
        }
    }

    @Override
    public String[] getSupportedCipherSuites() {
        return pattern.ssl().getSupportedCipherSuites();
    }

    @Override
    public String[] getEnabledCipherSuites() {
        return pattern.ssl().getEnabledCipherSuites();
    }

    @Override
    public void setEnabledCipherSuites(String[] suites) {
        set(engine -> engine.ssl().setEnabledCipherSuites(suites));
    }

    @Override
    public String[] getSupportedProtocols() {
        return pattern.ssl().getSupportedProtocols();
    }

    @Override
    public String[] getEnabledProtocols() {
        return pattern.ssl().getEnabledProtocols();
    }

    @Override
    public void setEnabledProtocols(String[] protocols) {
        set(engine -> engine.ssl().setEnabledProtocols(protocols));
    }

    @Override
    public SSLParameters getSSLParameters() {
        return pattern.ssl().getSSLParameters();
    }

    @Override
    public void setSSLParameters(SSLParameters parameters) {
        set(engine -> engine.ssl().setSSLParameters(parameters));
    }

    @Override
    public void setNeedClientAuth(boolean need) {
        set(engine -> engine.ssl().setNeedClientAuth(need));
    }

    @Override
    public boolean getNeedClientAuth() {
        return pattern.ssl().getNeedClientAuth();
    }

    @Override
    public void setWantClientAuth(boolean want) {
        set(engine -> engine.ssl().setWantClientAuth(want));
    }

    @Override
    public boolean getWantClientAuth() {
        return pattern.ssl().getWantClientAuth();
    }

    @Override
    public void setUseClientMode(boolean mode) {
        set(engine -> engine.ssl().setUseClientMode(mode));
    }

    @Override
    public boolean getUseClientMode() {
        return pattern.ssl().getUseClientMode();
    }

    @Override
    public void setEnableSessionCreation(boolean flag) {
        set(engine -> engine.ssl().setEnableSessionCreation(flag));
    }

    @Override
    public boolean getEnableSessionCreation() {
        return pattern.ssl().getEnableSessionCreation();
    }

    // ---- the listener beneath

    @Override
    public void bind(@Nullable SocketAddress endpoint) throws IOException {
        listener.bind(endpoint);
    }

    @Override
    public void bind(@Nullable SocketAddress endpoint, int backlog) throws IOException {
        listener.bind(endpoint, backlog);
    }

    @Override
    public boolean isBound() {
        return listener.isBound();
    }

    @Override
    @SuppressWarnings("NullAway") // null as in the superclass, which does not say so
    public InetAddress getInetAddress() {
        return listener.getInetAddress();
    }

    @Override
    public int getLocalPort() {
        return listener.getLocalPort();
    }

    @Override
    @SuppressWarnings("NullAway") // null as in the superclass, which does not say so
    public SocketAddress getLocalSocketAddress() {
        return listener.getLocalSocketAddress();
    }

    @Override
    @SuppressWarnings("NullAway") // null as in the superclass, which does not say so
    public ServerSocketChannel getChannel() {
        return null;
    }

    @Override
    public void setSoTimeout(int timeout) throws SocketException {
        listener.setSoTimeout(timeout);
    }

    @Override
    public int getSoTimeout() throws IOException {
        return listener.getSoTimeout();
    }

    @Override
    public void setReuseAddress(boolean on) throws SocketException {
        listener.setReuseAddress(on);
    }

    @Override
    public boolean getReuseAddress() throws SocketException {
        return listener.getReuseAddress();
    }

    @Override
    public void setReceiveBufferSize(int size) throws SocketException {
        listener.setReceiveBufferSize(size);
    }

    @Override
    public int getReceiveBufferSize() throws SocketException {
        return listener.getReceiveBufferSize();
    }

    @Override
    public void setPerformancePreferences(int connectionTime, int latency, int bandwidth) {
        listener.setPerformancePreferences(connectionTime, latency, bandwidth);
    }

    @Override
    public <T> ServerSocket setOption(SocketOption<T> name, T value) throws IOException {
        listener.setOption(name, value);
        return this;
    }

    @Override
    public <T> T getOption(SocketOption<T> name) throws IOException {
        return listener.getOption(name);
    }

    @Override
    public Set<SocketOption<?>> supportedOptions() {
        return listener.supportedOptions();
    }
}
