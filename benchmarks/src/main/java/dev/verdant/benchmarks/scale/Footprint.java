package dev.verdant.benchmarks.scale;

import dev.verdant.green.Green;
import dev.verdant.green.GreenThread;
import dev.verdant.green.net.Net;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;

/** How much heap a parked green thread takes, and an idle connection. */
public final class Footprint {

    private static final int THREADS = 100_000;
    private static final int CONNECTIONS = 8_000;

    private Footprint() {}

    /**
     * Prints both.
     *
     * @param args none
     * @throws Exception if a connection cannot be made
     */
    public static void main(String[] args) throws Exception {
        Green.run(() -> {
            for (int round = 0; round < 2; round++) {
                System.out.println("a parked green thread: " + parkedThread() + " bytes");
                System.out.println("an idle connection and its green thread: " + idleConnection() + " bytes");
            }
        });
    }

    private static long parkedThread() {
        long before = Heap.live();
        var threads = new ArrayList<GreenThread<?>>(THREADS);
        for (int i = 0; i < THREADS; i++) {
            threads.add(Green.spawn(() -> Green.sleep(null)));
        }
        Green.sleep();
        long each = (Heap.live() - before) / THREADS;
        for (var thread : threads) {
            thread.kill();
        }
        Green.sleep();
        return each;
    }

    /** An accepted socket with a green thread that reads; and, counted in, the JDK socket at the other end. */
    private static long idleConnection() throws Exception {
        var listener = Net.listen(new InetSocketAddress("127.0.0.1", 0), 4096);
        var clients = new Socket[CONNECTIONS];
        var shared = ByteBuffer.allocateDirect(1);
        long before = Heap.live();
        var acceptor = Green.spawn(() -> {
            for (int i = 0; i < CONNECTIONS; i++) {
                var socket = listener.accept();
                Green.spawnN(() -> {
                    try (socket) {
                        socket.read(shared.duplicate());
                    }
                });
            }
        });
        var connector = Thread.ofPlatform().start(() -> connectAll(clients, listener.getLocalPort()));
        acceptor.await();
        connector.join();
        Green.sleep(Duration.ofMillis(100));
        long all = Heap.live() - before;
        for (var client : clients) {
            client.close();
        }
        Green.sleep(Duration.ofMillis(500));
        Arrays.fill(clients, null);
        listener.close();
        return all / CONNECTIONS;
    }

    private static void connectAll(Socket[] clients, int port) {
        try {
            for (int i = 0; i < clients.length; i++) {
                clients[i] = new Socket("127.0.0.1", port);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
