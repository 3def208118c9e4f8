package dev.verdant.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.verdant.green.Green;
import dev.verdant.green.Timeout;
import dev.verdant.green.net.GreenDatagramSocket;
import dev.verdant.green.net.GreenServerSocket;
import dev.verdant.green.net.GreenSocket;
import dev.verdant.green.net.Net;
import dev.verdant.green.pool.NativePool;
import dev.verdant.green.queue.LightQueue;
import dev.verdant.testkit.FaultCoverage;
import dev.verdant.testkit.Schedule;
import dev.verdant.testkit.Simulation;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A program that uses the network in every way, with faults: whatever strikes, no wrong byte comes and nobody waits for ever. */
class FaultCoverageTest {

    private static final int PORT = 7;
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    /** What strikes follows from the seeds, which are always the same: so none of these can be missed by chance. */
    @Test
    @org.junit.jupiter.api.Timeout(120)
    void everyFaultPointOfTheNetworkAndTheLoopStrikesAndNoWrongByteComes() throws Exception {
        for (int seed = 0; seed < Counts.of(2000); seed++) {
            var simulation = Simulation.seed(seed).schedule(Schedule.RANDOM);
            simulation.faults().randomly(0.05);
            simulation.run(() -> everything(simulation));
        }
        System.out.print(FaultCoverage.report());
        assertThat(FaultCoverage.points())
                .filteredOn(point -> !point.name().startsWith("tls.") && !point.name().startsWith("test."))
                .hasSizeGreaterThanOrEqualTo(29)
                .allSatisfy(point -> assertThat(point.struck()).as(point.name()).isPositive());
    }

    private static void everything(Simulation simulation) throws Exception {
        simulation.links().latency(Duration.ofMillis(1), Duration.ofMillis(10));
        simulation.host("server").start(() -> serve(simulation));
        simulation.host("server").start(FaultCoverageTest::echoDatagrams);
        var done = new LightQueue<Integer>();
        for (int i = 0; i < 3; i++) {
            int number = i;
            simulation.host("client-" + i).start(() -> {
                Green.sleep(Duration.ofMillis(simulation.random().nextInt(100)));
                attempt(simulation, () -> exchange(number));
                attempt(simulation, FaultCoverageTest::exchangeDatagrams);
                done.put(number);
            });
        }
        for (int i = 0; i < 3; i++) {
            done.take();
        }
        for (int i = 0; i < 10; i++) {
            int number = i;
            int answer = NativePool.execute(() -> number);
            assertThat(answer).isEqualTo(number);
            assertThat(simulation.wallClock().instant()).isNotNull();
        }
    }

    private interface Attempt {
        void run() throws IOException, InterruptedException;
    }

    /** A network that fails throws IOExceptions; a wait that would not end is ended. */
    private static void attempt(Simulation simulation, Attempt attempt) {
        try (var _ = Timeout.start(PATIENCE)) {
            attempt.run();
        } catch (IOException | Timeout e) {
            simulation.note(e.toString());
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static void serve(Simulation simulation) throws InterruptedException {
        while (true) {
            try (GreenServerSocket listener = Net.listen(new InetSocketAddress(PORT), 2)) {
                Net.serve(listener, socket -> attempt(simulation, () -> echo(socket)));
                return;
            } catch (IOException e) {
                Green.sleep(Duration.ofMillis(10));
            }
        }
    }

    private static void echo(GreenSocket socket) throws IOException {
        for (byte[] got = socket.recv(4096); got.length > 0; got = socket.recv(4096)) {
            socket.sendAll(got);
        }
        socket.shutdownOutput();
    }

    private static void echoDatagrams() {
        while (true) {
            try (var socket = new GreenDatagramSocket(new InetSocketAddress(PORT))) {
                var message = ByteBuffer.allocate(100);
                while (true) {
                    var sender = socket.receive(message.clear());
                    socket.send(message.flip(), sender);
                }
            } catch (IOException e) {
                Green.sleep(Duration.ofMillis(10));
            }
        }
    }

    /** The end of the stream comes behind the last byte, or there is an exception. */
    private static void exchange(int number) throws IOException, InterruptedException {
        byte[] sent = new byte[20_000];
        Arrays.fill(sent, (byte) number);
        try (var socket = Net.connect("server", PORT, Duration.ofSeconds(5))) {
            var writer = Green.spawn(() -> {
                try {
                    socket.sendAll(sent);
                    socket.shutdownOutput();
                } catch (IOException e) {
                    // The reader will find out.
                }
            });
            int got = 0;
            for (byte[] part = socket.recv(4096); part.length > 0; part = socket.recv(4096)) {
                got += part.length;
                for (byte each : part) {
                    assertThat(each).isEqualTo((byte) number);
                }
            }
            writer.kill();
            assertThat(got).isEqualTo(sent.length);
        }
    }

    private static void exchangeDatagrams() throws IOException {
        try (var socket = new GreenDatagramSocket(new InetSocketAddress(0))) {
            socket.setSoTimeout(100);
            var server = new InetSocketAddress(Net.resolve("server").getFirst(), PORT);
            for (int i = 0; i < 10; i++) {
                socket.send(ByteBuffer.wrap(new byte[]{(byte) i}), server);
                var answer = ByteBuffer.allocate(100);
                try {
                    socket.receive(answer);
                    assertThat(answer.position()).isEqualTo(1);
                } catch (java.net.SocketTimeoutException e) {
                    // Lost, or late.
                }
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Points are known by their names: a plan that names one that is not there would never strike. */
    @Test
    void aPlanStrikesByName() throws Exception {
        var simulation = Simulation.seed(1);
        simulation.faults().strike("net.name-unknown", 1);
        simulation.run(() -> {
            simulation.host("server");
            assertThat(List.of("unknown", "10.0.0.1")).containsExactly(look(), look());
        });
    }

    private static String look() throws InterruptedException {
        try {
            return Net.resolve("server").getFirst().getHostAddress();
        } catch (IOException e) {
            return "unknown";
        }
    }
}
