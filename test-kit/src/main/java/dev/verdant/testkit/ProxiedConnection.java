package dev.verdant.testkit;

import dev.verdant.green.Green;
import dev.verdant.green.GreenScope;
import dev.verdant.green.net.GreenSocket;
import dev.verdant.green.net.Net;
import dev.verdant.green.queue.LightQueue;
import java.io.IOException;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** A client's connection through a {@link FaultyProxy} to the server. Confined to the proxy's loop. */
final class ProxiedConnection {

    private static final int READ = 8192;

    /** Of one direction, at the most so many bytes wait in here: who sends more finds no room, as on a network. */
    private static final int WINDOW = 1 << 16;

    /** With a limited bandwidth, as much is sent at once as goes through in a twentieth of a second. */
    private static final int BURSTS_A_SECOND = 20;

    private static final Duration CONNECT = Duration.ofSeconds(10);

    private final GreenSocket client;
    private @Nullable GreenSocket server;

    ProxiedConnection(GreenSocket client) {
        this.client = client;
    }

    /** Connects to the server and forwards both ways until both have ended, or something breaks it: then both ends find it reset, unless it has been closed. */
    void run(SocketAddress upstream, Toxics fromClient, Toxics fromServer) throws Exception {
        try (GreenSocket connected = Net.connect(upstream, CONNECT)) {
            server = connected;
            forward(connected, fromClient, fromServer);
        } catch (IOException e) {
            reset(); // There is no server.
        }
    }

    private void forward(GreenSocket connected, Toxics fromClient, Toxics fromServer) throws Exception {
        try (GreenScope scope = Green.scope()) {
            // What is sliced is to arrive in slices.
            client.setTcpNoDelay(true);
            connected.setTcpNoDelay(true);
            new Way(client, connected, fromClient).start(scope);
            new Way(connected, client, fromServer).start(scope);
            scope.joinAll();
        } catch (IOException e) {
            reset();
        }
    }

    void close() {
        closeQuietly(client);
        closeQuietly(server);
    }

    /** Whoever closes with a linger time of zero breaks the connection. */
    void reset() {
        breakOff(client);
        breakOff(server);
    }

    private static void breakOff(@Nullable GreenSocket socket) {
        try {
            if (socket != null) {
                socket.setSoLinger(true, 0);
            }
        } catch (IOException e) {
            // It is closed already.
        }
        closeQuietly(socket);
    }

    private static void closeQuietly(@Nullable GreenSocket socket) {
        try {
            if (socket != null) {
                socket.close();
            }
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
        private final LightQueue<Piece> underWay = new LightQueue<>();
        private final Semaphore room = new Semaphore(WINDOW);

        /** When the next bytes may be sent, with a limited bandwidth. */
        private long free = Green.nanoTime();

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

        private void read() throws IOException, InterruptedException {
            while (true) {
                byte[] bytes = from.recv(READ);
                Toxics.Settings now = toxics.settings();
                if (bytes.length == 0) {
                    underWay.add(new Piece(due(now), null));
                    return;
                }
                if (now.reset() != null) {
                    Green.sleep(now.reset());
                    reset();
                    return;
                }
                if (now.timeout() == null) {
                    room.acquire(bytes.length);
                    underWay.add(new Piece(due(now), bytes));
                } else if (!now.timeout().isZero()) {
                    Green.sleep(now.timeout());
                    close();
                    return;
                }
            }
        }

        private static long due(Toxics.Settings now) {
            long jitter = now.jitter().toNanos();
            return Green.nanoTime() + now.latency().toNanos()
                    + (jitter == 0 ? 0 : ThreadLocalRandom.current().nextLong(jitter + 1));
        }

        private void write() throws IOException, InterruptedException {
            while (true) {
                Piece piece = underWay.take();
                sleepUntil(piece.due);
                if (piece.bytes == null) {
                    Green.sleep(toxics.settings().slowClose());
                    to.shutdownOutput();
                    return;
                }
                room.release(piece.bytes.length);
                if (!send(piece.bytes)) {
                    close();
                    return;
                }
            }
        }

        /** Returns false when as much has gone this way as may. */
        private boolean send(byte[] bytes) throws IOException {
            for (int sent = 0; sent < bytes.length;) {
                Toxics.Settings now = toxics.settings();
                long most = Math.min(now.slice(), Math.max(1, now.bytesPerSecond() / BURSTS_A_SECOND));
                most = Math.min(most, now.limit() - forwarded);
                if (most <= 0) {
                    return false;
                }
                int size = (int) Math.min(most, bytes.length - sent);
                to.sendAll(Arrays.copyOfRange(bytes, sent, sent + size));
                sent += size;
                forwarded += size;
                pause(size, now, sent < bytes.length);
            }
            return forwarded < toxics.settings().limit();
        }

        private void pause(int size, Toxics.Settings now, boolean more) {
            if (now.bytesPerSecond() != Long.MAX_VALUE) {
                free = Math.max(free, Green.nanoTime()) + (long) (size * 1e9 / now.bytesPerSecond());
                sleepUntil(free);
            }
            if (more && !now.pause().isZero()) {
                Green.sleep(now.pause());
            }
        }

        private static void sleepUntil(long time) {
            long rest = time - Green.nanoTime();
            if (rest > 0) {
                Green.sleep(Duration.ofNanos(rest));
            }
        }
    }
}
