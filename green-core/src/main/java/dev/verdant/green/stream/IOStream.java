package dev.verdant.green.stream;

import static java.util.Objects.requireNonNull;

import dev.verdant.green.GreenTask;
import dev.verdant.green.net.GreenSocket;
import dev.verdant.green.net.GreenStream;
import java.io.Closeable;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketException;
import java.util.concurrent.CompletionStage;

/**
 * A connection with buffers, as tornado's {@code IOStream}. See {@link BaseIOStream} for reads, writes and the close.
 *
 * <pre>{@code
 * var stream = new IOStream();
 * stream.connect(new InetSocketAddress("example.org", 80), _ ->
 *         stream.write("GET / HTTP/1.0\r\nHost: example.org\r\n\r\n".getBytes(US_ASCII), _ ->
 *                 stream.readUntil("\r\n\r\n", head ->
 *                         stream.readUntilClose(body -> { ...; IOLoop.current().stop(); }))));
 * IOLoop.current().start();
 * }</pre>
 */
public class IOStream extends BaseIOStream {

    private final GreenSocket socket;

    /**
     * Creates one that is not connected, on the caller's loop.
     *
     * @throws IOException never; the constructor it calls declares it
     */
    public IOStream() throws IOException {
        this(new GreenSocket());
    }

    /**
     * Creates one of a socket, which is the stream's from here on and is closed with it. On the socket's loop.
     *
     * @param socket a connected one, or one that {@link #connect} connects
     */
    public IOStream(GreenSocket socket) {
        this(socket, socket);
    }

    /**
     * Creates one whose bytes are not the socket's own: those of TLS. On the socket's loop.
     *
     * @param <S> a type of streams that can be closed
     * @param socket the connection beneath, whose readiness tells when the stream should be tried
     * @param stream the bytes; closed with this
     */
    protected <S extends GreenStream & Closeable> IOStream(GreenSocket socket, S stream) {
        super(stream, socket);
        this.socket = socket;
        if (!socket.isConnected()) {
            core.notReadable();
        }
    }

    /**
     * Returns the connection beneath: for addresses and options. Whoever reads or writes there takes the stream's bytes.
     *
     * @return the socket
     */
    public GreenSocket socket() {
        return socket;
    }

    // ---- connecting

    /**
     * Connects, and waits until that is done.
     *
     * @param address where to; a name that is not resolved is looked up, off the loop
     * @return this
     * @throws StreamClosedException if it cannot be done; the cause says why, and the stream is closed
     * @throws IOException as that
     */
    public IOStream connect(SocketAddress address) throws IOException {
        requireNonNull(address, "address");
        return core.openAndWait(nameOfConnect(address), () -> connectSocket(address), this);
    }

    /**
     * Connects. Reads and writes that are asked for meanwhile are done when that is.
     *
     * @param address where to; a name that is not resolved is looked up, off the loop
     * @return this; or a {@link StreamClosedException} whose cause says why not
     */
    public CompletionStage<IOStream> connectAsync(SocketAddress address) {
        requireNonNull(address, "address");
        return Stage.of(callback -> connect(address, callback));
    }

    /**
     * Connects. Reads and writes that are asked for meanwhile are done when that is.
     *
     * @param address where to; a name that is not resolved is looked up, off the loop
     * @param callback told when it is connected, before anything that was asked for meanwhile
     * @throws StreamClosedException if the stream is closed
     * @throws IOException if it is being connected already
     */
    public void connect(SocketAddress address, IOCallback<? super IOStream> callback) throws IOException {
        requireNonNull(address, "address");
        requireNonNull(callback, "callback");
        core.open(nameOfConnect(address), () -> connectSocket(address));
        core.whenOpened(this, false, callback);
    }

    /**
     * Makes the connection. In a green thread of its own.
     *
     * @param address where to
     * @throws IOException if it cannot be done
     */
    protected void connectSocket(SocketAddress address) throws IOException {
        socket.connect(address);
    }

    private static String nameOfConnect(SocketAddress address) {
        return "connect to " + address;
    }

    /**
     * Sends small writes at once, or has the system gather them ({@code TCP_NODELAY}). What knows no such thing, and a connection that is broken, is let be.
     *
     * @param on true for at once
     */
    public void setNodelay(boolean on) {
        try {
            socket.setTcpNoDelay(on);
        } catch (SocketException e) {
            // A Unix-domain socket, or a connection whose end the next read or write tells.
        }
    }

    // ---- TLS

    /**
     * Speaks TLS from here on, and waits until the handshake is done.
     *
     * @param tls how: {@code SslOptions} of {@code dev.verdant.green.ssl}
     * @return the stream to use instead; it has this one's bounds and close callback
     * @throws IllegalStateException if something is under way, or has come that was not read
     * @throws IOException what the handshake failed with, {@link javax.net.ssl.SSLException} for the most part; the connection is closed then
     */
    public IOStream startTls(TlsUpgrade tls) throws IOException {
        IOStream upgraded = upgrade(tls);
        boolean ended = false;
        try {
            IOStream opened = upgraded.opened();
            ended = true;
            return opened;
        } finally {
            if (!ended) {
                upgraded.close(); // Nobody else knows it.
            }
        }
    }

    /**
     * Speaks TLS from here on.
     *
     * @param tls how: {@code SslOptions} of {@code dev.verdant.green.ssl}
     * @return the stream to use instead, when the handshake is done; or what that failed with
     * @throws IllegalStateException if something is under way, or has come that was not read
     */
    public CompletionStage<IOStream> startTlsAsync(TlsUpgrade tls) {
        return Stage.of(callback -> startTls(tls, callback));
    }

    /**
     * Speaks TLS from here on.
     *
     * @param tls how: {@code SslOptions} of {@code dev.verdant.green.ssl}
     * @param callback told of the stream to use instead, when the handshake is done
     * @throws IllegalStateException if something is under way, or has come that was not read
     * @throws IOException if the stream is closed
     */
    public void startTls(TlsUpgrade tls, IOCallback<? super IOStream> callback) throws IOException {
        requireNonNull(callback, "callback");
        upgrade(tls).opened(callback);
    }

    private IOStream upgrade(TlsUpgrade tls) throws IOException {
        requireNonNull(tls, "tls");
        core.checkUsable("startTls");
        if (!core.isIdle()) {
            throw new IllegalStateException(this
                    + " is not idle; cannot convert to TLS (expected: no call under way, and all that has come read)");
        }
        core.detach();
        boolean begun = false;
        try {
            IOStream upgraded = tls.over(socket);
            core.handDown(upgraded.core);
            begun = true;
            return upgraded;
        } finally {
            if (!begun) {
                socket.close();
            }
        }
    }

    // ---- opening, for subclasses

    /**
     * Begins what must be done before bytes go, a handshake, in a green thread of its own. Reads and writes that are asked for meanwhile wait for it.
     *
     * @param name the green thread's name
     * @param how what is done; if it fails, the stream is closed because of that
     * @throws IOException if the stream is closed, or is being opened already
     */
    protected final void beginOpening(String name, GreenTask how) throws IOException {
        core.open(name, how);
    }

    /**
     * Waits until what {@link #beginOpening} began is done. At once if it is.
     *
     * @return this
     * @throws IOException what it failed with, the very exception
     */
    protected final IOStream opened() throws IOException {
        return core.awaitOpened(this, true);
    }

    /**
     * Has somebody told when what {@link #beginOpening} began is done.
     *
     * @param callback told of it
     */
    protected final void opened(IOCallback<? super IOStream> callback) {
        core.whenOpened(this, true, callback);
    }

    @Override
    public String toString() {
        return "IOStream[" + socket + "]";
    }
}
