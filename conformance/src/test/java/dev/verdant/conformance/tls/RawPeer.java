package dev.verdant.conformance.tls;

import dev.verdant.green.net.GreenSocket;
import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Arrays;
import java.util.function.Consumer;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/**
 * Somebody else's side of a connection, driven by hand: an engine of the JDK's over a plain socket, whose records a test may look at, change, keep or send again.
 */
final class RawPeer implements AutoCloseable {

    static final int CHANGE_CIPHER_SPEC = 20;
    static final int ALERT = 21;
    static final int HANDSHAKE = 22;
    static final int DATA = 23;

    /** Stands for the number of an alert that cannot be read. */
    static final int ENCRYPTED_ALERT = 1000;

    private static final int HEADER = 5;
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    final GreenSocket socket;
    final SSLEngine engine;

    private final ByteBuffer plain = ByteBuffer.allocate(64 * 1024);

    /** A record that was read, and what the engine has not taken of it. */
    private ByteBuffer net = ByteBuffer.allocate(0);

    /** Shows whatever certificate it has, and trusts {@link Certificates#CA}. */
    RawPeer(GreenSocket socket, boolean client, Certificates.@Nullable Issued shown, Consumer<SSLParameters> change) {
        this.socket = setNoDelay(socket);
        this.engine = context(shown).createSSLEngine("localhost", 443);
        engine.setUseClientMode(client);
        SSLParameters parameters = engine.getSSLParameters();
        change.accept(parameters);
        engine.setSSLParameters(parameters);
    }

    /** What is sent in several small pieces does not wait for the acknowledgement of the first. */
    private static GreenSocket setNoDelay(GreenSocket socket) {
        try {
            socket.setTcpNoDelay(true);
            return socket;
        } catch (SocketException e) {
            throw new AssertionError(e);
        }
    }

    /** A client, or a server that shows {@link TlsPair#ISSUED}, of one version of TLS. */
    static RawPeer of(GreenSocket socket, boolean client, String protocol) {
        return new RawPeer(socket, client, client ? null : TlsPair.ISSUED,
                parameters -> parameters.setProtocols(new String[]{protocol}));
    }

    static SSLContext context(Certificates.@Nullable Issued shown) {
        try {
            TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
            trust.init(Certificates.CA.trustStore());
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(shown == null ? null : new KeyManager[]{new Always(shown)}, trust.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    /** Trusts everybody, for peers that are not what is tested. */
    static SSLContext context(Certificates.@Nullable Issued shown, TrustManager trust) {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(shown == null ? null : new KeyManager[]{new Always(shown)}, new TrustManager[]{trust}, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    // ---- speaking as one should

    /** Shakes hands; the other side does so meanwhile. */
    void shake() throws IOException {
        if (engine.getHandshakeStatus() == HandshakeStatus.NOT_HANDSHAKING) {
            engine.beginHandshake();
        }
        while (engine.getHandshakeStatus() != HandshakeStatus.NOT_HANDSHAKING) {
            step();
        }
    }

    /** Does one thing of those that make a handshake. */
    void step() throws IOException {
        switch (engine.getHandshakeStatus()) {
            case NEED_TASK -> {
                for (Runnable task = engine.getDelegatedTask(); task != null; task = engine.getDelegatedTask()) {
                    task.run();
                }
            }
            case NEED_WRAP -> send(wrap(new byte[0]));
            case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> unwrap();
            default -> {
            }
        }
    }

    void sendData(byte[] data) throws IOException {
        for (int from = 0; from < data.length;) {
            int to = Math.min(data.length, from + 16 * 1024);
            send(wrap(Arrays.copyOfRange(data, from, to)));
            from = to;
        }
    }

    /** Says that nothing more comes. */
    void sayGoodbye() throws IOException {
        engine.closeOutbound();
        send(wrap(new byte[0]));
    }

    /**
     * Reads until there is data.
     *
     * @return empty if the other side has said goodbye
     * @throws SSLException if it has sent an alert, which the message names
     * @throws EOFException if the stream has ended
     */
    byte[] receive() throws IOException {
        while (plain.position() == 0) {
            if (engine.isInboundDone()) {
                return new byte[0];
            }
            unwrap();
            while (engine.getHandshakeStatus() != HandshakeStatus.NOT_HANDSHAKING
                    && engine.getHandshakeStatus() != HandshakeStatus.NEED_UNWRAP && !engine.isInboundDone()) {
                step();
            }
        }
        byte[] data = Arrays.copyOf(plain.array(), plain.position());
        plain.clear();
        return data;
    }

    byte[] receive(int length) throws IOException {
        byte[] all = new byte[0];
        while (all.length < length) {
            byte[] more = receive();
            if (more.length == 0) {
                throw new EOFException("goodbye after " + all.length);
            }
            int had = all.length;
            all = Arrays.copyOf(all, had + more.length);
            System.arraycopy(more, 0, all, had, more.length);
        }
        return all;
    }

    /** The name of the alert by which the other side ends, or {@code none} if it just closes. */
    String alert() throws IOException {
        try {
            while (true) {
                if (receive().length == 0) {
                    return "close_notify";
                }
            }
        } catch (SSLException e) {
            String message = String.valueOf(e.getMessage());
            return message.contains("fatal alert: ")
                    ? message.substring(message.indexOf("fatal alert: ") + 13)
                    : message;
        } catch (EOFException | SocketException e) {
            return "none";
        }
    }

    private void unwrap() throws IOException {
        if (!net.hasRemaining()) {
            byte[] record = readRecord(socket);
            if (record.length == 0) {
                throw new EOFException("the other side has closed");
            }
            net = ByteBuffer.wrap(record);
        }
        SSLEngineResult result = engine.unwrap(net, plain);
        if (result.getStatus() == Status.BUFFER_UNDERFLOW || result.getStatus() == Status.BUFFER_OVERFLOW) {
            throw new AssertionError(result.toString());
        }
    }

    // ---- records

    /** Encrypts: one record, or several if the engine itself has something to say. */
    byte[] wrap(byte[] data) throws SSLException {
        ByteBuffer from = ByteBuffer.wrap(data);
        ByteBuffer into = ByteBuffer.allocate(data.length + 64 * 1024);
        do {
            SSLEngineResult result = engine.wrap(from, into);
            if (result.getStatus() == Status.CLOSED || result.bytesProduced() == 0) {
                break;
            }
        } while (from.hasRemaining());
        return Arrays.copyOf(into.array(), into.position());
    }

    void send(byte[] bytes) throws IOException {
        socket.sendAll(bytes);
    }

    static byte[] record(int type, byte... content) {
        return record(type, content.length, content);
    }

    /** Says that it is as long as it is not. */
    static byte[] record(int type, int length, byte[] content) {
        return ByteBuffer.allocate(HEADER + content.length).put((byte) type).put((byte) 3).put((byte) 3)
                .putShort((short) length).put(content).array();
    }

    /** Reads one record, header and all; empty at the end of the stream. */
    static byte[] readRecord(GreenSocket socket) throws IOException {
        byte[] header = readExactly(socket, HEADER);
        if (header.length == 0) {
            return header;
        }
        int length = ByteBuffer.wrap(header).getShort(3) & 0xffff;
        byte[] content = readExactly(socket, length);
        return ByteBuffer.allocate(HEADER + length).put(header).put(content).array();
    }

    private static byte[] readExactly(GreenSocket socket, int length) throws IOException {
        ByteBuffer into = ByteBuffer.allocate(length);
        while (into.hasRemaining()) {
            int count = socket.tryRead(into);
            if (count < 0) {
                if (into.position() == 0) {
                    return new byte[0];
                }
                throw new EOFException("in the middle of a record");
            }
            if (count == 0 && !socket.awaitReadable(PATIENCE)) {
                throw new AssertionError("the other side says nothing");
            }
        }
        return into.array();
    }

    /** Reads plain records until an alert comes, and returns its number; -1 if the stream ends without one. */
    static int readPlainAlert(GreenSocket socket) throws IOException {
        try {
            while (true) {
                byte[] record = readRecord(socket);
                if (record.length == 0) {
                    return -1;
                }
                if (record[0] == ALERT) {
                    return record.length == HEADER + 2 ? record[HEADER + 1] & 0xff : ENCRYPTED_ALERT;
                }
            }
        } catch (SocketException | EOFException e) {
            return -1;
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    /** Shows its certificate to everybody who asks, whomever they trust. */
    static final class Always extends X509ExtendedKeyManager {

        private final Certificates.Issued shown;

        Always(Certificates.Issued shown) {
            this.shown = shown;
        }

        private boolean fits(String... types) {
            String algorithm = shown.key().getAlgorithm();
            return Arrays.stream(types).anyMatch(type -> type.startsWith(algorithm));
        }

        @Override
        public @Nullable String chooseEngineServerAlias(String type, Principal @Nullable [] issuers,
                @Nullable SSLEngine engine) {
            return fits(type) ? "shown" : null;
        }

        @Override
        public @Nullable String chooseEngineClientAlias(String[] types, Principal @Nullable [] issuers,
                @Nullable SSLEngine engine) {
            return fits(types) ? "shown" : null;
        }

        @Override
        public @Nullable String chooseClientAlias(String[] types, Principal @Nullable [] issuers,
                @Nullable Socket socket) {
            return fits(types) ? "shown" : null;
        }

        @Override
        public @Nullable String chooseServerAlias(String type, Principal @Nullable [] issuers,
                @Nullable Socket socket) {
            return fits(type) ? "shown" : null;
        }

        @Override
        public String[] getClientAliases(String type, Principal @Nullable [] issuers) {
            return new String[]{"shown"};
        }

        @Override
        public String[] getServerAliases(String type, Principal @Nullable [] issuers) {
            return new String[]{"shown"};
        }

        @Override
        public X509Certificate[] getCertificateChain(String alias) {
            return shown.chainArray();
        }

        @Override
        public PrivateKey getPrivateKey(String alias) {
            return shown.key();
        }
    }
}
