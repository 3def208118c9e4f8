package dev.verdant.conformance.tls;

import static org.assertj.core.api.Assertions.assertThat;

import dev.verdant.conformance.Counts;
import dev.verdant.green.Green;
import dev.verdant.green.Timeout;
import dev.verdant.green.net.GreenSocket;
import dev.verdant.green.net.Net;
import dev.verdant.green.ssl.Engine;
import dev.verdant.green.ssl.GreenSSLSocket;
import dev.verdant.green.ssl.GreenSsl;
import dev.verdant.green.ssl.SslOptions;
import dev.verdant.testkit.FaultCoverage;
import dev.verdant.testkit.Schedule;
import dev.verdant.testkit.Simulation;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** TLS on the simulated network. */
class SimulatedTlsTest {

    private static final int PORT = 443;

    /** An RSA signature has always the same length; one of ECDSA has not, and then nor have the messages. */
    private static final Certificates.Issued RSA = Certificates.certificate().kind(Certificates.Kind.RSA)
            .names("server").issue();

    private static SslOptions server(Engine engine) {
        return SslOptions.forServer().engine(engine).certificate(TlsPair.identity(RSA)).build();
    }

    private static SslOptions client(Engine engine) {
        return SslOptions.forClient().engine(engine).caCerts(Certificates.CA.certificate()).build();
    }

    /** Keys and random numbers differ from run to run; what is sent when, and how much, does not. */
    @Test
    @org.junit.jupiter.api.Timeout(60)
    void tlsWithTheJdksEngineDoesTheSameForTheSameSeed() throws Exception {
        for (int seed = 0; seed < 3; seed++) {
            var hashes = new long[3];
            for (int run = 0; run < hashes.length; run++) {
                hashes[run] = exchange(seed, server(Engine.JDK), client(Engine.JDK), 0).trace().hash();
            }
            assertThat(hashes).as("seed %s", seed).containsOnly(hashes[0]);
        }
    }

    @ParameterizedTest
    @EnumSource(Engine.class)
    @org.junit.jupiter.api.Timeout(120)
    void whateverStrikesEveryByteArrivesOrAnExceptionDoes(Engine engine) throws Exception {
        SslOptions server = server(engine);
        SslOptions client = client(engine);
        long first = new Random().nextInt(Integer.MAX_VALUE);
        System.out.println("seeds from " + first);
        for (long seed = first; seed < first + Counts.of(1000); seed++) {
            try {
                exchange(seed, server, client, 0.02);
            } catch (Exception | Error e) {
                throw new AssertionError("seed " + seed + " fails: " + e, e);
            }
        }
        assertThat(FaultCoverage.points()).filteredOn(point -> point.name().startsWith("tls."))
                .allSatisfy(point -> assertThat(point.struck()).as(point.name()).isPositive());
    }

    private static Simulation exchange(long seed, SslOptions server, SslOptions client, double faults)
            throws Exception {
        var simulation = Simulation.seed(seed).schedule(Schedule.RANDOM).deadline(Duration.ofSeconds(60));
        simulation.faults().randomly(faults);
        if (faults > 0 && seed % 2 == 0) {
            simulation.faults().strike("tls.task-slow", 1).strike("tls.record-small", 20);
        }
        simulation.run(() -> {
            simulation.links().latency(Duration.ofMillis(1), Duration.ofMillis(10));
            simulation.host("server").start(() -> serve(server));
            simulation.host("client").start(() -> {
                Green.sleep(Duration.ofSeconds(1));
                try {
                    Timeout.call(Duration.ofMinutes(1), () -> talk(client));
                } catch (IOException | Timeout e) {
                    simulation.note(e.toString());
                    if (faults == 0) {
                        throw e;
                    }
                }
            }).await();
        });
        return simulation;
    }

    private static void serve(SslOptions options) {
        while (true) {
            try (var listener = Net.listen(new InetSocketAddress(PORT))) {
                Net.serve(listener, socket -> echo(socket, options));
            } catch (IOException e) {
                Green.sleep(Duration.ofMillis(10));
            }
        }
    }

    private static void echo(GreenSocket socket, SslOptions options) {
        try (var tls = GreenSsl.wrap(socket, options)) {
            for (byte[] got = tls.recv(4096); got.length > 0; got = tls.recv(4096)) {
                tls.sendAll(got);
            }
        } catch (IOException e) {
            // The client finds out.
        }
    }

    private static Void talk(SslOptions options) throws IOException {
        try (GreenSSLSocket tls = GreenSsl.wrap(Net.connect("server", PORT), options)) {
            byte[] sent = new byte[30_000];
            Arrays.fill(sent, (byte) 7);
            var writer = Green.spawn(() -> {
                try {
                    tls.sendAll(sent);
                } catch (IOException e) {
                    // The reader finds out.
                }
            });
            for (int got = 0; got < sent.length;) {
                byte[] part = tls.recv(4096);
                if (part.length == 0) {
                    throw new IOException("the server has ended after " + got);
                }
                for (byte each : part) {
                    assertThat(each).isEqualTo((byte) 7);
                }
                got += part.length;
            }
            writer.kill();
            return null;
        }
    }
}
