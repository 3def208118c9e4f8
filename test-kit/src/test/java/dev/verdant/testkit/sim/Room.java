package dev.verdant.testkit.sim;

import dev.verdant.hub.DatagramChannel;
import dev.verdant.hub.Hub;
import dev.verdant.hub.HubChannel;
import dev.verdant.hub.ListenerChannel;
import dev.verdant.hub.Readiness;
import dev.verdant.hub.SocketDomain;
import dev.verdant.hub.StreamChannel;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** A world with one hub that is driven by hand, and two hosts. */
final class Room implements AutoCloseable {

    static final long MILLI = 1_000_000;
    static final long SECOND = 1000 * MILLI;

    /** So many polls without success, and something is wrong. */
    private static final int PATIENCE = 100_000;

    final World world;
    final Hub hub;
    final SimHost a;
    final SimHost b;

    private final List<HubChannel> opened = new ArrayList<>();

    Room(long seed) {
        world = new World(seed);
        hub = world.provider().open();
        a = world.host("a");
        b = world.host("b");
    }

    static Duration millis(long millis) {
        return Duration.ofMillis(millis);
    }

    /** Polls, a millisecond at a time, until something holds. */
    void until(Condition condition) throws IOException {
        for (int i = 0; !condition.holds(); i++) {
            if (i == PATIENCE) {
                throw new AssertionError("never came, until " + world.nanoTime() + " ns");
            }
            hub.poll(MILLI);
        }
    }

    /** Polls for so long, whatever comes. */
    void pass(Duration time) {
        long end = world.nanoTime() + time.toNanos();
        while (world.nanoTime() < end) {
            hub.poll(end - world.nanoTime());
        }
    }

    <C extends HubChannel> C own(C channel) {
        opened.add(channel);
        return channel;
    }

    ListenerChannel listen(SimHost at, int backlog) throws Exception {
        return own(at.call(() -> {
            ListenerChannel listener = hub.openListener(SocketDomain.INTERNET);
            listener.bind(new InetSocketAddress(0), backlog);
            return listener;
        }));
    }

    static InetSocketAddress reach(SimHost host, HubChannel bound) throws IOException {
        var local = (InetSocketAddress) Objects.requireNonNull(bound.localAddress());
        return new InetSocketAddress(host.address(), local.getPort());
    }

    StreamChannel stream(SimHost at) throws Exception {
        return own(at.call(() -> hub.openStream(SocketDomain.INTERNET)));
    }

    DatagramChannel datagram(SimHost at) throws Exception {
        return own(at.call(() -> {
            DatagramChannel channel = hub.openDatagram(SocketDomain.INTERNET);
            channel.bind(new InetSocketAddress(0));
            return channel;
        }));
    }

    /** A connection from {@link #a} to {@link #b}. */
    Pair connect() throws Exception {
        ListenerChannel listener = listen(b, 10);
        StreamChannel client = stream(a);
        if (!client.connect(reach(b, listener))) {
            until(client::finishConnect);
        }
        var accepted = new ArrayList<StreamChannel>();
        until(() -> {
            StreamChannel one = listener.accept();
            return one != null && accepted.add(own(one));
        });
        listener.close();
        return new Pair(client, accepted.getFirst());
    }

    static void write(StreamChannel to, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        if (to.write(bytes, 0, bytes.length) != bytes.length) {
            throw new AssertionError("no room for " + text);
        }
    }

    /** Reads so many bytes. */
    String read(StreamChannel from, int length) throws IOException {
        ByteBuffer target = ByteBuffer.allocate(length);
        until(() -> {
            if (target.hasRemaining() && from.read(target) < 0) {
                throw new AssertionError("the stream has ended after " + target.position());
            }
            return !target.hasRemaining();
        });
        return new String(target.array(), StandardCharsets.US_ASCII);
    }

    /** Reads what is there. */
    static String readNow(StreamChannel from) throws IOException {
        var bytes = new byte[100_000];
        int count = from.read(bytes, 0, bytes.length);
        return count < 0 ? "END" : new String(bytes, 0, count, StandardCharsets.US_ASCII);
    }

    void send(DatagramChannel from, SocketAddress to, int length) throws IOException {
        if (!from.send(ByteBuffer.allocate(length), to)) {
            throw new AssertionError("no room");
        }
    }

    /** The lengths of the messages that are there. */
    static List<Integer> receiveNow(DatagramChannel at) throws IOException {
        List<Integer> lengths = new ArrayList<>();
        ByteBuffer target = ByteBuffer.allocate(2000);
        while (at.receive(target) != null) {
            lengths.add(target.position());
            target.clear();
        }
        return lengths;
    }

    @Override
    public void close() {
        hub.close();
        opened.forEach(HubChannel::close);
    }

    interface Condition {
        boolean holds() throws IOException;
    }

    /** Both ends of a connection. */
    record Pair(StreamChannel client, StreamChannel server) {

        /** Counts the calls of a handler for READ. */
        static int[] countNews(StreamChannel channel) throws IOException {
            int[] news = {0};
            channel.register(ops -> news[0] += ops & Readiness.READ);
            return news;
        }
    }
}
