package dev.verdant.examples;

import dev.verdant.green.Green;
import dev.verdant.green.net.GreenSocket;
import dev.verdant.green.net.Net;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * A chat: what one types, the others see. Two green threads a participant, one that reads and one that writes what waits in a queue; the queues are
 * shared by all and need no lock, because green threads change hands only where they wait.
 *
 * <p>Run {@code ./verdant chat --port 3001}, and {@code telnet 127.0.0.1 3001} twice.
 */
public final class TelnetChat {

    /** Whoever reads so slowly that more than these wait for him misses some. */
    private static final int MOST_WAITING = 1000;

    private final Set<BlockingQueue<String>> mailboxes = new HashSet<>();

    TelnetChat() {}

    /**
     * Runs the server.
     *
     * @param args {@code --port PORT}
     * @throws Exception if it cannot listen
     */
    public static void main(String[] args) throws Exception {
        int port = Arguments.parse(args, "port").withoutRest().port(3001);
        var chat = new TelnetChat();
        Green.run(() -> Net.serve(Listening.on(port, "chat"), chat::join));
    }

    /** Talks to one participant, until he leaves. */
    void join(GreenSocket socket) throws IOException {
        join(socket, Integer.toString(socket.getPort()));
    }

    /** Talks to one participant of that name. */
    void join(GreenSocket socket, String name) throws IOException {
        var mailbox = new LinkedBlockingQueue<String>(MOST_WAITING); // java.util.concurrent is green, all of it.
        var writer = Green.spawn(() -> deliver(mailbox, socket));
        mailboxes.add(mailbox);
        try {
            var lines = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                tellOthers(mailbox, name + ": " + line + "\r\n");
            }
        } finally {
            mailboxes.remove(mailbox);
            writer.kill();
        }
    }

    private void tellOthers(BlockingQueue<String> own, String message) {
        for (var mailbox : mailboxes) {
            if (mailbox != own) {
                mailbox.offer(message);
            }
        }
    }

    private static void deliver(BlockingQueue<String> mailbox, GreenSocket socket)
            throws InterruptedException, IOException {
        try {
            while (true) {
                socket.sendAll(mailbox.take().getBytes(StandardCharsets.UTF_8));
            }
        } catch (IOException e) {
            socket.close(); // The reader finds out, and leaves.
        }
    }
}
