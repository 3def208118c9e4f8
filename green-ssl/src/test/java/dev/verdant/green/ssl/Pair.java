package dev.verdant.green.ssl;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Two engines that talk to each other in memory, in turns, until neither has anything to say. */
final class Pair implements AutoCloseable {

    private static final int ROUNDS = 100;

    final TlsEngine client;
    final TlsEngine server;

    /** What ended the handshake on either side. */
    @Nullable SSLException clientFailure;
    @Nullable SSLException serverFailure;

    private final Wire toServer = new Wire();
    private final Wire toClient = new Wire();

    private static final class Wire {
        final ByteBuffer bytes = ByteBuffer.allocateDirect(1 << 18);
    }

    Pair(TlsEngine client, TlsEngine server) {
        this.client = client;
        this.server = server;
    }

    static Pair of(SslOptions client, SslOptions server) {
        return new Pair(client.newEngine("localhost", 443), server.newEngine(null, -1));
    }

    /** Shakes hands; what each side then says goes in {@link #clientFailure} and {@link #serverFailure}. */
    Pair shake() throws Exception {
        client.ssl().beginHandshake();
        server.ssl().beginHandshake();
        settle();
        return this;
    }

    /** Shakes hands, which must succeed. */
    Pair shaken() throws Exception {
        shake();
        if (clientFailure != null) {
            throw clientFailure;
        }
        if (serverFailure != null) {
            throw serverFailure;
        }
        // In TLS 1.3 a server's answer to the client's certificate, and its tickets, come after the client has finished.
        if (!say(client, server, "ping").equals("ping") || !say(server, client, "pong").equals("pong")) {
            throw new AssertionError("The bytes arrived changed");
        }
        return this;
    }

    private void settle() {
        for (int round = 0; round < ROUNDS; round++) {
            boolean moved = false;
            if (clientFailure == null) {
                try {
                    moved = turn(client.ssl(), toClient, toServer);
                } catch (SSLException e) {
                    clientFailure = e;
                    moved = true;
                }
            } else {
                moved = flush(client.ssl(), toServer);
            }
            if (serverFailure == null) {
                try {
                    moved |= turn(server.ssl(), toServer, toClient);
                } catch (SSLException e) {
                    serverFailure = e;
                    moved = true;
                }
            } else {
                moved |= flush(server.ssl(), toClient);
            }
            if (!moved) {
                return;
            }
        }
        throw new AssertionError("No end of handshake: client " + client.ssl().getHandshakeStatus() + ", server "
                + server.ssl().getHandshakeStatus());
    }

    /** Sends the alert that is left when an engine has failed. */
    private static boolean flush(SSLEngine engine, Wire out) {
        try {
            return engine.wrap(ByteBuffer.allocateDirect(0), out.bytes).bytesProduced() > 0;
        } catch (SSLException _) {
            return false; // it has said so already
        }
    }

    private static boolean turn(SSLEngine engine, Wire in, Wire out) throws SSLException {
        boolean moved = false;
        while (true) {
            HandshakeStatus status = engine.getHandshakeStatus();
            switch (status) {
                case NEED_TASK -> {
                    for (Runnable task = engine.getDelegatedTask(); task != null; task = engine.getDelegatedTask()) {
                        task.run();
                    }
                    moved = true;
                }
                case NEED_WRAP -> {
                    SSLEngineResult result = engine.wrap(ByteBuffer.allocateDirect(0), out.bytes);
                    moved = true;
                    if (result.getStatus() == SSLEngineResult.Status.CLOSED && result.bytesProduced() == 0) {
                        return moved;
                    }
                }
                default -> {
                    in.bytes.flip();
                    ByteBuffer plain = ByteBuffer.allocateDirect(1 << 15);
                    SSLEngineResult result;
                    try {
                        result = engine.unwrap(in.bytes, plain);
                    } finally {
                        in.bytes.compact();
                    }
                    boolean idle = result.bytesConsumed() == 0 && engine.getHandshakeStatus() == status;
                    moved |= !idle;
                    if (idle || result.getStatus() == SSLEngineResult.Status.CLOSED) {
                        return moved;
                    }
                }
            }
        }
    }

    /** Sends a text, and gives what arrives. */
    String say(TlsEngine from, TlsEngine to, String text) throws SSLException {
        Wire wire = from == client ? toServer : toClient;
        ByteBuffer plain = ByteBuffer.allocateDirect(text.length()).put(text.getBytes(StandardCharsets.US_ASCII))
                .flip();
        while (plain.hasRemaining()) {
            from.ssl().wrap(plain, wire.bytes);
        }
        ByteBuffer arrived = ByteBuffer.allocateDirect(1 << 15);
        wire.bytes.flip();
        try {
            for (int i = 0; i < ROUNDS && arrived.position() < text.length(); i++) {
                SSLEngineResult result = to.ssl().unwrap(wire.bytes, arrived);
                for (Runnable task = to.ssl().getDelegatedTask(); task != null; task = to.ssl().getDelegatedTask()) {
                    task.run();
                }
                if (result.getHandshakeStatus() == HandshakeStatus.NEED_WRAP) {
                    Wire back = to == client ? toServer : toClient;
                    to.ssl().wrap(ByteBuffer.allocateDirect(0), back.bytes);
                }
            }
        } finally {
            wire.bytes.compact();
        }
        byte[] bytes = new byte[arrived.flip().remaining()];
        arrived.get(bytes);
        return new String(bytes, StandardCharsets.US_ASCII);
    }

    @Override
    public void close() {
        client.release();
        server.release();
    }
}
