package dev.verdant.green.ssl;

import dev.verdant.green.Green;
import dev.verdant.green.net.GreenSocket;
import dev.verdant.green.net.GreenStream;
import dev.verdant.green.stream.IOCallback;
import dev.verdant.green.stream.IOLoop;
import dev.verdant.green.stream.IOStream;
import java.io.Closeable;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * TLS with buffers, as tornado's {@code SSLIOStream}. The handshake begins with the stream, or when a {@link #connect} has connected it, in a green thread of its own and within
 * {@linkplain SslOptions.Builder#handshakeTimeout its own time}; reads and writes that are asked for meanwhile wait for it. See {@link IOStream}.
 */
public class SSLIOStream extends IOStream {

    private final GreenSSLSocket tls;

    /**
     * Creates one. On the socket's loop.
     *
     * @param socket a connected one, whose handshake begins at once, or one that {@link #connect} connects; it is the stream's from here on and is closed with it
     * @param options as the client or the server; make them once and use them for all connections
     * @throws IOException if the socket is closed
     */
    @SuppressWarnings("this-escape") // the handshake's green thread runs when the constructor has returned
    public SSLIOStream(GreenSocket socket, SslOptions options) throws IOException {
        this(socket, Carriers.unopened(Objects.requireNonNull(socket, "socket"),
                Objects.requireNonNull(options, "options")));
        if (socket.isConnected()) {
            beginOpening("TLS handshake of " + socket, tls::startHandshake);
        }
    }

    private SSLIOStream(GreenSocket socket, GreenSSLSocket tls) {
        super(socket, new Bytes(tls, IOLoop.current()));
        this.tls = tls;
    }

    /** The socket's bytes. A close says goodbye to the peer, which may take a moment, and other callbacks are not kept waiting by that. */
    private record Bytes(GreenSSLSocket tls, IOLoop ioLoop) implements GreenStream, Closeable {

        @Override
        public int read(ByteBuffer target) throws IOException {
            return tls.read(target);
        }

        @Override
        public void writeFully(ByteBuffer source) throws IOException {
            tls.writeFully(source);
        }

        @Override
        public int tryRead(ByteBuffer target) throws IOException {
            return tls.tryRead(target);
        }

        @Override
        public boolean awaitReadable(@Nullable Duration timeout) throws IOException {
            return tls.awaitReadable(timeout);
        }

        @Override
        public int tryWrite(ByteBuffer source) throws IOException {
            return tls.tryWrite(source);
        }

        @Override
        public boolean awaitWritable(@Nullable Duration timeout) throws IOException {
            return tls.awaitWritable(timeout);
        }

        @Override
        public void close() {
            if (ioLoop.isInCallback()) {
                Green.spawnN(this::closeNow);
            } else {
                closeNow();
            }
        }

        private void closeNow() {
            try {
                tls.close();
            } catch (IOException e) {
                // What the operating system says at a close helps nobody.
            }
        }
    }

    @Override
    protected void connectSocket(SocketAddress address) throws IOException {
        tls.connect(address);
        tls.startHandshake();
    }

    /**
     * Returns the TLS beneath: for certificates, protocols and ciphers. Whoever reads or writes there takes the stream's bytes.
     *
     * @return the socket
     */
    public GreenSSLSocket sslSocket() {
        return tls;
    }

    /**
     * Returns what was agreed on with the peer. Once the handshake is done.
     *
     * @return the session
     */
    public SSLSession session() {
        return tls.getSession();
    }

    /**
     * Waits until the handshake is done; at once if it is.
     *
     * @return this
     * @throws IOException what the handshake failed with: {@link javax.net.ssl.SSLException} for the most part
     */
    public SSLIOStream waitForHandshake() throws IOException {
        opened();
        return this;
    }

    /**
     * Waits for the handshake.
     *
     * @return this, when it is done; or what it failed with
     */
    public CompletionStage<SSLIOStream> waitForHandshakeAsync() {
        var stage = new CompletableFuture<SSLIOStream>();
        waitForHandshake(new IOCallback<>() {
            @Override
            public void completed(SSLIOStream result) {
                stage.complete(result);
            }

            @Override
            public void failed(IOException cause) {
                stage.completeExceptionally(cause);
            }
        });
        return stage;
    }

    /**
     * Waits for the handshake.
     *
     * @param callback told when it is done
     */
    public void waitForHandshake(IOCallback<? super SSLIOStream> callback) {
        Objects.requireNonNull(callback, "callback");
        opened(new IOCallback<>() {
            @Override
            public void completed(IOStream result) throws Exception {
                callback.completed(SSLIOStream.this);
            }

            @Override
            public void failed(IOException cause) throws Exception {
                callback.failed(cause);
            }
        });
    }

    @Override
    public String toString() {
        return "SSLIOStream[" + socket() + "]";
    }
}
