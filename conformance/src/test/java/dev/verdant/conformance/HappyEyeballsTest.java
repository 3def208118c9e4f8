package dev.verdant.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.verdant.green.EventLoop;
import dev.verdant.green.Green;
import dev.verdant.green.GreenExit;
import dev.verdant.green.Timeout;
import dev.verdant.green.net.ConnectEvent;
import dev.verdant.green.net.ConnectEvent.Kind;
import dev.verdant.green.net.GreenServerSocket;
import dev.verdant.green.net.GreenSocket;
import dev.verdant.green.net.Net;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** Connecting to a name, and to the first of several addresses that answers: real sockets on the loopback's many addresses. */
class HappyEyeballsTest {

    private static final Duration STAGGER = Duration.ofMillis(250);

    private static InetAddress address(String literal) {
        return InetAddress.ofLiteral(literal);
    }

    private static InetSocketAddress at(String literal, int port) {
        return new InetSocketAddress(address(literal), port);
    }

    /** An address where nobody listens, so that a connect is refused at once. */
    private static InetSocketAddress closed(String literal) throws IOException {
        try (var listener = Net.listen(at(literal, 0))) {
            return at(literal, listener.getLocalPort());
        }
    }

    /** A listener whose backlog is full, so that the system answers no further connect. */
    private static final class Hanging implements AutoCloseable {

        final InetSocketAddress address;
        private final GreenServerSocket listener;
        private final List<GreenSocket> fill = new ArrayList<>();

        Hanging(String literal, int port) throws IOException {
            listener = Net.listen(at(literal, port), 1);
            address = at(literal, listener.getLocalPort());
            try {
                for (int i = 0; i < 10; i++) {
                    fill.add(Net.connect(address, Duration.ofMillis(100)));
                }
            } catch (SocketTimeoutException e) {
                return;
            }
            close();
            assumeTrue(false, "a full backlog that does not answer");
        }

        @Override
        public void close() throws IOException {
            for (GreenSocket each : fill) {
                each.close();
            }
            listener.close();
        }
    }

    private static List<Kind> kinds(List<ConnectEvent> events, int attempt) {
        return events.stream().filter(event -> event.attempt() == attempt).map(ConnectEvent::kind).toList();
    }

    private static Duration startOf(List<ConnectEvent> events, int attempt) {
        return events.stream().filter(event -> event.attempt() == attempt && event.kind() == Kind.STARTED)
                .map(ConnectEvent::after).findFirst().orElseThrow();
    }

    // ---- the race

    @HubTest
    void theFirstThatAnswersWinsWhileASlowOneHangsAndTheSlowOneIsClosed() throws Exception {
        try (var hanging = new Hanging("127.0.0.2", 0); var open = Net.listen(at("127.0.0.3", 0))) {
            var target = at("127.0.0.3", open.getLocalPort());
            var events = new ArrayList<ConnectEvent>();
            int channels = Objects.requireNonNull(EventLoop.current()).snapshot().channels();
            try (var socket = Net.connect(List.of(hanging.address, target), null, null, events::add)) {
                assertThat(socket.getRemoteSocketAddress()).isEqualTo(target);
                assertThat(EventLoop.current().snapshot().channels()).as("the loser's is gone").isEqualTo(channels + 1);
            }
            assertThat(kinds(events, 1)).containsExactly(Kind.STARTED, Kind.CLOSED);
            assertThat(kinds(events, 2)).containsExactly(Kind.STARTED, Kind.WON);
            assertThat(startOf(events, 2)).isGreaterThanOrEqualTo(STAGGER);
        }
    }

    @HubTest
    void attemptsBegin250MillisecondsApartAndASlowOneMayStillWin() throws Exception {
        try (var first = new Hanging("127.0.0.2", 0);
                var second = new Hanging("127.0.0.3", 0);
                var third = new Hanging("127.0.0.4", 0)) {
            var events = new ArrayList<ConnectEvent>();
            assertThatThrownBy(() -> Net.connect(List.of(first.address, second.address, third.address),
                    Duration.ofMillis(700), null, events::add)).isInstanceOf(SocketTimeoutException.class)
                    .hasMessageContaining("Connect timed out: ")
                    .hasMessageContaining(", no answer from " + first.address + ", " + second.address + ", "
                            + third.address);
            for (int attempt = 2; attempt <= 3; attempt++) {
                // On a slow machine an attempt is told of a little after it has begun.
                assertThat(startOf(events, attempt).minus(startOf(events, attempt - 1)))
                        .isGreaterThanOrEqualTo(STAGGER.minusMillis(50));
            }
            for (int attempt = 1; attempt <= 3; attempt++) {
                assertThat(kinds(events, attempt)).containsExactly(Kind.STARTED, Kind.CLOSED);
            }
        }
    }

    @HubTest
    void aFailureMakesTheNextBeginAtOnce() throws Exception {
        try (var open = Net.listen(at("127.0.0.3", 0))) {
            var target = at("127.0.0.3", open.getLocalPort());
            var refused = new ArrayList<InetSocketAddress>();
            for (int i = 0; i < 8; i++) {
                refused.add(closed("127.0.1." + (i + 1)));
            }
            refused.add(target);
            var events = new ArrayList<ConnectEvent>();
            Net.connect(refused, Duration.ofMillis(1_500), null, events::add).close(); // Staggered it would take 2 s.
            assertThat(kinds(events, 1)).containsExactly(Kind.STARTED, Kind.FAILED);
            assertThat(events.get(1).failure()).isInstanceOf(ConnectException.class);
            assertThat(events.getLast().kind()).isEqualTo(Kind.WON);
            assertThat(events.getLast().to()).isEqualTo(target);
        }
    }

    @HubTest
    void aFailureAfterTheStaggerDoesNotEndTheOthers() throws Exception {
        try (var hanging = new Hanging("127.0.0.2", 0); var open = Net.listen(at("127.0.0.4", 0))) {
            var target = at("127.0.0.4", open.getLocalPort());
            var events = new ArrayList<ConnectEvent>();
            Net.connect(List.of(hanging.address, closed("127.0.0.3"), target), null, null, events::add).close();
            assertThat(events).extracting(ConnectEvent::kind).containsExactly(Kind.STARTED, Kind.STARTED, Kind.FAILED,
                    Kind.STARTED, Kind.WON, Kind.CLOSED);
        }
    }

    @HubTest
    void ifAllFailTheLastFailureIsThrownWithTheOthersAttached() throws Exception {
        var first = closed("127.0.0.2");
        var second = closed("127.0.0.3");
        var third = closed("127.0.0.4");
        assertThatThrownBy(() -> Net.connect(List.of(first, second, third), null)).isInstanceOf(ConnectException.class)
                .hasMessageContaining(third.toString()).satisfies(e -> {
                    assertThat(e.getSuppressed()).hasSize(2).allMatch(ConnectException.class::isInstance);
                    assertThat(e.getSuppressed()[0]).hasMessageContaining(first.toString());
                    assertThat(e.getSuppressed()[1]).hasMessageContaining(second.toString());
                });
    }

    @HubTest
    void aTimeoutCarriesTheFailures() throws Exception {
        try (var hanging = new Hanging("127.0.0.2", 0)) {
            var refused = closed("127.0.0.3");
            assertThatThrownBy(() -> Net.connect(List.of(refused, hanging.address), Duration.ofMillis(50)))
                    .isInstanceOf(SocketTimeoutException.class)
                    .hasMessageEndingWith("no answer from " + hanging.address)
                    .satisfies(e -> assertThat(e.getSuppressed()).hasSize(1));
        }
    }

    // ---- names

    @HubTest
    @NotSimulated(NotSimulated.MACHINE)
    void aNamesAddressesAreTriedUntilOneAnswers() throws Exception {
        try (var open = Net.listen(at("127.0.0.3", 0))) {
            String host = TestNames.of("127.0.0.2", "127.0.0.3");
            try (var socket = Net.connect(host, open.getLocalPort())) {
                assertThat(socket.getInetAddress()).isEqualTo(address("127.0.0.3"));
                assertThat(socket.getInetAddress().getHostName()).isEqualTo(host);
            }
            var unresolved = InetSocketAddress.createUnresolved(host, open.getLocalPort());
            try (var socket = Net.connect(unresolved)) {
                assertThat(socket.getInetAddress()).isEqualTo(address("127.0.0.3"));
            }
        }
    }

    @HubTest
    @NotSimulated(NotSimulated.MACHINE)
    void aNameWithOneAddressTakesNoFurtherThread() throws Exception {
        try (var hanging = new Hanging("127.0.0.2", 0)) {
            String host = TestNames.of("127.0.0.2");
            var connecting = Green.spawn(() -> Net.connect(host, hanging.address.getPort(), Duration.ofSeconds(10)));
            var loop = Objects.requireNonNull(EventLoop.current());
            int before = loop.snapshot().channels();
            while (loop.snapshot().channels() == before) {
                Green.sleep();
            }
            assertThat(loop.snapshot().threads()).hasSize(2);
            connecting.kill();
        }
    }

    @HubTest
    @NotSimulated(NotSimulated.MACHINE)
    void theTimeoutCoversTheLookUpAndSaysSo() throws Exception {
        var letGo = new CountDownLatch(1);
        var name = new TestNames.Name(() -> {
            letGo.await();
            return List.of();
        });
        assertThatThrownBy(() -> Net.connect(name.host, 80, Duration.ofMillis(30)))
                .isInstanceOf(SocketTimeoutException.class)
                .hasMessage("Connect timed out: " + name.host + ":80, while its name was looked up");
        letGo.countDown();
        try (var hanging = new Hanging("127.0.0.2", 0)) {
            String host = TestNames.of("127.0.0.2");
            int port = hanging.address.getPort();
            assertThatThrownBy(() -> Net.connect(host, port, Duration.ofMillis(30)))
                    .isInstanceOf(SocketTimeoutException.class).hasMessageContaining("Connect timed out: " + host);
        }
    }

    @HubTest
    void anUnknownNameIsAnUnknownHost() {
        assertThatThrownBy(() -> Net.connect("nonesuch.verdant.test", 80)).isInstanceOf(UnknownHostException.class)
                .hasMessageContaining("nonesuch.verdant.test");
    }

    // ---- the local address

    @HubTest
    void aLocalAddressIsForItsOwnFamily() throws Exception {
        try (var open = Net.listen(at("127.0.0.3", 0)); var six = Net.listen(at("::1", 0))) {
            var local = at("127.0.0.5", 0);
            var four = List.of(closed("127.0.0.2"), at("127.0.0.3", open.getLocalPort()));
            try (var socket = Net.connect(four, null, local, event -> {})) {
                assertThat(socket.getLocalAddress()).isEqualTo(address("127.0.0.5"));
            }
            var both = List.of(closed("127.0.0.2"), at("::1", six.getLocalPort()));
            try (var socket = Net.connect(both, null, local, event -> {})) {
                assertThat(socket.getInetAddress()).isEqualTo(address("::1"));
            }
        }
    }

    // ---- ends in the middle

    @HubTest
    void aKillATimeoutAndAnInterruptInTheMiddleLeaveNothing() throws Exception {
        try (var first = new Hanging("127.0.0.2", 0); var second = new Hanging("127.0.0.3", 0)) {
            var both = List.of(first.address, second.address);
            var loop = Objects.requireNonNull(EventLoop.current());
            int before = loop.snapshot().channels();
            var killed = Green.spawn(() -> Net.connect(both, null));
            var interrupted = Green.spawn(() -> {
                assertThatThrownBy(() -> Net.connect(both, null)).isInstanceOf(SocketException.class)
                        .hasMessage("Closed by interrupt");
                assertThat(Thread.interrupted()).isTrue();
            });
            Timeouts.until(() -> loop.snapshot().channels() == before + 4);
            killed.kill();
            assertThatThrownBy(killed::await).isInstanceOf(GreenExit.class);
            interrupted.thread().interrupt();
            interrupted.await();
            assertThatThrownBy(() -> Timeout.call(Duration.ofMillis(300), () -> Net.connect(both, null)))
                    .isInstanceOf(Timeout.class);
            assertThat(loop.snapshot().channels()).isEqualTo(before);
        }
    }

    @HubTest
    void anObserverThatThrowsEndsTheConnectAndLeavesNothing() throws Exception {
        try (var open = Net.listen(at("127.0.0.3", 0))) {
            var target = at("127.0.0.3", open.getLocalPort());
            for (Kind kind : List.of(Kind.STARTED, Kind.FAILED, Kind.WON)) {
                assertThatThrownBy(() -> Net.connect(List.of(closed("127.0.0.2"), target), null, null, event -> {
                    if (event.kind() == kind) {
                        throw new IllegalStateException("enough");
                    }
                })).isInstanceOf(IllegalStateException.class).hasMessage("enough");
            }
        }
    }

    @HubTest(seconds = 60)
    void connectsThatAreKilledAtRandomMomentsLeaveNothing() throws Exception {
        long seed = new Random().nextLong();
        System.out.println("seed " + seed);
        var random = new Random(seed);
        try (var hanging = new Hanging("127.0.0.2", 0); var open = Net.listen(at("127.0.0.3", 0), 1000)) {
            Green.spawnN(() -> Net.serve(open, socket -> {}));
            var refused = closed("127.0.0.4");
            var target = at("127.0.0.3", open.getLocalPort());
            for (int round = 0; round < Counts.of(2_000); round++) {
                var addresses = new ArrayList<InetSocketAddress>();
                for (int i = random.nextInt(3); i >= 0; i--) {
                    addresses.add(List.of(hanging.address, refused, target).get(random.nextInt(3)));
                }
                var connecting = Green.spawn(() -> Net.connect(addresses, Duration.ofMillis(20)).close());
                for (int turns = random.nextInt(6); turns > 0; turns--) {
                    Green.sleep();
                }
                if (random.nextBoolean()) {
                    connecting.kill();
                }
                connecting.link(ended -> {});
                while (!connecting.isDone()) {
                    Green.sleep(Duration.ofMillis(1));
                }
            }
        }
    }

    // ---- arguments

    @HubTest
    void badArgumentsAreRefused() {
        assertThatThrownBy(() -> Net.connect(List.of(), null)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("addresses: [] (expected: at least one, and all of them resolved)");
        assertThatThrownBy(() -> Net.connect(List.of(InetSocketAddress.createUnresolved("x", 1)), null))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("all of them resolved");
        assertThatThrownBy(() -> Net.connect("localhost", 65_536)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("65536");
    }

    @Test
    void offALoopAConnectSaysWhatIsMissing() {
        assertThatThrownBy(() -> Net.connect(List.of(at("127.0.0.1", 1)), null))
                .isInstanceOf(IllegalStateException.class).hasMessageContaining("Net.connect");
        assertThatThrownBy(() -> Net.connect("localhost", 1)).isInstanceOf(IllegalStateException.class);
    }
}
