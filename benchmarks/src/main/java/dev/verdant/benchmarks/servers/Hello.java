package dev.verdant.benchmarks.servers;

import dev.verdant.green.EventLoop;
import dev.verdant.green.EventLoopGroup;
import dev.verdant.green.Green;
import dev.verdant.green.LoopLocal;
import dev.verdant.green.net.GreenSocket;
import dev.verdant.green.net.Net;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.concurrent.ThreadFactory;

/**
 * The smallest server: read, answer {@code Hello, world!}, keep alive; no parsing. On Verdant, in green threads or in callbacks, or as a peer does it.
 *
 * <p>Run {@code ./verdant hello --port 8000 [--hub NAME] [--loops N | --form green|stream | --peer netty|jdk-virtual|jdk-platform]}.
 */
public final class Hello {

    static final byte[] ANSWER = "HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\nHello, world!"
            .getBytes(StandardCharsets.US_ASCII);
    static final int BACKLOG = 1024;
    static final int BUFFER = 4096;

    /** More than any measurement opens, for servers that let connections beyond a number wait. */
    static final int CONNECTIONS = 20_000;

    /**
     * Where requests go, one after the other, and are done with before their green thread waits again: nothing else of the loop runs in between. A buffer for each
     * connection would be as right, and would have the kernel write to colder memory.
     */
    private static final LoopLocal<ByteBuffer> REQUEST = new LoopLocal<>(() -> ByteBuffer.allocateDirect(BUFFER));

    private static final ByteBuffer ANSWERS = ByteBuffer.allocateDirect(ANSWER.length).put(ANSWER).flip();

    private Hello() {}

    /**
     * Serves until it is killed.
     *
     * @param args {@code --port PORT --loops N --peer PEER}
     * @throws Exception if it cannot listen
     */
    public static void main(String[] args) throws Exception {
        String port = "8000";
        String peer = "";
        String form = "";
        String loops = "1";
        for (int i = 0; i < args.length; i += 2) {
            if (i + 1 == args.length) {
                refuse(args[i] + " (expected: a value after it)");
            }
            switch (args[i]) {
                case "--port" -> port = args[i + 1];
                case "--peer" -> peer = args[i + 1];
                case "--form" -> form = args[i + 1];
                case "--loops" -> loops = args[i + 1];
                default -> refuse("unknown option: " + args[i] + " (expected: --port, --loops, --form, --peer)");
            }
        }
        if (!port.matches("\\d{1,5}") || Integer.parseInt(port) > 65_535) {
            refuse("--port: " + port + " (expected: 0 to 65535)");
        }
        if (!loops.matches("[1-9]\\d{0,2}")) {
            refuse("--loops: " + loops + " (expected: 1 to 999)");
        }
        if ((form.isEmpty() ? 0 : 1) + (peer.isEmpty() ? 0 : 1) + (loops.equals("1") ? 0 : 1) > 1) {
            refuse("expected: one of --loops, --form and --peer");
        }
        serve(new InetSocketAddress("127.0.0.1", Integer.parseInt(port)), form + peer, Integer.parseInt(loops));
    }

    private static void refuse(String why) {
        System.err.println(why);
        System.exit(2);
    }

    private static void serve(InetSocketAddress address, String how, int loops) throws Exception {
        switch (how) {
            case "", "green" -> verdant(address, loops);
            case "stream" -> HelloStream.serve(address);
            case "netty" -> HelloNetty.serve(address);
            case "jdk-virtual" -> jdk(address, Thread.ofVirtual().factory());
            case "jdk-platform" -> jdk(address, Thread.ofPlatform().factory());
            default ->
                refuse(how + " (expected: --form green or stream, or --peer netty, jdk-virtual or jdk-platform)");
        }
    }

    private static void verdant(InetSocketAddress address, int loops) throws Exception {
        if (loops == 1) {
            Green.run(() -> Net.serve(Net.listen(address, BACKLOG), Hello::talk, CONNECTIONS));
            return;
        }
        try (var group = EventLoopGroup.start(loops);
                var server = Net.listen(group, address, options -> options.backlog(BACKLOG))) {
            Net.serve(server, Hello::talk, CONNECTIONS);
        }
    }

    private static void talk(GreenSocket socket) throws IOException {
        socket.setTcpNoDelay(true);
        var request = REQUEST.get(Objects.requireNonNull(EventLoop.current()));
        var answer = ANSWERS.duplicate();
        while (socket.read(request.clear()) > 0) {
            socket.writeFully(answer.rewind());
        }
    }

    /** A thread a connection, on the JDK's own sockets. */
    private static void jdk(InetSocketAddress address, ThreadFactory threads) throws IOException, InterruptedException {
        InetAddress host = address.getAddress();
        try (var listener = new ServerSocket(address.getPort(), BACKLOG, host)) {
            // A virtual thread accepts too, so that one scheduler does everything where there are virtual threads.
            var acceptor = threads.newThread(() -> acceptAll(listener, threads));
            acceptor.start();
            acceptor.join();
        }
    }

    private static void acceptAll(ServerSocket listener, ThreadFactory threads) {
        try {
            while (true) {
                Socket socket = listener.accept();
                threads.newThread(() -> talk(socket)).start();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void talk(Socket socket) {
        try (socket) {
            socket.setTcpNoDelay(true);
            var in = socket.getInputStream();
            var out = socket.getOutputStream();
            byte[] request = new byte[BUFFER];
            while (in.read(request) > 0) {
                out.write(ANSWER);
            }
        } catch (IOException e) {
            // The peer is gone.
        }
    }
}
