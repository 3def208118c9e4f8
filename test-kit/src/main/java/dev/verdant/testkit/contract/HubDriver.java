package dev.verdant.testkit.contract;

import dev.verdant.hub.Hub;
import dev.verdant.hub.HubChannel;
import dev.verdant.hub.HubProvider;
import dev.verdant.hub.ListenerChannel;
import dev.verdant.hub.Readiness;
import dev.verdant.hub.SocketDomain;
import dev.verdant.hub.StreamChannel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/**
 * Drives a hub by hand, in the place of a loop: opens channels, polls until something holds, and closes all that it opened.
 * Confined to the thread that made it, which is the hub's.
 */
final class HubDriver implements AutoCloseable {

    static final long MILLI = 1_000_000;
    static final long SECOND = 1000 * MILLI;

    /** What is not over by then never will be. */
    static final long PATIENCE = 20 * SECOND;

    /** As many polls may end early without anybody having reason to call it a spin. */
    static final int FEW_TURNS = 10;

    final Hub hub;

    private final List<HubChannel> opened = new ArrayList<>();

    HubDriver(HubProvider provider) {
        this.hub = provider.open();
    }

    // ---- time

    /** Polls until {@code condition} holds. */
    void until(String what, Condition condition) throws IOException {
        long start = System.nanoTime();
        while (!condition.holds()) {
            if (System.nanoTime() - start > PATIENCE) {
                throw new AssertionError("never came: " + what);
            }
            hub.poll(10 * MILLI);
        }
    }

    /** Polls as {@code timeoutNanos} says, but not for ever: a wake-up that is lost fails the test instead of hanging it. */
    int poll(long timeoutNanos) {
        CompletableFuture<Void> guard = CompletableFuture.runAsync(hub::wakeup, after(PATIENCE));
        try {
            int called = hub.poll(timeoutNanos);
            if (guard.isDone()) {
                throw new AssertionError("the poll did not return by itself");
            }
            return called;
        } finally {
            guard.cancel(false);
        }
    }

    /** Polls for so long, whatever comes, and returns how many polls it took. */
    int turnsFor(long nanos) {
        long end = hub.nanoTime() + nanos;
        int turns = 0;
        for (long rest = nanos; rest > 0; rest = end - hub.nanoTime()) {
            hub.poll(rest);
            turns++;
        }
        return turns;
    }

    /** Polls without waiting until nothing is left to tell. */
    void settle() {
        int quiet = 0;
        while (quiet < 3) {
            quiet = hub.poll(MILLI) == 0 ? quiet + 1 : 0;
        }
    }

    static Executor after(long nanos) {
        return CompletableFuture.delayedExecutor(nanos, TimeUnit.NANOSECONDS);
    }

    // ---- channels

    static InetSocketAddress loopback(int port) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    /** Has a channel closed at the end of the test, if the test does not. */
    <C extends HubChannel> C own(C channel) {
        opened.add(channel);
        return channel;
    }

    StreamChannel stream() throws IOException {
        return own(hub.openStream(SocketDomain.INTERNET));
    }

    ListenerChannel listen() throws IOException {
        return listen(0, 100);
    }

    ListenerChannel listen(int port, int backlog) throws IOException {
        ListenerChannel listener = own(hub.openListener(SocketDomain.INTERNET));
        listener.bind(loopback(port), backlog);
        return listener;
    }

    static SocketAddress addressOf(HubChannel channel) throws IOException {
        return Objects.requireNonNull(channel.localAddress(), "the channel is bound");
    }

    static int portOf(HubChannel channel) throws IOException {
        return ((InetSocketAddress) addressOf(channel)).getPort();
    }

    /** Two ends of one connection, both registered. */
    Pair connect() throws IOException {
        ListenerChannel listener = listen();
        try {
            return connect(listener);
        } finally {
            listener.close();
        }
    }

    Pair connect(ListenerChannel listener) throws IOException {
        Pair pair = connectUnregistered(listener);
        pair.client.register();
        pair.server.register();
        return pair;
    }

    /** Two ends of one connection, neither registered. */
    Pair connectUnregistered(ListenerChannel listener) throws IOException {
        StreamChannel client = stream();
        boolean connected = client.connect(addressOf(listener));
        if (!connected) {
            until("a connection on the loopback", client::finishConnect);
        }
        return new Pair(new End(client), new End(accept(listener)));
    }

    /** Accepts a connection that is on its way or waits already. The listener is not registered. */
    StreamChannel accept(ListenerChannel listener) throws IOException {
        var accepted = new ArrayList<StreamChannel>();
        until("a connection to accept", () -> {
            StreamChannel connection = listener.accept();
            return connection != null && accepted.add(own(connection));
        });
        return accepted.getFirst();
    }

    @Override
    public void close() {
        hub.close();
        opened.forEach(HubChannel::close);
    }

    interface Condition {
        boolean holds() throws IOException;
    }

    /** The two ends of a connection. */
    static final class Pair {

        final End client;
        final End server;

        Pair(End client, End server) {
            this.client = client;
            this.server = server;
        }

        void close() {
            client.channel.close();
            server.channel.close();
        }
    }

    /** A channel, and what its handler was told. */
    class Watched<C extends HubChannel> {

        final C channel;

        /** All that the handler was ever told. */
        int told;

        /** How often the handler was called. */
        int calls;

        private int fresh;

        Watched(C channel) {
            this.channel = channel;
        }

        Watched<C> register() throws IOException {
            channel.register(this::ready);
            return this;
        }

        private void ready(int ops) {
            calls++;
            told |= ops;
            fresh |= ops;
        }

        boolean toldOf(int ops) {
            return (told & ops) == ops;
        }

        /** Forgets what was told, before a try. */
        void expect(int op) {
            fresh &= ~op;
        }

        /** Waits for {@code op} to be told, having tried before. */
        void await(int op) throws IOException {
            channel.arm(op);
            until(Readiness.describe(op) + " of " + channel, () -> (fresh & (op | Readiness.ENDED)) != 0);
            expect(op | Readiness.ENDED);
        }
    }

    /** One end of a connection. Reads and writes as a loop's sockets do: tries first, waits second. */
    final class End extends Watched<StreamChannel> {

        private static final int LARGEST_PIECE = 64 * 1024;

        End(StreamChannel channel) {
            super(channel);
        }

        @Override
        End register() throws IOException {
            super.register();
            return this;
        }

        /** Reads something: a number of bytes, or -1. */
        int read(byte[] target) throws IOException {
            long start = System.nanoTime();
            while (System.nanoTime() - start < PATIENCE) {
                expect(Readiness.READ);
                int count = channel.read(target, 0, target.length);
                if (count != 0) {
                    return count;
                }
                await(Readiness.READ);
            }
            throw new AssertionError("READ is told again and again, and nothing is there: " + channel);
        }

        byte[] readFully(int length) throws IOException {
            var bytes = new byte[length];
            for (int got = 0; got < length;) {
                var piece = new byte[Math.min(LARGEST_PIECE, length - got)];
                int count = read(piece);
                if (count < 0) {
                    throw new AssertionError("the stream ended after " + got + " of " + length + " bytes");
                }
                System.arraycopy(piece, 0, bytes, got, count);
                got += count;
            }
            return bytes;
        }

        void writeFully(byte... bytes) throws IOException {
            for (int gone = 0; gone < bytes.length;) {
                expect(Readiness.WRITE);
                int count = channel.write(bytes, gone, bytes.length - gone);
                gone += count;
                if (count == 0) {
                    await(Readiness.WRITE);
                }
            }
        }

        /** Writes until nothing more goes; returns how much went. */
        int fill() throws IOException {
            var bytes = new byte[64 * 1024];
            int total = 0;
            for (int count = -1; count != 0; total += count) {
                count = channel.write(bytes, 0, bytes.length);
            }
            return total;
        }

        /** Makes the close that follows a reset. */
        void reset() throws IOException {
            channel.setOption(java.net.StandardSocketOptions.SO_LINGER, 0);
            channel.close();
        }
    }
}
