package dev.verdant.benchmarks.load;

import dev.verdant.hub.Hub;
import dev.verdant.hub.Hubs;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The load generator's process. Obeys lines of standard input one after the other, until it ends:
 *
 * <pre>
 * closed PORT CONNECTIONS MILLIS                 every connection asks again when it is answered
 * open PORT CONNECTIONS MILLIS PER-SECOND SEED   on a schedule, whatever the server does
 * churn PORT AT-A-TIME MILLIS                    connect, ask once, close
 * hold PORT CONNECTIONS                          connections that are idle
 * datagrams PORT CLIENTS WINDOW MILLIS           messages that come back, so many under way for each client
 * tls PORT AT-A-TIME MILLIS                      full handshakes of TLS 1.3
 * tls-bulk PORT BYTES MILLIS                     pages of so many bytes over TLS, one after the other
 * </pre>
 *
 * <p>To each it says {@code ready} when its connections are open, waits for {@code go}, says {@code done} and the {@link Figures}, waits for
 * {@code close}, closes them and says {@code closed}; or {@code failed} and why.
 */
public final class LoadGenerator {

    private static final long HEARTBEAT_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private final Hub hub;
    private final BufferedReader in;
    private final PrintStream out;

    LoadGenerator(Hub hub, BufferedReader in, PrintStream out) {
        this.hub = hub;
        this.in = in;
        this.out = out;
    }

    /**
     * Runs it.
     *
     * @param args none
     * @throws IOException if standard input cannot be read
     */
    public static void main(String[] args) throws IOException {
        try (var hub = Hubs.select().open()) {
            // Loads wait without a deadline, which costs no timer; this makes them look at the clock now and then.
            Thread.ofPlatform().daemon().name("heartbeat").start(() -> {
                while (true) {
                    LockSupport.parkNanos(HEARTBEAT_NANOS);
                    hub.wakeup();
                }
            });
            new LoadGenerator(hub, new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)),
                    System.out).obey();
        }
    }

    void obey() throws IOException {
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            try {
                obey(line.split(" ", -1));
            } catch (IOException | RuntimeException e) {
                say("failed " + e.toString().replaceAll("\\s+", " "));
            }
        }
    }

    private void obey(String[] words) throws IOException {
        var server = new InetSocketAddress("127.0.0.1", Integer.parseInt(words[1]));
        switch (words[0]) {
            case "closed" ->
                run(new ClosedLoop(hub, server, Integer.parseInt(words[2]), nanos(words[3])));
            case "open" -> run(new OpenLoop(hub, server, Integer.parseInt(words[2]), nanos(words[3]),
                    Double.parseDouble(words[4]), Long.parseLong(words[5])));
            case "churn" -> run(new Churn(hub, server, Integer.parseInt(words[2]), nanos(words[3])));
            case "hold" -> run(new Hold(hub, server, Integer.parseInt(words[2])));
            case "datagrams" -> run(new Datagrams(hub, server, Integer.parseInt(words[2]), Integer.parseInt(words[3]),
                    nanos(words[4])));
            case "tls" -> run(new TlsHandshakes(server, Integer.parseInt(words[2]), nanos(words[3])));
            case "tls-bulk" -> run(new TlsBulk(server, Long.parseLong(words[2]), nanos(words[3])));
            default -> throw new IllegalArgumentException(
                    words[0] + " (expected: closed, open, churn, hold, datagrams, tls, tls-bulk)");
        }
    }

    private static long nanos(String millis) {
        return TimeUnit.MILLISECONDS.toNanos(Long.parseLong(millis));
    }

    private void run(Load load) throws IOException {
        try (load) {
            load.open();
            say("ready");
            expect("go");
            say("done " + load.run().line());
            expect("close");
        }
        hub.poll(0);
        say("closed");
    }

    private void expect(String word) throws IOException {
        String line = in.readLine();
        if (!word.equals(line)) {
            throw new IOException(line + " (expected: " + word + ")");
        }
    }

    private void say(String line) {
        out.println(line);
        out.flush();
    }
}
