package dev.verdant.benchmarks.scale;

import dev.verdant.green.Green;
import dev.verdant.green.net.GreenSocket;
import dev.verdant.green.net.Net;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * What a message of a head and a mebibyte costs through a pair of sockets: gathered from two buffers, joined in one buffer first, and by an output stream;
 * and by a {@link SocketChannel} of the JDK's on virtual threads. Both ends are in this process, and its CPU time is that of both. Rounds take turns.
 */
public final class Messages {

    private static final int BODY = 1 << 20;
    private static final int HEAD = 12;
    private static final int COUNT = 600;

    private Messages() {}

    /**
     * Prints mebibytes a second and CPU time for each form, the medians of all rounds.
     *
     * @param args the number of rounds; 7 if there is none
     * @throws Exception if a connection cannot be made
     */
    public static void main(String[] args) throws Exception {
        int rounds = args.length == 0 ? 7 : Integer.parseInt(args[0]);
        List<Form> forms = List.of(new Form("green, gathered and scattered", () -> green(Messages::gather, true)),
                new Form("green, joined in one direct buffer", () -> green(Messages::join, false)),
                new Form("green, gathered from the heap", () -> green(Messages::gatherHeap, true)),
                new Form("green, output stream", () -> green(Messages::stream, false)),
                new Form("JDK channel, gathered and scattered", Messages::jdk));
        for (int round = 0; round <= rounds; round++) {
            for (Form form : forms) {
                form.measure(round > 0); // The first round warms up.
            }
        }
        forms.forEach(Form::print);
    }

    private static ByteBuffer direct(int size) {
        return ByteBuffer.allocateDirect(size);
    }

    // ---- green sockets

    private static void green(Writer writer, boolean scatters) throws Exception {
        Green.run(() -> {
            try (var listener = Net.listen(new InetSocketAddress("127.0.0.1", 0));
                    var client = Net.connect(listener.getLocalSocketAddress());
                    var server = listener.accept()) {
                var writing = Green.spawn(() -> writer.write(client));
                ByteBuffer[] targets = scatters
                        ? new ByteBuffer[]{direct(HEAD), direct(BODY)}
                        : new ByteBuffer[]{direct(HEAD + BODY)};
                ByteBuffer last = targets[targets.length - 1];
                for (int i = 0; i < COUNT; i++) {
                    for (ByteBuffer target : targets) {
                        target.clear();
                    }
                    while (last.hasRemaining()) {
                        if (server.read(targets) < 0) {
                            throw new IOException("ended early");
                        }
                    }
                }
                writing.await();
            }
        });
    }

    private static void gather(GreenSocket socket) throws IOException {
        gather(socket, direct(HEAD), direct(BODY));
    }

    private static void gatherHeap(GreenSocket socket) throws IOException {
        gather(socket, ByteBuffer.allocate(HEAD), ByteBuffer.allocate(BODY));
    }

    private static void gather(GreenSocket socket, ByteBuffer head, ByteBuffer body) throws IOException {
        for (int i = 0; i < COUNT; i++) {
            socket.writeFully(head.clear(), body.clear());
        }
    }

    private static void join(GreenSocket socket) throws IOException {
        ByteBuffer head = direct(HEAD);
        ByteBuffer body = direct(BODY);
        ByteBuffer joined = direct(HEAD + BODY);
        for (int i = 0; i < COUNT; i++) {
            socket.writeFully(joined.clear().put(head.clear()).put(body.clear()).flip());
        }
    }

    private static void stream(GreenSocket socket) throws IOException {
        OutputStream out = socket.getOutputStream();
        var head = new byte[HEAD];
        var body = new byte[BODY];
        for (int i = 0; i < COUNT; i++) {
            out.write(head);
            out.write(body);
        }
    }

    // ---- the JDK's

    private static void jdk() throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
                var listener = ServerSocketChannel.open().bind(new InetSocketAddress("127.0.0.1", 0));
                var client = SocketChannel.open(listener.getLocalAddress());
                var server = listener.accept()) {
            var writing = threads.submit(() -> {
                ByteBuffer[] sources = {direct(HEAD), direct(BODY)};
                for (int i = 0; i < COUNT; i++) {
                    for (ByteBuffer source : sources) {
                        source.clear();
                    }
                    while (sources[1].hasRemaining()) {
                        client.write(sources);
                    }
                }
                return null;
            });
            var reading = threads.submit(() -> {
                ByteBuffer[] targets = {direct(HEAD), direct(BODY)};
                for (int i = 0; i < COUNT; i++) {
                    for (ByteBuffer target : targets) {
                        target.clear();
                    }
                    while (targets[1].hasRemaining()) {
                        if (server.read(targets) < 0) {
                            throw new IOException("ended early");
                        }
                    }
                }
                return null;
            });
            writing.get();
            reading.get();
        }
    }

    /** The side that writes all messages. */
    private interface Writer {

        void write(GreenSocket socket) throws IOException;
    }

    /** One round. */
    private interface Round {

        void run() throws Exception;
    }

    /** One form, and what it took in each round. */
    private record Form(String name, Round round, List<Double> rates, List<Double> cpu) {

        Form(String name, Round round) {
            this(name, round, new ArrayList<>(), new ArrayList<>());
        }

        void measure(boolean counts) throws Exception {
            long cpuBefore = cpuNanos();
            long begin = System.nanoTime();
            round.run();
            long nanos = System.nanoTime() - begin;
            long used = cpuNanos() - cpuBefore;
            if (counts) {
                rates.add(COUNT * (double) (HEAD + BODY) / (1 << 20) / (nanos / 1e9));
                cpu.add(used / 1e3 / COUNT);
            }
        }

        private static long cpuNanos() {
            return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                    .getProcessCpuTime();
        }

        void print() {
            System.out.printf("%-36s %6.0f MiB/s, %5.0f us of CPU for a message%n", name, median(rates), median(cpu));
        }

        private static double median(List<Double> values) {
            double[] sorted = values.stream().mapToDouble(Double::doubleValue).toArray();
            Arrays.sort(sorted);
            return sorted[sorted.length / 2];
        }
    }
}
