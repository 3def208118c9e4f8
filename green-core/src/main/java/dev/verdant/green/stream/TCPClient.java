package dev.verdant.green.stream;

import dev.verdant.green.Timeout;
import dev.verdant.green.kernel.Durations;
import dev.verdant.green.net.Net;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Makes connections by name, as tornado's {@code TCPClient}: the name is looked up off the loop, and of several addresses the first that answers is taken (RFC 8305), see
 * {@link Net#connect(SocketAddress)}. Made once, it makes any number of connections. Confined to its loop.
 */
public final class TCPClient {

    private final IOLoop ioLoop = IOLoop.current();
    private @Nullable TlsUpgrade tls;
    private @Nullable Duration timeout;
    private @Nullable SocketAddress source;
    private int maxBufferSize;

    /** Creates one on the caller's loop. */
    public TCPClient() {}

    /**
     * Has the connections speak TLS; they are connected when the handshake is done.
     *
     * @param upgrade how: {@code SslOptions} of {@code dev.verdant.green.ssl}, for a client
     * @return this
     */
    public TCPClient tls(TlsUpgrade upgrade) {
        tls = Objects.requireNonNull(upgrade, "upgrade");
        return this;
    }

    /**
     * Says how long a connect may take as a whole: the look-up, the connection, the handshake.
     *
     * @param limit null for ever
     * @return this
     */
    public TCPClient timeout(@Nullable Duration limit) {
        timeout = limit;
        return this;
    }

    /**
     * Says from where connections are made.
     *
     * @param address a local address; port 0 is the system's choice
     * @return this
     */
    public TCPClient source(SocketAddress address) {
        source = Objects.requireNonNull(address, "address");
        return this;
    }

    /**
     * Says how many bytes may wait to be read on each connection.
     *
     * @param bytes as {@link BaseIOStream#maxBufferSize(int)}
     * @return this
     */
    public TCPClient maxBufferSize(int bytes) {
        if (bytes < 1) {
            throw new IllegalArgumentException("bytes: " + bytes + " (expected: >= 1)");
        }
        maxBufferSize = bytes;
        return this;
    }

    /**
     * Connects, and waits until that is done.
     *
     * @param host a name or an address
     * @param port the port
     * @return the stream
     * @throws SocketTimeoutException if the time has passed first
     * @throws IOException if no address answers: what the last one said
     */
    public IOStream connect(String host, int port) throws IOException {
        ioLoop.checkHere("TCPClient.connect");
        var address = InetSocketAddress.createUnresolved(host, port);
        Duration limit = timeout;
        IOStream stream = limit == null ? connect(address) : connectWithin(limit, address);
        if (stream == null) {
            throw new SocketTimeoutException("Not connected to " + address + " within " + Durations.describe(limit));
        }
        return stream;
    }

    private @Nullable IOStream connectWithin(Duration limit, SocketAddress address) throws IOException {
        try {
            return Timeout.<@Nullable IOStream>callOrElse(limit, () -> connect(address), null);
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError("a connect threw what it does not declare; please report", e);
        }
    }

    private IOStream connect(SocketAddress address) throws IOException {
        IOStream stream = new IOStream(Net.connect(address, null, source));
        if (maxBufferSize > 0) {
            stream.maxBufferSize(maxBufferSize);
        }
        return tls == null ? stream : stream.startTls(tls);
    }

    /**
     * Connects.
     *
     * @param host a name or an address
     * @param port the port
     * @return the stream; or a failure as {@link #connect(String, int)}
     */
    public CompletionStage<IOStream> connectAsync(String host, int port) {
        return Stage.of(callback -> connect(host, port, callback));
    }

    /**
     * Connects.
     *
     * @param host a name or an address
     * @param port the port
     * @param callback told of the stream
     */
    public void connect(String host, int port, IOCallback<? super IOStream> callback) {
        Objects.requireNonNull(callback, "callback");
        ioLoop.checkHere("TCPClient.connect");
        var _ = ioLoop.eventLoop().spawn("connect to " + host + ":" + port, () -> {
            IOStream stream;
            try {
                stream = connect(host, port);
            } catch (IOException e) {
                ioLoop.addCallback(() -> callback.failed(e));
                return;
            }
            ioLoop.addCallback(() -> callback.completed(stream));
        });
    }
}
