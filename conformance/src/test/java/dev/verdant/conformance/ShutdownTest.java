package dev.verdant.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.verdant.green.EventLoop;
import dev.verdant.green.EventLoopGroup;
import dev.verdant.green.Green;
import dev.verdant.green.net.GreenSocket;
import dev.verdant.green.net.Net;
import dev.verdant.hub.HubProvider;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** What becomes of requests when the process is told to end. */
@SuppressWarnings("try") // Closing early, and closing that waits, are what is tested.
class ShutdownTest {

    private static final InetSocketAddress ANY = new InetSocketAddress("127.0.0.1", 0);
    private static final int REQUESTS = 100;
    private static final long GRACE_MILLIS = 1_000;

    /**
     * The process that is told to end. Answers what it is asked after so many milliseconds; says its port, and when that many requests are in
     * hand.
     */
    static final class Child {

        private Child() {}

        public static void main(String[] args) throws Exception {
            var grace = Duration.ofMillis(Long.parseLong(args[2]));
            if (args[0].equals("group")) {
                try (var group = EventLoopGroup.start(2)) {
                    var server = Net.listen(group, ANY, options -> options.backlog(1000));
                    Net.stopOnShutdown(server, grace);
                    say(server.getLocalSocketAddress());
                    Net.serve(server, socket -> answer(socket, args[1]));
                }
            } else {
                Green.run(() -> {
                    var listener = Net.listen(ANY, 1000);
                    Net.stopOnShutdown(listener, grace);
                    say(listener.getLocalSocketAddress());
                    Net.serve(listener, socket -> answer(socket, args[1]));
                });
            }
        }

        private static void say(SocketAddress at) {
            System.out.println(((InetSocketAddress) at).getPort());
        }

        private static void answer(GreenSocket socket, String millis) throws IOException {
            byte[] request = socket.getInputStream().readNBytes(4);
            System.out.println("in hand");
            Green.sleep(Duration.ofMillis(Long.parseLong(millis)));
            socket.sendAll(new byte[200_000]);
            socket.sendAll(request);
        }
    }

    private record Running(Process process, BufferedReader output, int port) implements AutoCloseable {

        static Running start(HubProvider hub, String kind, long answerMillis, long graceMillis) throws IOException {
            var process = ChildJvm.of(Child.class).hub(hub.name())
                    .process(kind, Long.toString(answerMillis), Long.toString(graceMillis)).start();
            var output = process.inputReader();
            return new Running(process, output, Integer.parseInt(output.readLine()));
        }

        /** Sends requests, each on a connection of its own, and returns when all are in hand. */
        List<Socket> ask(int requests) throws IOException {
            var sockets = new ArrayList<Socket>();
            for (int i = 0; i < requests; i++) {
                var socket = new Socket("127.0.0.1", port);
                sockets.add(socket);
                socket.getOutputStream().write("ask%c".formatted('A' + i % 20).getBytes(StandardCharsets.US_ASCII));
            }
            for (int i = 0; i < requests; i++) {
                assertThat(output.readLine()).isEqualTo("in hand");
            }
            return sockets;
        }

        /** SIGTERM. {@code Process.destroy} would close the output as well. */
        void terminate() {
            process.toHandle().destroy();
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }

    @HubTest(seconds = 60)
    @NotSimulated(NotSimulated.MACHINE)
    void noRequestInHandIsCutBySigterm(HubProvider hub) throws Exception {
        for (String kind : List.of("one", "group")) {
            try (var child = Running.start(hub, kind, 500, 10_000)) {
                var sockets = child.ask(REQUESTS);
                child.terminate();
                for (var socket : sockets) {
                    try (socket) {
                        byte[] answer = socket.getInputStream().readAllBytes();
                        assertThat(answer).hasSize(200_004);
                        assertThat(new String(answer, 200_000, 3, StandardCharsets.US_ASCII)).isEqualTo("ask");
                    }
                }
                assertThat(child.process().waitFor(10, TimeUnit.SECONDS)).isTrue();
                assertThat(child.process().exitValue()).isEqualTo(143);
                assertThat(child.output().lines().toList()).isEmpty();
            }
        }
    }

    @HubTest(seconds = 60)
    @NotSimulated(NotSimulated.MACHINE)
    void whoNeverFinishesIsLoggedAndTheProcessEndsWithinItsGrace(HubProvider hub) throws Exception {
        try (var child = Running.start(hub, "one", 3_600_000, GRACE_MILLIS)) {
            var sockets = child.ask(2);
            long began = System.nanoTime();
            child.terminate();
            assertThat(child.process().waitFor(20, TimeUnit.SECONDS)).isTrue();
            long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
            assertThat(millis).isBetween(GRACE_MILLIS - 100, GRACE_MILLIS + 10_000); // A handler would take an hour.
            assertThat(child.output().lines().filter(line -> line.contains("Not finished")).toList()).hasSize(2)
                    .allSatisfy(line -> assertThat(line).contains("GreenSocket[addr=/127.0.0.1")
                            .contains("waits for the end of its sleep"));
            for (var socket : sockets) {
                socket.close();
            }
        }
    }

    // ---- the hook

    private static List<Thread> hooks() throws Exception {
        // Hooks are threads that have not been started; Thread.getAllStackTraces does not know them, so it is asked whether one can be removed.
        var owner = Class.forName("java.lang.ApplicationShutdownHooks");
        var field = owner.getDeclaredField("hooks");
        field.setAccessible(true);
        synchronized (owner) { // As the JDK does: a loop that has ended may take its hook away now.
            var hooks = (java.util.Map<?, ?>) field.get(null);
            return hooks.keySet().stream().map(Thread.class::cast).filter(each -> each.getName().startsWith("verdant"))
                    .toList();
        }
    }

    @HubTest
    void thereIsOneHookWhileAServerIsToBeStoppedAndNoneAfterwards(HubProvider hub) throws Exception {
        assertThat(hooks()).isEmpty();
        try (var first = Net.listen(ANY); var second = Net.listen(ANY)) {
            Net.stopOnShutdown(first, Duration.ofSeconds(1));
            Net.stopOnShutdown(first, Duration.ofSeconds(2));
            Net.stopOnShutdown(second, Duration.ofSeconds(1));
            assertThat(hooks()).hasSize(1);
            first.close();
            assertThat(hooks()).hasSize(1);
            assertThat(Net.stop(second, Duration.ZERO)).isEmpty();
            assertThat(hooks()).isEmpty();
            Net.stopOnShutdown(second, Duration.ofSeconds(1));
            assertThat(hooks()).as("closed already").isEmpty();
        }
        try (var group = EventLoopGroup.start(2, options -> options.hub(hub));
                var server = Net.listen(group, ANY)) {
            Net.stopOnShutdown(server, Duration.ofSeconds(1));
            assertThat(hooks()).hasSize(1);
        }
        assertThat(hooks()).isEmpty();
    }

    @HubTest
    void aLoopThatEndsTakesItsServersHookWithIt(HubProvider hub) throws Exception {
        Green.run(options -> options.hub(hub), () -> {
            Net.stopOnShutdown(Net.listen(ANY), Duration.ofSeconds(1));
            assertThat(hooks()).hasSize(1);
        });
        Timeouts.until(ShutdownTest::noHooks);
        var group = EventLoopGroup.start(2, options -> options.hub(hub));
        Net.stopOnShutdown(Net.listen(group, ANY), Duration.ofSeconds(1));
        group.loops().getFirst().close();
        assertThat(hooks()).hasSize(1);
        group.close();
        Timeouts.until(ShutdownTest::noHooks);
    }

    @HubTest
    void aLoopEndsThoughTheHooksCannotBeHadNow(HubProvider hub) throws Exception {
        var loop = EventLoop.start(options -> options.hub(hub).name("ending"));
        loop.spawn(() -> Net.stopOnShutdown(Net.listen(ANY), Duration.ofSeconds(1))).await();
        synchronized (Class.forName("java.lang.ApplicationShutdownHooks")) {
            loop.close();
            assertThat(Thread.getAllStackTraces().keySet()).extracting(Thread::getName).doesNotContain("ending");
            assertThat(hooks()).hasSize(1);
        }
        Timeouts.until(ShutdownTest::noHooks);
    }

    private static boolean noHooks() {
        try {
            return hooks().isEmpty();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }
}
