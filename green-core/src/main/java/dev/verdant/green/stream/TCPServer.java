package dev.verdant.green.stream;

import dev.verdant.green.GreenInterruptedException;
import dev.verdant.green.net.GreenServerSocket;
import dev.verdant.green.net.GreenSocket;
import dev.verdant.green.net.Net;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A server whose connections are {@link IOStream}s, as tornado's {@code TCPServer}: each is given to a handler on the {@link IOLoop}. Confined to its loop.
 *
 * <pre>{@code
 * var server = new TCPServer((stream, peer) ->
 *         stream.readUntil("\n", line -> stream.write(line, _ -> stream.close())));
 * server.listen(new InetSocketAddress(8888));
 * IOLoop.current().start();
 * }</pre>
 *
 * <p>Running out of descriptors, connections that die early and handlers that throw do not end it. What is to be done with a connection may be said by overriding
 * {@link #handleStream} as well.
 */
public class TCPServer implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger("dev.verdant.green.stream");

    /** Accepting who waits in the backlog takes no longer, unless something holds the loop. */
    private static final Duration LAST_ACCEPTS = Duration.ofSeconds(1);

    private final IOLoop ioLoop = IOLoop.current();
    private final StreamHandler handler;
    private final List<GreenServerSocket> listeners = new ArrayList<>();
    private @Nullable TlsUpgrade tls;
    private int maxBufferSize;
    private int readChunkSize;
    private long maxWriteBufferSize;

    /**
     * Creates one that gives its connections to a handler.
     *
     * @param handler what is done with each
     */
    public TCPServer(StreamHandler handler) {
        this.handler = Objects.requireNonNull(handler, "handler");
    }

    /** Creates one whose subclass overrides {@link #handleStream}. */
    protected TCPServer() {
        this.handler = (stream, _) -> {
            throw new IllegalStateException(
                    "Nobody handles " + stream + ": give the server a handler, or override handleStream");
        };
    }

    /**
     * Has all connections speak TLS.
     *
     * @param upgrade how: {@code SslOptions} of {@code dev.verdant.green.ssl}, for a server
     * @return this
     */
    public TCPServer tls(TlsUpgrade upgrade) {
        tls = Objects.requireNonNull(upgrade, "upgrade");
        return this;
    }

    /**
     * Says how many bytes may wait to be read on each connection.
     *
     * @param bytes as {@link BaseIOStream#maxBufferSize(int)}
     * @return this
     */
    public TCPServer maxBufferSize(int bytes) {
        maxBufferSize = positive(bytes);
        return this;
    }

    /**
     * Says how many bytes are read in one go.
     *
     * @param bytes as {@link BaseIOStream#readChunkSize(int)}
     * @return this
     */
    public TCPServer readChunkSize(int bytes) {
        readChunkSize = positive(bytes);
        return this;
    }

    /**
     * Says how many bytes may wait to be written on each connection.
     *
     * @param bytes as {@link BaseIOStream#maxWriteBufferSize(long)}
     * @return this
     */
    public TCPServer maxWriteBufferSize(long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("bytes: " + bytes + " (expected: >= 0)");
        }
        maxWriteBufferSize = bytes;
        return this;
    }

    private static int positive(int bytes) {
        if (bytes < 1) {
            throw new IllegalArgumentException("bytes: " + bytes + " (expected: >= 1)");
        }
        return bytes;
    }

    /**
     * Listens at an address and serves there, beside what it serves already.
     *
     * @param at the address; port 0 takes a free one
     * @return the listener, for its address; it is the server's
     * @throws IOException a {@link java.net.BindException} with the address in its message if it cannot be had
     */
    public GreenServerSocket listen(SocketAddress at) throws IOException {
        GreenServerSocket listener = Net.listen(at);
        addSocket(listener);
        return listener;
    }

    /**
     * Serves what comes from a listener, beside what it serves already.
     *
     * @param listener a bound one of this loop, which is the server's from here on
     */
    public void addSocket(GreenServerSocket listener) {
        Objects.requireNonNull(listener, "listener");
        ioLoop.checkHere("addSocket");
        listeners.add(listener);
        var _ = ioLoop.eventLoop().spawn("TCPServer at " + listener.getLocalSocketAddress(),
                () -> Net.accept(listener, this::take));
    }

    private void take(GreenSocket socket) {
        SocketAddress peer = socket.getRemoteSocketAddress();
        try {
            IOStream stream = tls == null ? new IOStream(socket) : tls.over(socket);
            setBounds(stream);
            ioLoop.addCallback(() -> handle(stream, peer));
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "The connection of {0} was lost at once: {1}", peer, e.getMessage());
        }
    }

    private void setBounds(IOStream stream) {
        if (maxBufferSize > 0) {
            stream.maxBufferSize(maxBufferSize);
        }
        if (readChunkSize > 0) {
            stream.readChunkSize(readChunkSize);
        }
        stream.maxWriteBufferSize(maxWriteBufferSize);
    }

    private void handle(IOStream stream, SocketAddress peer) throws Exception {
        try {
            handleStream(stream, peer);
        } catch (StreamClosedException e) {
            stream.core.closeFor(e);
        } catch (Exception e) {
            stream.close(e);
            throw e;
        }
    }

    /**
     * Is given each connection, see {@link StreamHandler}; unless it is overridden, it gives it to the server's handler.
     *
     * @param stream the connection
     * @param peer who has come
     * @throws Exception whatever went wrong
     */
    protected void handleStream(IOStream stream, SocketAddress peer) throws Exception {
        handler.handle(stream, peer);
    }

    /** Stops: who waits in the backlog is accepted, and then the listeners are closed. The connections go on. Twice does nothing more. */
    public void stop() {
        ioLoop.checkHere("TCPServer.stop");
        while (!listeners.isEmpty()) {
            try {
                var _ = Net.stop(listeners.removeLast(), LAST_ACCEPTS);
            } catch (IOException e) {
                // Not by ours.
            } catch (InterruptedException e) {
                throw new GreenInterruptedException(e);
            }
        }
    }

    /** Stops, as {@link #stop()}. */
    @Override
    public void close() {
        stop();
    }
}
