package dev.verdant.examples;

import dev.verdant.green.Green;
import dev.verdant.green.net.GreenSocket;
import dev.verdant.green.net.Net;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * A chat: what one types, the others see. The set of participants is shared by all green threads and needs no lock, because they change hands only
 * where they wait.
 *
 * <p>Run {@code ./verdant chat --port 3001}, and {@code telnet 127.0.0.1 3001} twice.
 */
public final class TelnetChat {

    private final Set<GreenSocket> participants = new LinkedHashSet<>();

    TelnetChat() {}

    /**
     * Runs the server.
     *
     * @param args {@code --port PORT}
     * @throws Exception if it cannot listen
     */
    public static void main(String[] args) throws Exception {
        var arguments = Arguments.parse(args, "port");
        var chat = new TelnetChat();
        Green.run(() -> Net.serve(Listening.on(arguments.number("port", 3001), "chat"), chat::join));
    }

    void join(GreenSocket socket) throws IOException {
        participants.add(socket);
        try {
            var lines = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                tellOthers(socket, line);
            }
        } finally {
            participants.remove(socket);
        }
    }

    private void tellOthers(GreenSocket speaker, String line) {
        byte[] message = (speaker.getPort() + ": " + line + "\r\n").getBytes(StandardCharsets.UTF_8);
        for (GreenSocket other : List.copyOf(participants)) {
            if (!other.equals(speaker)) {
                tell(other, message);
            }
        }
    }

    /** Each listener is told by a green thread of its own, so that a slow one holds up nobody. */
    private void tell(GreenSocket listener, byte[] message) {
        Green.spawnN(() -> {
            synchronized (listener) { // One line at a time: a green thread that waits for a monitor lets the others run.
                try {
                    listener.sendAll(message);
                } catch (IOException e) {
                    participants.remove(listener);
                }
            }
        });
    }
}
