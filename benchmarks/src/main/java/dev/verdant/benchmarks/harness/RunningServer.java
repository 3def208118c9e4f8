package dev.verdant.benchmarks.harness;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** A server's process, which listens. */
public final class RunningServer implements AutoCloseable {

    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);
    private static final int PATIENCE_TO_KNOCK_MILLIS = 1000;
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private final Server server;
    private final int port;
    private final Process process;
    private final Path log;

    private RunningServer(Server server, int port, Process process, Path log) {
        this.server = server;
        this.port = port;
        this.process = process;
        this.log = log;
    }

    /**
     * Starts a server, and waits until it listens.
     *
     * @param server the server
     * @param first words to put before its command
     * @param folder where what it says goes
     * @return the process
     * @throws IOException if it does not listen in a minute; the message has the end of what it said
     */
    public static RunningServer start(Server server, List<String> first, Path folder) throws IOException {
        int port = Ports.free();
        Path log = folder.resolve(server.name() + ".log");
        var command = new ArrayList<>(first);
        command.addAll(server.command().apply(port));
        var process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile())
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile())).start();
        var running = new RunningServer(server, port, process, log);
        try {
            running.awaitListening();
            return running;
        } catch (IOException e) {
            running.close();
            throw e;
        }
    }

    private void awaitListening() throws IOException {
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        while (true) {
            try {
                knock();
                return;
            } catch (IOException e) {
                if (!process.isAlive() || System.nanoTime() > deadline) {
                    throw new IOException("does not listen: " + lastWords(), e);
                }
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        }
    }

    private void knock() throws IOException {
        var address = new InetSocketAddress(InetAddress.getByName("127.0.0.1"), port);
        if (!server.datagrams()) {
            try (var socket = new Socket()) {
                socket.connect(address, PATIENCE_TO_KNOCK_MILLIS);
            }
            return;
        }
        try (var socket = new DatagramSocket()) {
            socket.connect(address);
            socket.setSoTimeout(PATIENCE_TO_KNOCK_MILLIS);
            var message = new DatagramPacket(new byte[1], 1);
            socket.send(message);
            socket.receive(message);
        }
    }

    private String lastWords() {
        try {
            List<String> lines = Files.readAllLines(log, StandardCharsets.ISO_8859_1).stream()
                    .filter(line -> !line.isBlank()).toList();
            return lines.isEmpty() ? "it says nothing" : lines.getLast();
        } catch (IOException e) {
            return e.toString();
        }
    }

    /**
     * Returns what runs.
     *
     * @return the server
     */
    public Server server() {
        return server;
    }

    /**
     * Returns where it listens.
     *
     * @return the port, of 127.0.0.1
     */
    public int port() {
        return port;
    }

    /**
     * Tells whether it still runs.
     *
     * @return false if the process has ended
     */
    public boolean isAlive() {
        return process.isAlive();
    }

    /**
     * Returns its processes: its own and all that it has started.
     *
     * @return at least one
     */
    public List<ProcessHandle> family() {
        var family = new ArrayList<>(List.of(process.toHandle()));
        process.descendants().forEach(family::add);
        return family;
    }

    /**
     * Returns the process that serves: its own, or the last that it has started.
     *
     * @return the process's number
     */
    public long servingPid() {
        return family().stream().skip(1).max(Comparator.comparingLong(ProcessHandle::pid)).map(ProcessHandle::pid)
                .orElse(process.pid());
    }

    /** Kills it, and all that it has started. */
    @Override
    public void close() {
        family().reversed().forEach(ProcessHandle::destroyForcibly);
        try {
            process.waitFor(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
