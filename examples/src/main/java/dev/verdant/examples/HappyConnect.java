package dev.verdant.examples;

import dev.verdant.green.Green;
import dev.verdant.green.net.ConnectEvent;
import dev.verdant.green.net.Net;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * Connects to a name in the way of RFC 8305, "happy eyeballs", and prints how it goes: an attempt every 250 ms, or as soon as one has failed, until one
 * of the name's addresses answers.
 *
 * <p>Run {@code ./verdant happy-connect example.com 443}.
 */
public final class HappyConnect {

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private HappyConnect() {}

    /**
     * Connects and says to whom. Ends with 1 if nobody answers.
     *
     * @param args {@code HOST PORT}
     * @throws Exception if it is interrupted
     */
    public static void main(String[] args) throws Exception {
        var rest = Arguments.parse(args).rest();
        if (rest.size() != 2) {
            throw Arguments.refuse(rest + " (expected: HOST PORT)");
        }
        int port = port(rest.getLast());
        boolean connected = Green.call(() -> report(rest.getFirst(), port, System.out::println));
        System.exit(connected ? 0 : 1);
    }

    private static int port(String text) {
        try {
            int port = Integer.parseInt(text);
            if (port >= 1 && port <= 65_535) {
                return port;
            }
        } catch (NumberFormatException e) {
            // Said below.
        }
        throw Arguments.refuse(text + " (expected: a port from 1 to 65535)");
    }

    private static boolean report(String host, int port, Consumer<String> out) throws InterruptedException {
        try {
            var addresses = Net.resolve(host, PATIENCE);
            out.accept(host + " has " + addresses.size() + (addresses.size() == 1 ? " address" : " addresses"));
            connect(addresses.stream().map(address -> new InetSocketAddress(address, port)).toList(), out);
            return true;
        } catch (IOException e) {
            out.accept(e.toString());
            return false;
        }
    }

    /** Connects to the first that answers and prints the timeline. */
    static void connect(List<InetSocketAddress> addresses, Consumer<String> out) throws IOException {
        try (var socket = Net.connect(addresses, PATIENCE, null, event -> out.accept(line(event)))) {
            out.accept("connected to " + socket.getRemoteSocketAddress() + " from "
                    + socket.getLocalAddress().getHostAddress());
        }
    }

    private static String line(ConnectEvent event) {
        String what = switch (event.kind()) {
            case STARTED -> "started";
            case FAILED -> "failed: " + event.failure();
            case WON -> "won";
            case CLOSED -> "closed";
        };
        return String.format(Locale.ROOT, "%8.1f ms  attempt %d to %s %s", event.after().toNanos() / 1e6,
                event.attempt(), event.to(), what);
    }
}
