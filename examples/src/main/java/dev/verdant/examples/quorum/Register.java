package dev.verdant.examples.quorum;

import dev.verdant.green.Green;
import dev.verdant.green.GreenScope;
import dev.verdant.green.net.Net;
import dev.verdant.green.queue.LightQueue;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The replicas' value, for one writer and any number of readers. Every call asks all replicas, and goes on with the answers of a majority; any two majorities have a
 * replica in common, so who reads meets the last write that has ended.
 *
 * <p>What about a write that has not ended, which only one replica knows of? One reader may ask that one, and the next may not: it would see an older value than
 * the one before. Therefore a reader writes what it has found to a majority before it says so.
 *
 * @see <a href="https://doi.org/10.1145/200836.200869">Attiya, Bar-Noy, Dolev: Sharing Memory Robustly in Message-Passing Systems (1995)</a>
 */
public final class Register {

    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private final List<InetSocketAddress> replicas;
    private final boolean readersWrite;
    private long written;

    private Register(List<InetSocketAddress> replicas, boolean readersWrite) {
        this.replicas = List.copyOf(replicas);
        this.readersWrite = readersWrite;
    }

    /**
     * Makes a client.
     *
     * @param replicas all of them
     * @return a client that reads and writes
     */
    public static Register of(List<InetSocketAddress> replicas) {
        return new Register(replicas, true);
    }

    /**
     * Makes a client that saves itself half of the work of a read, and with it the guarantee: for the test, which is to find out.
     *
     * @param replicas all of them
     * @return a client with a bug
     */
    public static Register hasty(List<InetSocketAddress> replicas) {
        return new Register(replicas, false);
    }

    /**
     * Writes. By one client only.
     *
     * @param value one word
     * @throws IOException if no majority can be reached; some may have taken it, and then others may come to read it
     * @throws InterruptedException if the caller is interrupted
     */
    public void write(String value) throws IOException, InterruptedException {
        ask("PUT " + new Version(++written, value));
    }

    /**
     * Reads.
     *
     * @return the value of the last write that has ended, or of one that is under way; never an older one than a read that ended before
     * @throws IOException if no majority can be reached
     * @throws InterruptedException if the caller is interrupted
     */
    public Version read() throws IOException, InterruptedException {
        Version newest = ask("GET");
        if (readersWrite) {
            ask("PUT " + newest);
        }
        return newest;
    }

    /** Asks all, and returns the newest of the first answers that make a majority. */
    private Version ask(String request) throws IOException, InterruptedException {
        var answers = new LightQueue<Optional<Version>>();
        try (GreenScope scope = Green.scope()) {
            for (InetSocketAddress each : replicas) {
                scope.spawn(() -> {
                    answers.put(ask(each, request));
                    return null;
                });
            }
            int majority = replicas.size() / 2 + 1;
            int failed = 0;
            Version newest = Version.NONE;
            for (int got = 0; got < majority;) {
                Optional<Version> answer = answers.take();
                if (answer.isPresent()) {
                    newest = newest.newer(answer.get());
                    got++;
                } else if (++failed > replicas.size() - majority) {
                    throw new IOException(failed + " of " + replicas.size() + " replicas do not answer");
                }
            }
            return newest;
        }
    }

    private static Optional<Version> ask(InetSocketAddress replica, String request) {
        try (var socket = Net.connect(replica, PATIENCE)) {
            socket.setSoTimeout((int) PATIENCE.toMillis());
            socket.sendAll((request + "\n").getBytes(StandardCharsets.UTF_8));
            String line = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))
                    .readLine();
            return Optional.ofNullable(line).map(Version::parse);
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
