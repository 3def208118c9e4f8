package dev.verdant.benchmarks.scale;

import com.sun.management.OperatingSystemMXBean;
import dev.verdant.green.EventLoop;
import dev.verdant.green.Green;
import dev.verdant.green.GreenThread;
import dev.verdant.green.patch.Patch;
import dev.verdant.green.patch.Patcher;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;

/**
 * What patching does to code that knows {@link Socket} only: clients and servers of 64 connections, in green threads of one loop, which ask and answer by streams, on patched sockets and on the JDK's
 * own, in turns in one process. The CPU of the whole process for a request, which counts the JDK's poller threads too.
 *
 * <p>Run with the number of rounds, 15 if there is none.
 */
public final class PatchedSockets {

    private static final int CONNECTIONS = 64;
    private static final int REQUESTS = 1_000;
    private static final int REQUEST = 64;
    private static final int RESPONSE = 512;
    private static final int WARM_UP = 5;

    private static final OperatingSystemMXBean SYSTEM = ManagementFactory
            .getPlatformMXBean(OperatingSystemMXBean.class);

    private PatchedSockets() {}

    /**
     * Measures, and prints a line a round and the ratios at the end.
     *
     * @param args the number of rounds
     * @throws Exception if something fails
     */
    public static void main(String[] args) throws Exception {
        Patcher.monkeyPatch(Patch.SOCKET);
        int rounds = args.length > 0 ? Integer.parseInt(args[0]) : 15;
        double[] ratios = new double[rounds];
        try (var loop = EventLoop.start()) {
            for (int round = -WARM_UP; round < rounds; round++) {
                boolean patchedFirst = round % 2 == 0;
                double first = measure(loop, patchedFirst);
                double second = measure(loop, !patchedFirst);
                double patched = patchedFirst ? first : second;
                double jdks = patchedFirst ? second : first;
                if (round >= 0) {
                    ratios[round] = patched / jdks;
                    System.out.printf(Locale.ROOT, "patched %.2f us, the JDK's %.2f us of CPU for a request: %.2f%n",
                            patched, jdks, ratios[round]);
                }
            }
        }
        Arrays.sort(ratios);
        System.out.printf(Locale.ROOT, "median %.2f (%.2f to %.2f)%n", ratios[rounds / 2], ratios[0],
                ratios[rounds - 1]);
    }

    private static double measure(EventLoop loop, boolean patched) throws Exception {
        Callable<List<Socket[]>> connect = PatchedSockets::connect;
        return loop.spawn(() -> {
            List<Socket[]> pairs = patched ? connect.call() : Patcher.original(connect);
            long before = SYSTEM.getProcessCpuTime();
            var all = new ArrayList<GreenThread<?>>();
            for (Socket[] pair : pairs) {
                all.add(Green.spawn(() -> ask(pair[0])));
                all.add(Green.spawn(() -> answer(pair[1])));
            }
            for (GreenThread<?> each : all) {
                each.await();
            }
            long spent = SYSTEM.getProcessCpuTime() - before;
            return spent / 1e3 / CONNECTIONS / REQUESTS;
        }).await();
    }

    private static List<Socket[]> connect() throws IOException {
        var pairs = new ArrayList<Socket[]>();
        try (var listener = new ServerSocket(0, CONNECTIONS, InetAddress.getLoopbackAddress())) {
            for (int i = 0; i < CONNECTIONS; i++) {
                var client = new Socket(listener.getInetAddress(), listener.getLocalPort());
                var server = listener.accept();
                client.setTcpNoDelay(true);
                server.setTcpNoDelay(true);
                pairs.add(new Socket[]{client, server});
            }
        }
        return pairs;
    }

    private static void ask(Socket socket) throws IOException {
        try (socket) {
            var in = socket.getInputStream();
            var out = socket.getOutputStream();
            byte[] request = new byte[REQUEST];
            byte[] response = new byte[RESPONSE];
            for (int i = 0; i < REQUESTS; i++) {
                out.write(request);
                if (in.readNBytes(response, 0, RESPONSE) != RESPONSE) {
                    throw new IOException("no answer");
                }
            }
        }
    }

    private static void answer(Socket socket) throws IOException {
        try (socket) {
            var in = socket.getInputStream();
            var out = socket.getOutputStream();
            byte[] request = new byte[REQUEST];
            byte[] response = new byte[RESPONSE];
            while (in.readNBytes(request, 0, REQUEST) == REQUEST) {
                out.write(response);
            }
        }
    }
}
