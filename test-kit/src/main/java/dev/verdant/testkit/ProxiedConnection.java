package dev.verdant.testkit;

import dev.verdant.green.Green;
import dev.verdant.green.GreenScope;
import dev.verdant.green.net.GreenSocket;
import dev.verdant.green.queue.LightQueue;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** A client's connection through a {@link FaultyProxy} to the server. Confined to the proxy's loop. */
final class ProxiedConnection {

    private static final int READ = 8192;

    private final GreenSocket client;
    private final GreenSocket server;

    ProxiedConnection(GreenSocket client, GreenSocket server) {
        this.client = client;
        this.server = server;
    }

    /** Forwards both ways until both have ended, or something breaks it. */
    void run(Toxics fromClient, Toxics fromServer) throws Exception {
        try (GreenScope scope = Green.scope()) {
            new Way(client, server, fromClient).start(scope);
            new Way(server, client, fromServer).start(scope);
            scope.joinAll();
        } catch (IOException e) {
            reset();
            throw e;
        }
    }

    void close() {
        closeQuietly(client);
        closeQuietly(server);
    }

    /** Whoever closes with a linger time of zero breaks the connection. */
    void reset() {
        for (GreenSocket each : new GreenSocket[]{client, server}) {
            try {
                each.setSoLinger(true, 0);
            } catch (IOException e) {
                // It is closed already.
            }
        }
        close();
    }

    private static void closeQuietly(GreenSocket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // It is gone all the same.
        }
    }

    /**
     * Bytes under way.
     *
     * @param due when they are to be sent on
     * @param bytes null at the end of the stream
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Piece(long due, byte @Nullable [] bytes) {}

    /** One direction: what is read waits in a queue for its time, so that latency does not limit how much goes through. */
    private final class Way {

        private final GreenSocket from;
        private final GreenSocket to;
        private final Toxics toxics;
        private final LightQueue<Piece> underWay = new LightQueue<>(FaultyProxy.WINDOW / READ);
        private long forwarded;

        Way(GreenSocket from, GreenSocket to, Toxics toxics) {
            this.from = from;
            this.to = to;
            this.toxics = toxics;
        }

        void start(GreenScope scope) {
            scope.spawn(() -> {
                read();
                return null;
            });
            scope.spawn(() -> {
                write();
                return null;
            });
        }

        private void read() throws IOException, InterruptedException, TimeoutException {
            while (true) {
                byte[] bytes = from.recv(READ);
                Toxics.Settings now = toxics.settings();
                if (now.reset() != null && bytes.length > 0) {
                    Green.sleep(now.reset());
                    reset();
                    return;
                }
                if (now.timeout() != null && bytes.length > 0) {
                    if (!now.timeout().isZero()) {
                        Green.sleep(now.timeout());
                        close();
                        return;
                    }
                    continue; // Lost.
                }
                underWay.put(new Piece(Green.nanoTime() + delay(now), bytes.length == 0 ? null : bytes));
                if (bytes.length == 0) {
                    return;
                }
            }
        }

        private static long delay(Toxics.Settings now) {
            long jitter = now.jitter().toNanos();
            return now.latency().toNanos() + (jitter == 0 ? 0 : ThreadLocalRandom.current().nextLong(jitter + 1));
        }

        private void write() throws IOException, InterruptedException {
            while (true) {
                Piece piece = underWay.take();
                Green.sleep(Duration.ofNanos(Math.max(0, piece.due - Green.nanoTime())));
                Toxics.Settings now = toxics.settings();
                if (piece.bytes == null) {
                    Green.sleep(now.slowClose());
                    to.shutdownOutput();
                    return;
                }
                if (!send(piece.bytes, now)) {
                    close();
                    return;
                }
            }
        }

        /** Returns false when as much has gone this way as may. */
        private boolean send(byte[] bytes, Toxics.Settings now) throws IOException {
            int length = Math.clamp(now.limit() - forwarded, 0, bytes.length);
            for (int sent = 0; sent < length;) {
                int size = Math.min(now.slice(), length - sent);
                to.sendAll(FaultyProxy.part(bytes, sent, sent + size));
                sent += size;
                forwarded += size;
                pause(size, now, sent < length);
            }
            return forwarded < now.limit();
        }

        private static void pause(int size, Toxics.Settings now, boolean more) {
            if (now.bytesPerSecond() != Long.MAX_VALUE) {
                Green.sleep(Duration.ofNanos((long) (size * 1e9 / now.bytesPerSecond())));
            }
            if (more && !now.pause().isZero()) {
                Green.sleep(now.pause());
            }
        }
    }
}
