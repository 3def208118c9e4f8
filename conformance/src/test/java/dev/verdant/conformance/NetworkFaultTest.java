package dev.verdant.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.verdant.green.Green;
import dev.verdant.green.net.GreenSocket;
import dev.verdant.green.net.Net;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Faults of the network, made in a network namespace of their own (see network_namespaces(7)), which takes the rights of root. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class NetworkFaultTest {

    private static final String LOOPBACK_UP = "ip link set lo up";

    @BeforeEach
    void namespacesAreHere() {
        assumeTrue(ChildJvm.can("unshare", "-n", "ip", "link", "set", "lo", "up"),
                "no network namespace can be made here");
    }

    private static ChildJvm child(Class<?> main, String hub, String world) {
        return ChildJvm.of(main).hub(hub).after(world).under("unshare", "-n");
    }

    /** What a call has failed with, in one line. */
    private static String failure(ThrowingCall call) {
        try {
            call.run();
            return "no failure";
        } catch (IOException e) {
            return e.getClass().getSimpleName() + ": " + e.getMessage();
        }
    }

    private interface ThrowingCall {
        void run() throws IOException;
    }

    @ParameterizedTest
    @ValueSource(strings = {"epoll", "nio"})
    void aConnectThatNobodyAnswersTimesOutAndOneThatCannotBeRoutedSaysSo(String hub) throws Exception {
        assumeTrue(ChildJvm.can("unshare", "-n", "nft", "list", "ruleset"), "nft does not work here");
        String drop = "nft add table ip t && nft 'add chain ip t c { type filter hook output priority 0; }'"
                + " && nft add rule ip t c tcp dport 81 drop";
        assertThat(child(Unanswered.class, hub, LOOPBACK_UP + " && " + drop + " && ip route add unreachable 10.9.9.9")
                .run())
                .containsExactly("SocketTimeoutException: Connect timed out: /127.0.0.1:81",
                        "NoRouteToHostException: No route to host: /10.9.9.9:80",
                        "sockets left: 0");
    }

    /** The child of that test. */
    static final class Unanswered {

        public static void main(String[] args) throws Exception {
            Green.run(() -> {
                Net.listen(new InetSocketAddress("127.0.0.1", 0)).close(); // what the first socket opens for good
                long before = sockets();
                System.out.println(failure(
                        () -> Net.connect(new InetSocketAddress("127.0.0.1", 81), Duration.ofMillis(100)).close()));
                System.out.println(failure(() -> Net.connect(new InetSocketAddress("10.9.9.9", 80)).close()));
                System.out.println("sockets left: " + (sockets() - before));
            });
        }
    }

    private static long sockets() throws IOException {
        try (var descriptors = Files.list(Path.of("/proc/self/fd"))) {
            return descriptors.filter(NetworkFaultTest::isSocket).count();
        }
    }

    private static boolean isSocket(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString().startsWith("socket:");
        } catch (IOException e) {
            return false; // Closed meanwhile.
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"epoll", "nio"})
    void whenTheEphemeralPortsAreUsedUpAConnectSaysSoAndAnotherSourceAddressHelps(String hub) throws Exception {
        assertThat(child(PortsUsedUp.class, hub,
                LOOPBACK_UP + " && echo '40000 40003' > /proc/sys/net/ipv4/ip_local_port_range").run())
                .containsExactly("4 connections, then: Cannot assign requested address: /127.0.0.1:9",
                        "from another address: /127.0.0.2");
    }

    /** The child of that test. */
    static final class PortsUsedUp {

        public static void main(String[] args) throws Exception {
            Green.run(() -> {
                SocketAddress server = new InetSocketAddress("127.0.0.1", 9);
                var connections = new ArrayList<GreenSocket>();
                try (var _ = Net.listen(server)) {
                    String failure = failure(() -> {
                        while (true) {
                            connections.add(Net.connect(server));
                        }
                    });
                    System.out
                            .println(connections.size() + " connections, then: " + failure.replaceFirst("\\w+: ", ""));
                    try (var other = Net.connect(server, null, new InetSocketAddress("127.0.0.2", 0))) {
                        System.out.println("from another address: " + other.getLocalAddress());
                    }
                    for (GreenSocket connection : connections) {
                        connection.close();
                    }
                }
            });
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"epoll", "nio"})
    void aConnectionThatTheAdministratorKillsIsAborted(String hub) throws Exception {
        List<String> lines = child(Killed.class, hub, LOOPBACK_UP).run();
        assumeTrue(!lines.contains("not supported"), "this kernel does not let ss kill sockets");
        assertThat(lines).containsExactly("SocketException: Software caused connection abort");
    }

    /** The child of that test. */
    static final class Killed {

        public static void main(String[] args) throws Exception {
            Green.run(() -> {
                try (var pair = SocketPair.open()) {
                    var reader = Green.spawn(() -> failure(() -> pair.server().recv(1)));
                    Green.sleep();
                    Process ss = new ProcessBuilder("ss", "-K", "src", "127.0.0.1", "sport", "=",
                            ":" + pair.server().getLocalPort(), "dport", "=", ":" + pair.server().getPort())
                            .redirectErrorStream(true).start();
                    var said = new String(ss.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                    boolean supported = said.contains(":" + pair.server().getPort());
                    System.out.println(supported ? reader.await() : "not supported");
                }
            });
        }
    }
}
