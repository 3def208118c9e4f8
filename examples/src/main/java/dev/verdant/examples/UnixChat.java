package dev.verdant.examples;

import dev.verdant.green.Green;
import dev.verdant.green.net.GreenServerSocket;
import dev.verdant.green.net.GreenSocket;
import dev.verdant.green.net.Net;
import dev.verdant.green.sync.GreenSemaphore;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.BindException;
import java.net.ConnectException;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.function.Consumer;
import jdk.net.ExtendedSocketOptions;

/**
 * The chat of {@link TelnetChat} for those on one machine, over a Unix-domain socket: a path instead of a port, the rights of its folder instead of a
 * password, and names that nobody can make up, because the operating system tells who is at the other end. Reading what somebody types
 * holds a thread, which must not be the loop's: a native thread does it and hands the lines over in a queue.
 *
 * <p>Run {@code ./verdant unix-chat /tmp/chat}, and {@code ./verdant unix-chat --join /tmp/chat} twice.
 */
public final class UnixChat {

    /** Whoever types more than these ahead of the connection waits. */
    private static final int MOST_WAITING = 100;

    private final TelnetChat chat = new TelnetChat();
    private final GreenSemaphore door = new GreenSemaphore(1);
    private int participants;

    UnixChat() {}

    /**
     * Runs the server, or a participant, until the server or the input ends.
     *
     * @param args {@code PATH} or {@code --join PATH}
     * @throws Exception if it cannot listen or connect
     */
    public static void main(String[] args) throws Exception {
        var arguments = Arguments.parse(args, "join");
        String joined = arguments.text("join", "");
        if (!joined.isEmpty()) {
            UnixDomainSocketAddress server = address(joined);
            arguments.withoutRest();
            Green.run(() -> participate(server, typed(System.in), System.out::println));
            return;
        }
        List<String> rest = arguments.rest();
        if (rest.size() != 1) {
            throw Arguments.refuse(rest + " (expected: PATH, or --join PATH)");
        }
        UnixDomainSocketAddress at = address(rest.getFirst());
        Green.run(() -> {
            var chat = new UnixChat();
            GreenServerSocket listener = listen(at);
            at.getPath().toFile().deleteOnExit(); // A close leaves the file, as with every Unix-domain socket.
            Listening.report(listener, "unix-chat");
            Net.serve(listener, chat::join);
        });
    }

    private static UnixDomainSocketAddress address(String path) {
        try {
            return UnixDomainSocketAddress.of(path);
        } catch (InvalidPathException e) {
            throw Arguments.refuse(path + " (expected: a path): " + e.getMessage());
        }
    }

    // ---- the server

    /** Listens. A file that a server has left behind which was killed goes; one at which somebody listens stays. */
    static GreenServerSocket listen(UnixDomainSocketAddress at) throws IOException {
        try {
            return Net.listen(at);
        } catch (BindException e) {
            if (!isLeftBehind(at)) {
                throw e;
            }
            Files.delete(at.getPath());
            return Net.listen(at);
        }
    }

    private static boolean isLeftBehind(UnixDomainSocketAddress at) throws IOException {
        if (!Files.exists(at.getPath(), LinkOption.NOFOLLOW_LINKS)) {
            return false; // The folder refuses us.
        }
        if (!Files.readAttributes(at.getPath(), BasicFileAttributes.class).isOther()) {
            return false; // Somebody's file, which would refuse a connect as well.
        }
        try (var _ = Net.connect(at)) {
            return false;
        } catch (ConnectException e) {
            return true;
        }
    }

    /** Talks to one participant, until he leaves. */
    void join(GreenSocket socket) throws IOException, InterruptedException {
        String name;
        door.acquire(); // Asking the operating system for a name may wait, and who came first is to be in first.
        try {
            participants++;
            name = user(socket) + "/" + participants;
        } finally {
            door.release();
        }
        chat.join(socket, name);
    }

    /** Who it is, as far as the hub and the operating system tell. */
    private static String user(GreenSocket socket) throws IOException {
        var credentials = ExtendedSocketOptions.SO_PEERCRED;
        return socket.supportedOptions().contains(credentials)
                ? socket.getOption(credentials).user().getName()
                : "somebody";
    }

    // ---- a participant

    /** Reads lines on a thread that may wait for them. The last is empty. */
    static BlockingQueue<Optional<String>> typed(InputStream input) {
        var lines = new ArrayBlockingQueue<Optional<String>>(MOST_WAITING);
        Thread.ofPlatform().daemon().name("standard-input").start(() -> read(input, lines));
        return lines;
    }

    private static void read(InputStream input, BlockingQueue<Optional<String>> lines) {
        var reader = new BufferedReader(new InputStreamReader(input, Charset.defaultCharset()));
        try {
            try {
                for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                    lines.put(Optional.of(line));
                }
            } catch (IOException e) {
                System.err.println(e); // Nothing more can be read, so it is the end.
            }
            lines.put(Optional.empty());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Sends what is typed, and shows what the others say, until the server ends or nothing more is typed. */
    static void participate(UnixDomainSocketAddress server, BlockingQueue<Optional<String>> typed,
            Consumer<String> out) throws IOException {
        try (var socket = Net.connect(server)) {
            var sender = Green.spawn(() -> send(typed, socket));
            try {
                var lines = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    out.accept(line);
                }
            } finally {
                sender.kill();
            }
        }
    }

    private static void send(BlockingQueue<Optional<String>> typed, GreenSocket socket)
            throws IOException, InterruptedException {
        for (var line = typed.take(); line.isPresent(); line = typed.take()) {
            socket.sendAll((line.get() + "\n").getBytes(StandardCharsets.UTF_8));
        }
        socket.shutdownOutput(); // The server lets him go, which is the end of the lines above.
    }
}
