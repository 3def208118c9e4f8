package dev.verdant.benchmarks.scale;

import dev.verdant.green.EventLoop;
import dev.verdant.green.Green;
import dev.verdant.green.GreenThread;
import dev.verdant.green.net.GreenServerSocket;
import dev.verdant.green.net.GreenSocket;
import dev.verdant.green.net.Net;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * How long exchanges on 90 connections take on a loop that has 9,000 idle ones besides, and without these. The clients are on a loop of their own;
 * rounds with and without idle connections take turns.
 */
public final class Idle {

    private static final int IDLE = 9_000;
    private static final int ACTIVE = 90;
    private static final int EXCHANGES = 300;
    private static final Duration PAUSE = Duration.ofMillis(10);

    private Idle() {}

    /**
     * Prints the 50th and 99th percentile of each round, and the medians of their ratios.
     *
     * @param args the number of rounds; 11 if there is none
     * @throws Exception if a connection cannot be made
     */
    public static void main(String[] args) throws Exception {
        int rounds = args.length == 0 ? 11 : Integer.parseInt(args[0]);
        try (var server = EventLoop.start(options -> options.name("server"))) {
            GreenServerSocket listener = server
                    .spawn(() -> Net.listen(new InetSocketAddress("127.0.0.1", 0), 4096)).await();
            GreenThread<?> serving = server.spawn(() -> Net.serve(listener, Idle::echo, IDLE + 2 * ACTIVE));
            SocketAddress address = Objects.requireNonNull(listener.getLocalSocketAddress());
            Green.run(() -> measure(address, rounds));
            listener.close();
            serving.await();
        }
    }

    private static void echo(GreenSocket socket) throws IOException {
        var buffer = ByteBuffer.allocateDirect(16);
        while (socket.read(buffer.clear()) > 0) {
            socket.writeFully(buffer.flip());
        }
    }

    private static void measure(SocketAddress server, int rounds) throws Exception {
        exchange(server); // The first round warms up.
        var ratios = new double[rounds];
        var differences = new double[rounds];
        for (int round = 0; round < rounds; round++) {
            long[] alone = exchange(server);
            List<GreenSocket> idle = connect(server, IDLE);
            long[] among = exchange(server);
            for (GreenSocket each : idle) {
                each.close();
            }
            ratios[round] = (double) percentile(among, 99) / percentile(alone, 99);
            differences[round] = (percentile(among, 99) - percentile(alone, 99)) / 1e6;
            System.out.printf("alone p50 %.3f ms p99 %.3f ms, among idle ones p50 %.3f ms p99 %.3f ms%n",
                    percentile(alone, 50) / 1e6, percentile(alone, 99) / 1e6, percentile(among, 50) / 1e6,
                    percentile(among, 99) / 1e6);
        }
        Arrays.sort(ratios);
        Arrays.sort(differences);
        System.out.printf("medians of %d rounds, p99: ratio %.2f (%.2f-%.2f), difference %.3f ms%n", rounds,
                ratios[rounds / 2], ratios[0], ratios[rounds - 1], differences[rounds / 2]);
    }

    private static List<GreenSocket> connect(SocketAddress server, int count) throws IOException {
        var sockets = new ArrayList<GreenSocket>(count);
        for (int i = 0; i < count; i++) {
            sockets.add(Net.connect(server));
        }
        return sockets;
    }

    /** Returns how long each exchange took, in nanoseconds, sorted. */
    private static long[] exchange(SocketAddress server) throws Exception {
        var times = new long[ACTIVE * EXCHANGES];
        var clients = new ArrayList<GreenThread<?>>();
        for (int i = 0; i < ACTIVE; i++) {
            int number = i;
            clients.add(Green.spawn(() -> exchange(server, times, number * EXCHANGES)));
        }
        for (GreenThread<?> client : clients) {
            client.await();
        }
        Arrays.sort(times);
        return times;
    }

    private static void exchange(SocketAddress server, long[] times, int from) throws IOException {
        var buffer = ByteBuffer.allocateDirect(16);
        try (var socket = Net.connect(server)) {
            for (int i = 0; i < EXCHANGES; i++) {
                Green.sleep(PAUSE);
                long begin = System.nanoTime();
                socket.writeFully(buffer.clear());
                for (buffer.clear(); buffer.hasRemaining();) {
                    if (socket.read(buffer) < 0) {
                        throw new IOException("the server has closed the connection");
                    }
                }
                times[from + i] = System.nanoTime() - begin;
            }
        }
    }

    private static long percentile(long[] sorted, int percent) {
        return sorted[(int) ((long) sorted.length * percent / 100)];
    }
}
