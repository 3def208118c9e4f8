package dev.verdant.examples;

import dev.verdant.green.Green;
import dev.verdant.green.GreenThread;
import dev.verdant.green.net.GreenSocket;
import dev.verdant.green.net.Net;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.CountDownLatch;

/**
 * Opens many connections to an echo server, a green thread for each; once all stand, each sends random bytes and checks those that come back. What
 * they count they share without a lock.
 *
 * <p>Run {@code ./verdant connect-many --port 6000 --connections 5000} beside {@code ./verdant echo}.
 */
public final class ConnectMany {

    private static final int MOST_MESSAGES = 8;
    private static final int LONGEST_MESSAGE = 8 * 1024;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final SocketAddress server;
    private final int connections;
    private final long seed;

    /** Opens when every connection stands or has failed. */
    private final CountDownLatch everybody;

    private int opened;
    private int checked;
    private long bytes;
    private final List<String> mismatches = new ArrayList<>();

    ConnectMany(SocketAddress server, int connections, long seed) {
        this.server = server;
        this.connections = connections;
        this.seed = seed;
        this.everybody = new CountDownLatch(connections);
    }

    /**
     * Connects and checks.
     *
     * @param args {@code --port PORT --connections N}
     * @throws Exception if it is interrupted
     */
    public static void main(String[] args) throws Exception {
        var arguments = Arguments.parse(args, "port", "connections").withoutRest();
        var server = new InetSocketAddress("127.0.0.1", arguments.port(6000));
        var check = new ConnectMany(server, arguments.number("connections", 5000, 1, 1_000_000),
                new Random().nextLong());
        System.out.println("seed " + check.seed);
        Green.run(check::run);
        System.out.println(check);
        check.mismatches.stream().limit(10).forEach(System.err::println);
        System.exit(check.mismatches.isEmpty() ? 0 : 1);
    }

    /** Runs to the end of all connections. */
    void run() throws Exception {
        var random = new Random(seed);
        var clients = new ArrayList<GreenThread<?>>();
        for (int number = 1; number <= connections; number++) {
            var own = new Random(random.nextLong());
            clients.add(Green.spawn("client " + number, () -> talk(own)));
            if (number % 100 == 0) {
                Green.sleep(); // Lets them begin: a loop that nobody gives way on serves nobody.
            }
        }
        for (var client : clients) {
            client.await();
        }
    }

    private void talk(Random random) throws InterruptedException {
        try (var socket = connect()) {
            everybody.await(); // java.util.concurrent is green, all of it.
            for (int left = 1 + random.nextInt(MOST_MESSAGES); left > 0; left--) {
                exchange(socket, random);
            }
            checked++;
        } catch (IOException e) {
            differs(e.toString());
        }
    }

    private GreenSocket connect() throws IOException {
        try {
            var socket = Net.connect(server, PATIENCE);
            socket.setSoTimeout((int) PATIENCE.toMillis());
            opened++;
            return socket;
        } finally {
            everybody.countDown();
        }
    }

    private void exchange(GreenSocket socket, Random random) throws IOException {
        byte[] sent = new byte[1 + random.nextInt(LONGEST_MESSAGE)];
        random.nextBytes(sent);
        socket.sendAll(sent);
        byte[] got = socket.getInputStream().readNBytes(sent.length);
        bytes += got.length;
        int at = Arrays.mismatch(sent, got);
        if (at >= 0) {
            throw new IOException("byte " + at + " of " + sent.length + " differs; " + got.length + " came back");
        }
    }

    private void differs(String what) {
        mismatches.add(server + ", " + Green.current().name() + ": " + what);
    }

    int opened() {
        return opened;
    }

    long bytes() {
        return bytes;
    }

    List<String> mismatches() {
        return mismatches;
    }

    @Override
    public String toString() {
        return String.format(Locale.ROOT,
                "%,d connections open, %,d of %,d checked, %,d bytes came back, %d mismatches", opened, checked,
                connections, bytes, mismatches.size());
    }
}
