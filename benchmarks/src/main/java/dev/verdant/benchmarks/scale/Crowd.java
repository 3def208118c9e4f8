package dev.verdant.benchmarks.scale;

import dev.verdant.green.Green;
import dev.verdant.green.GreenThread;
import dev.verdant.green.net.GreenServerSocket;
import dev.verdant.green.net.GreenSocket;
import dev.verdant.green.net.Net;
import dev.verdant.testkit.Schedule;
import dev.verdant.testkit.Simulation;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * More connections than this machine has descriptors for: on the simulated network, each with a green thread that reads at one end. Tells the heap that one takes, its two ends
 * together, and how long it takes to make one.
 */
public final class Crowd {

    /** As many as a host has ports for, with some to spare. */
    private static final int EACH_HOST = 20_000;

    private static final int SERVER_PORT = 7;

    private Crowd() {}

    /**
     * Prints {@code bytes N} and {@code nanos N}, for a connection.
     *
     * @param args how many connections
     * @throws Exception if one cannot be made
     */
    public static void main(String[] args) throws Exception {
        if (args.length != 1 || !args[0].matches("[1-9]\\d{0,7}")) {
            System.err.println("expected: how many connections");
            System.exit(2);
        }
        int count = Integer.parseInt(args[0]);
        Simulation simulation = Simulation.seed(1).schedule(Schedule.FIFO).deadline(Duration.ofHours(1));
        simulation.run(() -> gather(simulation, count));
    }

    private static void gather(Simulation simulation, int count) throws Exception {
        gather(simulation, Math.max(1, count / 100), "first"); // Which load the classes.
        long before = Heap.live();
        long begin = System.nanoTime();
        List<Object> held = gather(simulation, count, "client");
        long nanos = System.nanoTime() - begin;
        System.out.println("bytes " + (Heap.live() - before) / count);
        System.out.println("nanos " + nanos / count);
        if (held.size() != count) {
            throw new AssertionError(held.size() + " connections");
        }
        System.out.flush();
        Runtime.getRuntime().halt(0); // What would follow only takes the crowd apart, one by one.
    }

    /** Returns what keeps the connections open. */
    private static List<Object> gather(Simulation simulation, int count, String name) throws Exception {
        var held = new ArrayList<Object>(count);
        for (int from = 0; from < count; from += EACH_HOST) {
            String server = name + "-server-" + from;
            int some = Math.min(EACH_HOST, count - from);
            GreenThread<?> accepting = simulation.host(server).start(() -> accept(some));
            simulation.host(name + "-" + from).start(() -> connect(server, some, held)).await();
            accepting.await();
        }
        return held;
    }

    private static void accept(int count) throws Exception {
        try (GreenServerSocket listener = Net.listen(new InetSocketAddress(SERVER_PORT), 1_000)) {
            var shared = ByteBuffer.allocateDirect(16);
            for (int i = 0; i < count; i++) {
                GreenSocket socket = listener.accept();
                Green.spawnN(() -> {
                    try (socket) {
                        socket.read(shared);
                    }
                });
            }
            Green.sleep(); // So that each has begun to read.
        }
    }

    private static void connect(String server, int count, List<Object> held) throws Exception {
        for (int i = 0; i < count; i++) {
            held.add(Net.connect(new InetSocketAddress(server, SERVER_PORT)));
        }
    }
}
