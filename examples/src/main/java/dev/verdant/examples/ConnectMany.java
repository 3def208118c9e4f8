package dev.verdant.examples;

import dev.verdant.green.Green;
import dev.verdant.green.GreenThread;
import dev.verdant.green.net.Net;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CountDownLatch;

/**
 * Opens many connections to an echo server, all at once, and checks every byte that comes back: a green thread for each.
 *
 * <p>Run {@code ./verdant connect-many --port 6000 --connections 5000} beside {@code ./verdant echo}.
 */
public final class ConnectMany {

    private static final int LARGEST_MESSAGE = 8 * 1024;

    private ConnectMany() {}

    /** What was checked. */
    record Result(int connections, long bytes, int mismatches) {}

    /**
     * Connects and checks.
     *
     * @param args {@code --port PORT --connections N}
     * @throws Exception if a connection breaks
     */
    public static void main(String[] args) throws Exception {
        var arguments = Arguments.parse(args, "port", "connections");
        var server = new InetSocketAddress("127.0.0.1", arguments.number("port", 6000));
        long seed = new Random().nextLong();
        System.out.println("seed " + seed);
        var result = Green.call(() -> check(server, arguments.number("connections", 5000), seed));
        System.out.println(result);
        System.exit(result.mismatches() == 0 ? 0 : 1);
    }

    /** Opens the connections, and only when all stand sends and checks. On a loop. */
    static Result check(SocketAddress server, int connections, long seed) throws Exception {
        var allConnected = new CountDownLatch(connections);
        var clients = new ArrayList<GreenThread<Long>>();
        for (int i = 0; i < connections; i++) {
            long own = seed + i;
            clients.add(Green.spawn(() -> exchange(server, new Random(own), allConnected)));
        }
        long bytes = 0;
        int mismatches = 0;
        for (var client : clients) {
            long checked = client.await();
            bytes += Math.abs(checked);
            mismatches += checked < 0 ? 1 : 0;
        }
        return new Result(connections, bytes, mismatches);
    }

    /** Returns how many bytes came back as they were sent; negative if any differed. */
    private static long exchange(SocketAddress server, Random random, CountDownLatch allConnected)
            throws IOException, InterruptedException {
        try (var socket = Net.connect(server)) {
            allConnected.countDown();
            allConnected.await(); // java.util.concurrent is green, too.
            byte[] sent = new byte[1 + random.nextInt(LARGEST_MESSAGE)];
            random.nextBytes(sent);
            socket.writeFully(ByteBuffer.wrap(sent));
            byte[] got = socket.getInputStream().readNBytes(sent.length);
            return Arrays.equals(sent, got) ? sent.length : -sent.length;
        }
    }
}
