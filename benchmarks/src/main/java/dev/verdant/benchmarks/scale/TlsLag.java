package dev.verdant.benchmarks.scale;

import dev.verdant.green.EventLoop;
import dev.verdant.green.Green;
import dev.verdant.green.GreenThread;
import dev.verdant.green.net.GreenServerSocket;
import dev.verdant.green.net.GreenSocket;
import dev.verdant.green.net.Net;
import dev.verdant.green.ssl.CertReqs;
import dev.verdant.green.ssl.Engine;
import dev.verdant.green.ssl.GreenSsl;
import dev.verdant.green.ssl.SslOptions;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What handshakes cost the other green threads of their loop: 200 at a time, over and over, while one thread ticks every millisecond; how late its ticks
 * are. The clients are on a loop of their own.
 *
 * <p>Run with {@code CERT.pem KEY.pem [jdk|boringssl]}.
 */
public final class TlsLag {

    private static final int AT_A_TIME = 200;
    private static final Duration TICK = Duration.ofMillis(1);
    private static final Duration ROUND = Duration.ofSeconds(4);

    private TlsLag() {}

    /**
     * Measures, and prints a line a round.
     *
     * @param args the certificate and its key, and the engine of the server
     * @throws Exception if something fails
     */
    public static void main(String[] args) throws Exception {
        var engine = Engine.valueOf((args.length > 2 ? args[2] : "jdk").toUpperCase(Locale.ROOT));
        SslOptions server = SslOptions.forServer().certificate(Path.of(args[0]), Path.of(args[1])).engine(engine)
                .build();
        SslOptions client = SslOptions.forClient().certReqs(CertReqs.NONE).checkHostname(false).engine(Engine.BORINGSSL)
                .build();
        try (var clients = EventLoop.start()) {
            Green.run(() -> {
                try (var listener = Net.listen(new InetSocketAddress("127.0.0.1", 0), 1024)) {
                    Green.spawnN(() -> Net.serve(listener, connection -> shakeHands(connection, server)));
                    tick("idle");
                    for (int round = 0; round < 5; round++) {
                        measure(clients, listener, client, round);
                    }
                }
            });
        }
    }

    private static void shakeHands(GreenSocket connection, SslOptions options) {
        try {
            GreenSsl.wrap(connection, options).close();
        } catch (IOException e) {
            // A client that was killed at the end of a round.
        }
    }

    private static void measure(EventLoop clients, GreenServerSocket listener, SslOptions client, int round)
            throws Exception {
        var done = new AtomicInteger();
        List<GreenThread<@Nullable Void>> all = IntStream.range(0, AT_A_TIME)
                .mapToObj(i -> clients.<@Nullable Void>spawn(() -> {
                    while (true) {
                        try {
                            GreenSsl.wrap(Net.connect(listener.getLocalSocketAddress()), client).close();
                            done.incrementAndGet();
                        } catch (IOException e) {
                            // Reset by a server that closes first.
                        }
                    }
                })).toList();
        tick("round " + round);
        System.out.println("   " + done.get() + " handshakes");
        for (GreenThread<@Nullable Void> each : all) {
            each.kill();
        }
    }

    private static void tick(String what) {
        int count = (int) (ROUND.toNanos() / TICK.toNanos() / 2);
        long[] late = new long[count];
        for (int i = 0; i < count; i++) {
            long begin = Green.nanoTime();
            Green.sleep(TICK);
            late[i] = Green.nanoTime() - begin - TICK.toNanos();
        }
        Arrays.sort(late);
        System.out.printf(Locale.ROOT, "%s: ticks late by p50 %.2f ms, p99 %.2f ms, most %.2f ms%n", what,
                late[count / 2] / 1e6, late[count * 99 / 100] / 1e6, late[count - 1] / 1e6);
    }
}
