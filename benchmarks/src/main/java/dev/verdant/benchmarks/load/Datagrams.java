package dev.verdant.benchmarks.load;

import dev.verdant.hub.DatagramChannel;
import dev.verdant.hub.Hub;
import dev.verdant.hub.Readiness;
import dev.verdant.hub.ReadinessHandler;
import dev.verdant.hub.SocketDomain;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * Clients that each keep a few messages of 64 bytes under way to a server that sends them back, and send the next for each that returns. What does not
 * return is an error.
 */
final class Datagrams implements Load {

    private static final int SIZE = 64;
    private static final int MOST_UNDER_WAY = 64;
    private static final long LONGEST_NANOS = TimeUnit.MINUTES.toNanos(10);

    /** A client that has heard nothing for so long takes what it has sent for lost. */
    private static final long LOST_NANOS = TimeUnit.MILLISECONDS.toNanos(300);

    private final Hub hub;
    private final InetSocketAddress server;
    private final int count;
    private final int window;
    private final long duration;
    private final Histogram latencies = new Histogram(LONGEST_NANOS, 3);
    private final ByteBuffer message = ByteBuffer.allocateDirect(SIZE);
    private final List<Client> clients = new ArrayList<>();
    private long end;
    private long errors;
    private @Nullable IOException firstError;

    Datagrams(Hub hub, InetSocketAddress server, int clients, int window, long durationNanos) {
        if (clients < 1 || window < 1 || window > MOST_UNDER_WAY) {
            throw new IllegalArgumentException("clients: " + clients + ", window: " + window
                    + " (expected: at least 1, and at most " + MOST_UNDER_WAY + " messages under way)");
        }
        this.hub = hub;
        this.server = server;
        this.count = clients;
        this.window = window;
        this.duration = durationNanos;
    }

    private void error(int number, String what) {
        errors += number;
        if (firstError == null) {
            firstError = new IOException(what);
        }
    }

    @Override
    public void open() throws IOException {
        for (int i = 0; i < count; i++) {
            clients.add(new Client(i));
        }
    }

    @Override
    public Figures run() throws IOException {
        long begin = System.nanoTime();
        end = begin + duration;
        for (Client client : clients) {
            client.begin();
        }
        long now = begin;
        while (now < end || clients.stream().anyMatch(client -> client.underWay > 0)) {
            hub.poll(-1);
            now = System.nanoTime();
            for (Client client : clients) {
                client.lookForLosses(now);
            }
        }
        return Figures.of(latencies, now - begin, errors, 0, 0, firstError);
    }

    @Override
    public void close() {
        for (Client client : clients) {
            client.channel.close();
        }
    }

    private final class Client implements ReadinessHandler {

        private final int number;
        private final DatagramChannel channel;
        private final long[] sent = new long[MOST_UNDER_WAY];
        private long next;
        private long heard;
        private int underWay;

        /** The first message that is not taken for lost. */
        private long valid;

        Client(int number) throws IOException {
            this.number = number;
            this.channel = hub.openDatagram(SocketDomain.INTERNET);
            channel.connect(server);
            channel.register(this);
            channel.arm(Readiness.READ);
        }

        void begin() throws IOException {
            heard = System.nanoTime();
            while (underWay < window) {
                send(heard);
            }
        }

        private void send(long now) throws IOException {
            message.clear().putInt(number).putLong(next);
            message.clear();
            if (!channel.send(message, null)) {
                throw new IOException("a message was not taken");
            }
            sent[(int) (next % MOST_UNDER_WAY)] = now;
            next++;
            underWay++;
        }

        @Override
        public void ready(int ops) {
            try {
                while (channel.receive(message.clear()) != null) {
                    returned(message.flip());
                }
                channel.arm(Readiness.READ);
            } catch (IOException e) {
                error(1, String.valueOf(e.getMessage()));
            }
        }

        private void returned(ByteBuffer back) throws IOException {
            long now = System.nanoTime();
            heard = now;
            if (back.remaining() != SIZE || back.getInt(0) != number || back.getLong(4) >= next) {
                error(1, "not a message that was sent");
                return;
            }
            long which = back.getLong(4);
            if (which < valid) {
                return; // It was late, and counted as lost.
            }
            latencies.recordValue(Math.clamp(now - sent[(int) (which % MOST_UNDER_WAY)], 0, LONGEST_NANOS));
            underWay--;
            if (now < end) {
                send(now);
            }
        }

        void lookForLosses(long now) throws IOException {
            if (underWay > 0 && now - heard > LOST_NANOS) {
                error(underWay, "messages were lost");
                underWay = 0;
                valid = next;
                if (now < end) {
                    begin();
                }
            }
        }
    }
}
