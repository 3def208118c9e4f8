package dev.verdant.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.verdant.green.EventLoop;
import dev.verdant.green.Green;
import dev.verdant.green.GreenExit;
import dev.verdant.green.GreenThread;
import dev.verdant.green.Timeout;
import dev.verdant.green.net.ConcurrentUseException;
import dev.verdant.green.net.GreenDatagramSocket;
import dev.verdant.green.net.Net;
import dev.verdant.green.net.Trampoline;
import dev.verdant.hub.HubProvider;
import java.io.IOException;
import java.net.BindException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.PortUnreachableException;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

class DatagramTest {

    private static final InetSocketAddress ANY = new InetSocketAddress("127.0.0.1", 0);

    private static final int MOST_BYTES = 65_507; // Of a UDP message over IPv4.

    private static GreenDatagramSocket open() throws IOException {
        return new GreenDatagramSocket(ANY);
    }

    private static SocketAddress at(GreenDatagramSocket socket) {
        return Objects.requireNonNull(socket.getLocalSocketAddress());
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String text(ByteBuffer received) {
        return StandardCharsets.UTF_8.decode(received.flip()).toString();
    }

    private static DatagramPacket packet(String text, SocketAddress to) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return new DatagramPacket(bytes, bytes.length, to);
    }

    private static String text(DatagramPacket received) {
        return new String(received.getData(), received.getOffset(), received.getLength(), StandardCharsets.UTF_8);
    }

    /** What the next message says. */
    private static String next(GreenDatagramSocket socket) throws IOException {
        var packet = new DatagramPacket(new byte[100], 100);
        socket.receive(packet);
        return text(packet);
    }

    private static void assertNothingWaits(GreenDatagramSocket socket) throws IOException {
        socket.setSoTimeout(1);
        assertThatThrownBy(() -> next(socket)).isInstanceOf(SocketTimeoutException.class);
        socket.setSoTimeout(0);
    }

    // ---- messages

    @HubTest
    void messagesKeepTheirBoundsAndTheirSender() throws Exception {
        long seed = new Random().nextLong();
        System.out.println("seed " + seed);
        var random = new Random(seed);
        try (var a = open(); var b = open()) {
            for (int round = 0; round < Counts.of(2_000); round++) {
                byte[] sent = new byte[random.nextInt(1 << random.nextInt(15))];
                random.nextBytes(sent);
                boolean direct = random.nextBoolean();
                var message = direct ? ByteBuffer.allocateDirect(sent.length).put(sent).flip() : ByteBuffer.wrap(sent);
                a.send(message, at(b));
                assertThat(message.hasRemaining()).isFalse();
                var got = random.nextBoolean() ? ByteBuffer.allocateDirect(1 << 15) : ByteBuffer.allocate(1 << 15);
                assertThat(b.receive(got)).isEqualTo(at(a));
                assertThat(got.flip()).isEqualTo(ByteBuffer.wrap(sent));
            }
        }
    }

    @HubTest
    void packetsGoThereAndBack() throws Exception {
        try (var a = open(); var b = open()) {
            a.send(packet("there", at(b)));
            var got = new DatagramPacket(new byte[20], 5, 10);
            b.receive(got);
            assertThat(text(got)).isEqualTo("there");
            assertThat(got.getOffset()).isEqualTo(5);
            assertThat(got.getSocketAddress()).isEqualTo(at(a));
            b.send(got);
            assertThat(next(a)).isEqualTo("there");
        }
    }

    @HubTest
    void aPacketUsedAgainHasAllItsRoomAgain() throws Exception {
        try (var a = open(); var b = open()) {
            var got = new DatagramPacket(new byte[20], 20);
            for (String text : List.of("1", "as long as this", "")) {
                a.send(packet(text, at(b)));
                b.receive(got);
                assertThat(text(got)).isEqualTo(text);
            }
        }
    }

    @HubTest
    void whatDoesNotFitIsLostAndTheNextMessageIsWhole() throws Exception {
        try (var a = open(); var b = open()) {
            for (String text : List.of("too long", "next", "too long", "next")) {
                a.send(bytes(text), at(b));
            }
            var few = new DatagramPacket(new byte[3], 3);
            b.receive(few);
            assertThat(text(few)).isEqualTo("too");
            assertThat(next(b)).isEqualTo("next");
            var small = ByteBuffer.allocateDirect(3);
            b.receive(small);
            assertThat(text(small)).isEqualTo("too");
            assertThat(next(b)).isEqualTo("next");
        }
    }

    @HubTest
    void aBufferWithoutRoomTakesAMessageAndLosesItAll() throws Exception {
        try (var a = open(); var b = open()) {
            a.send(bytes("lost"), at(b));
            a.send(bytes("lost too"), at(b));
            a.send(bytes("next"), at(b));
            assertThat(b.receive(ByteBuffer.allocate(0))).isEqualTo(at(a));
            assertThat(b.receive(ByteBuffer.allocateDirect(0))).isEqualTo(at(a));
            assertThat(next(b)).isEqualTo("next");
        }
    }

    @HubTest
    void anEmptyMessageIsAMessage() throws Exception {
        try (var a = open(); var b = open()) {
            a.send(ByteBuffer.allocate(0), at(b));
            a.send(new DatagramPacket(new byte[0], 0, at(b)));
            for (int i = 0; i < 2; i++) {
                var got = new DatagramPacket(new byte[10], 10);
                b.receive(got);
                assertThat(got.getLength()).isZero();
                assertThat(got.getSocketAddress()).isEqualTo(at(a));
            }
            assertNothingWaits(b);
        }
    }

    @HubTest
    void theLongestMessagePassesAndALongerOneIsRefused() throws Exception {
        try (var a = open(); var b = open()) {
            byte[] longest = new byte[MOST_BYTES];
            new Random(1).nextBytes(longest);
            a.send(new DatagramPacket(longest, longest.length, at(b)));
            var got = new DatagramPacket(new byte[MOST_BYTES + 10], MOST_BYTES + 10);
            b.receive(got);
            assertThat(Arrays.copyOf(got.getData(), got.getLength())).isEqualTo(longest);
            for (int tooLong : new int[]{MOST_BYTES + 1, 1 << 20}) {
                assertThatThrownBy(() -> a.send(ByteBuffer.allocate(tooLong), at(b)))
                        .isInstanceOf(SocketException.class).hasMessageContaining("Message too long");
                assertThatThrownBy(() -> a.send(ByteBuffer.allocateDirect(tooLong), at(b)))
                        .isInstanceOf(SocketException.class).hasMessageContaining("Message too long");
            }
            a.send(bytes("well again"), at(b));
            assertThat(next(b)).isEqualTo("well again");
        }
    }

    @HubTest
    void aMessageForABufferThatIsReadOnlyIsNotTaken() throws Exception {
        try (var a = open(); var b = open()) {
            a.send(bytes("kept"), at(b));
            assertThatThrownBy(() -> b.receive(ByteBuffer.allocate(9).asReadOnlyBuffer()))
                    .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("not read-only");
            assertThat(next(b)).isEqualTo("kept");
        }
    }

    @HubTest
    void manySendersAreToldApart() throws Exception {
        int senders = 100;
        int rounds = 10;
        try (var server = open()) {
            var echo = Green.spawn(() -> {
                var buffer = ByteBuffer.allocateDirect(100);
                for (int i = 0; i < senders * rounds; i++) {
                    var from = server.receive(buffer.clear());
                    server.send(buffer.flip(), from);
                }
            });
            var clients = new ArrayList<GreenThread<Void>>();
            for (int i = 0; i < senders; i++) {
                String name = "client " + i;
                clients.add(Green.spawn(() -> {
                    try (var client = open()) {
                        for (int round = 0; round < rounds; round++) {
                            client.send(bytes(name + " " + round), at(server));
                            assertThat(next(client)).isEqualTo(name + " " + round);
                        }
                    }
                }));
            }
            for (var client : clients) {
                client.await();
            }
            echo.await();
        }
    }

    @HubTest
    void aReceiveThatNeverHasToWaitLetsOthersRun() throws Exception {
        try (var a = open(); var b = open()) {
            b.setReceiveBufferSize(1 << 20);
            var others = new AtomicBoolean();
            var done = new AtomicBoolean();
            Green.spawnN(() -> others.set(true));
            var busy = Green.spawn(() -> {
                for (int i = 0; i < 1_000; i++) {
                    a.send(bytes("x"), at(b));
                    next(b);
                    if (others.get()) {
                        done.set(true);
                        return;
                    }
                }
            });
            busy.await();
            assertThat(done).isTrue();
        }
    }

    // ---- waits

    @HubTest
    void aWakeUpWithoutAMessageWaitsOn() throws Exception {
        try (var a = open(); var b = open()) {
            var receiver = Green.spawn(() -> next(b));
            for (int i = 0; i < 10; i++) {
                Green.sleep();
                LockSupport.unpark(receiver.thread());
            }
            Green.sleep();
            assertThat(receiver.isAlive()).isTrue();
            a.send(bytes("now"), at(b));
            assertThat(receiver.await()).isEqualTo("now");
        }
    }

    @HubTest
    void soTimeoutEndsAReceiveAndTheSocketStaysUsable() throws Exception {
        try (var a = open(); var b = open()) {
            b.setSoTimeout(5);
            assertThatThrownBy(() -> next(b)).isInstanceOf(SocketTimeoutException.class)
                    .hasMessage("Receive timed out");
            assertThatThrownBy(() -> b.receive(ByteBuffer.allocate(1))).isInstanceOf(SocketTimeoutException.class);
            a.send(bytes("late"), at(b));
            assertThat(next(b)).isEqualTo("late");
        }
    }

    @HubTest
    void aReceiveThatEndsEarlyTakesNothing() throws Exception {
        try (var a = open(); var b = open()) {
            assertThatThrownBy(() -> Timeout.call(Duration.ofMillis(5), () -> next(b))).isInstanceOf(Timeout.class);
            var receiver = Green.spawn(() -> next(b));
            Turns.untilWaits(receiver);
            receiver.kill();
            assertThatThrownBy(receiver::await).isInstanceOf(GreenExit.class);
            a.send(bytes("whole"), at(b));
            assertThat(next(b)).isEqualTo("whole");
        }
    }

    @HubTest
    @NotSimulated("it makes the deadline pass by letting real time pass")
    void aMessageThatHasArrivedWinsOverADeadlineThatPassedInTheSameTurn() throws Exception {
        try (var a = open(); var b = open()) {
            var receiver = Green.spawn(() -> Timeout.call(Duration.ofMillis(300), () -> next(b)));
            Turns.untilWaits(receiver);
            a.send(bytes("data"), at(b));
            long end = System.nanoTime() + 350_000_000;
            while (System.nanoTime() < end) {
                Thread.onSpinWait(); // Both the message and the deadline are due when the loop turns next.
            }
            assertThat(receiver.await()).isEqualTo("data");
        }
    }

    @HubTest
    void anInterruptClosesTheSocketAsTheJdkDoes() throws Exception {
        try (var socket = open()) {
            var receiver = Green.spawn(() -> {
                assertThatThrownBy(() -> next(socket)).isInstanceOf(SocketException.class)
                        .hasMessage("Closed by interrupt");
                return Thread.currentThread().isInterrupted();
            });
            Turns.untilWaits(receiver);
            receiver.thread().interrupt();
            assertThat(receiver.await()).isTrue();
            assertThat(socket.isClosed()).isTrue();
        }
    }

    @HubTest
    void aSecondReceiverIsToldWhoReceivesAndTheFirstIsUndisturbed() throws Exception {
        try (var a = open(); var b = open()) {
            var first = Green.spawn("first", () -> next(b));
            Turns.untilWaits(first);
            assertThatThrownBy(() -> next(b)).isInstanceOf(ConcurrentUseException.class)
                    .hasMessageContaining("'first' receives on GreenDatagramSocket[local=/127.0.0.1:")
                    .hasMessageEndingWith("already (expected: one receiver and one sender at a time)");
            b.send(bytes("both ways"), at(a));
            assertThat(next(a)).isEqualTo("both ways");
            a.send(bytes("for the first"), at(b));
            assertThat(first.await()).isEqualTo("for the first");
        }
    }

    @HubTest
    void aThreadOnNoLoopReceivesAndSends() throws Exception {
        try (var a = open(); var b = open()) {
            var heard = new AtomicReference<Object>();
            var elsewhere = Thread.ofPlatform().start(() -> {
                try {
                    heard.set(next(b));
                    b.send(bytes("back"), at(a));
                } catch (IOException e) {
                    heard.set(e);
                }
            });
            a.send(bytes("there"), at(b));
            assertThat(next(a)).isEqualTo("back");
            elsewhere.join();
            assertThat(heard.get()).isEqualTo("there");
        }
    }

    @HubTest
    void readinessCanBeWaitedForWithoutATry() throws Exception {
        try (var a = open(); var b = open()) {
            Trampoline.awaitWritable(a, Duration.ofSeconds(10));
            assertThatThrownBy(() -> Trampoline.awaitReadable(b, Duration.ofMillis(5)))
                    .isInstanceOf(SocketTimeoutException.class);
            a.send(bytes("x"), at(b));
            Trampoline.awaitReadable(b, Duration.ofSeconds(10));
            assertThat(next(b)).isEqualTo("x");
        }
    }

    // ---- close

    @HubTest
    void closeWakesAReceiver() throws Exception {
        var socket = open();
        var receiver = Green.spawn(() -> next(socket));
        Turns.untilWaits(receiver);
        socket.close();
        assertThatThrownBy(receiver::await).isInstanceOf(SocketException.class).hasMessage("Socket closed");
    }

    @HubTest
    void closeFromAnotherThreadWakesAReceiverAndIsOverWhenItReturns() throws Exception {
        var socket = open();
        int port = socket.getLocalPort();
        var receiver = Green.spawn(() -> next(socket));
        Turns.untilWaits(receiver);
        var again = new AtomicReference<IOException>();
        var closer = Thread.ofPlatform().start(() -> {
            socket.close();
            try (var jdk = new DatagramSocket(port, InetAddress.getLoopbackAddress())) {
                again.set(new IOException("bound again: " + jdk.isBound()));
            } catch (IOException e) {
                again.set(e);
            }
        });
        assertThatThrownBy(receiver::await).isInstanceOf(SocketException.class).hasMessage("Socket closed");
        closer.join();
        assertThat(again.get()).hasMessage("bound again: true");
    }

    @HubTest
    void aPortCanBeBoundAgainTheMomentCloseReturns() throws Exception {
        int port;
        try (var first = open()) {
            port = first.getLocalPort();
            first.setSoTimeout(1);
            assertThatThrownBy(() -> next(first)).isInstanceOf(SocketTimeoutException.class); // Registered.
        }
        for (int i = 0; i < 20; i++) {
            new GreenDatagramSocket(new InetSocketAddress("127.0.0.1", port)).close();
        }
    }

    @HubTest
    void anOldDescriptorsEventsNeverReachANewSocket() throws Exception {
        try (var sender = open()) {
            for (int i = 0; i < Counts.of(2_000); i++) {
                var old = open();
                var receiver = Green.spawn(() -> next(old));
                Turns.untilWaits(receiver);
                sender.send(bytes("for the old"), at(old));
                old.close();
                try (var fresh = open()) {
                    assertNothingWaits(fresh);
                }
                assertThatThrownBy(receiver::await).isInstanceOf(SocketException.class);
            }
        }
    }

    @HubTest
    void aSocketThatIsLeftOpenGoesWithItsLoop(HubProvider hub) throws Exception {
        int port;
        try (var loop = EventLoop.start(options -> options.hub(hub))) {
            port = loop.spawn(() -> {
                var sender = open(); // Sends only: no poller has ever seen it.
                sender.send(bytes("x"), at(sender));
                return sender.getLocalPort();
            }).get();
            assertThatThrownBy(() -> new GreenDatagramSocket(new InetSocketAddress("127.0.0.1", port)))
                    .isInstanceOf(BindException.class);
        }
        new GreenDatagramSocket(new InetSocketAddress("127.0.0.1", port)).close();
    }

    @HubTest
    void offALoopTheMessageSaysWhereToMakeOne() throws Exception {
        var thrown = new AtomicReference<Throwable>();
        var thread = Thread.ofPlatform().start(() -> {
            try (var socket = open()) {
                thrown.set(new AssertionError(socket.toString()));
            } catch (Exception e) {
                thrown.set(e);
            }
        });
        thread.join();
        assertThat(thrown.get()).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("new GreenDatagramSocket was called on the thread")
                .hasMessageContaining("Green.run(...)").hasMessageContaining("EventLoop.start()");
    }

    @HubTest
    void anAddressInUseIsNamedAndNothingIsLeft() throws Exception {
        try (var socket = open()) {
            assertThatThrownBy(() -> new GreenDatagramSocket(at(socket)))
                    .isInstanceOf(BindException.class).hasMessageContaining("Address already in use")
                    .hasMessageContaining(":" + socket.getLocalPort());
        }
    }

    // ---- a peer

    @HubTest
    void aConnectedSocketHearsItsPeerAlone() throws Exception {
        try (var a = open(); var b = open(); var stranger = open()) {
            stranger.send(bytes("before"), at(a));
            a.connect(at(b));
            stranger.send(bytes("after"), at(a));
            b.send(bytes("peer"), at(a));
            assertThat(next(a)).isEqualTo("peer");
            assertNothingWaits(a);
        }
    }

    @HubTest
    void aConnectedSocketSendsToItsPeerAlone() throws Exception {
        try (var a = open(); var b = open(); var other = open()) {
            a.connect(at(b));
            assertThat(a.getRemoteSocketAddress()).isEqualTo(at(b));
            var unaddressed = new DatagramPacket("1".getBytes(StandardCharsets.UTF_8), 1);
            a.send(unaddressed);
            assertThat(unaddressed.getSocketAddress()).isEqualTo(at(b));
            a.send(bytes("2"), null);
            a.send(bytes("3"), at(b));
            for (String text : List.of("1", "2", "3")) {
                assertThat(next(b)).isEqualTo(text);
            }
            ThrowingCallable elsewhere = () -> a.send(packet("no", at(other)));
            assertThatThrownBy(elsewhere).isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("Connected and packet address differ");
        }
    }

    @HubTest
    void disconnectedASocketHearsEverybodyAndKeepsItsPort() throws Exception {
        try (var a = new GreenDatagramSocket(); var b = open(); var other = open()) {
            int port = a.getLocalPort();
            a.connect(at(b));
            a.disconnect();
            assertThat(a.isConnected()).isFalse();
            assertThat(a.getLocalPort()).isEqualTo(port);
            other.send(bytes("heard"), new InetSocketAddress("127.0.0.1", port));
            assertThat(next(a)).isEqualTo("heard");
            a.connect(at(other));
            a.connect(at(b));
            assertThat(a.getRemoteSocketAddress()).isEqualTo(at(b));
        }
    }

    @HubTest
    void anUnreachablePortIsToldToAConnectedReceiverAndSender() throws Exception {
        SocketAddress nobody;
        try (var gone = open()) {
            nobody = at(gone);
        }
        try (var socket = open()) {
            socket.connect(nobody);
            var receiver = Green.spawn(() -> next(socket));
            Turns.untilWaits(receiver);
            socket.send(bytes("x"), null);
            assertThatThrownBy(receiver::await).isInstanceOf(PortUnreachableException.class);
            socket.send(bytes("x"), null);
            assertThatThrownBy(() -> {
                for (int i = 0; i < 100; i++) {
                    socket.send(bytes("x"), null);
                }
            }).isInstanceOf(PortUnreachableException.class);
        }
    }

    @HubTest
    void anUnreachablePortIsNotToldToASocketWithoutAPeer() throws Exception {
        SocketAddress nobody;
        try (var gone = open()) {
            nobody = at(gone);
        }
        try (var socket = open(); var other = open()) {
            for (int i = 0; i < 10; i++) {
                socket.send(bytes("x"), nobody);
            }
            other.send(bytes("well"), at(socket));
            assertThat(next(socket)).isEqualTo("well");
        }
    }

    // ---- sharing a port, multicast

    @HubTest
    void twoSocketsShareAPort() throws Exception {
        try (var first = new GreenDatagramSocket((SocketAddress) null)) {
            assumeTrue(first.supportedOptions().contains(StandardSocketOptions.SO_REUSEPORT),
                    "no SO_REUSEPORT on this system");
            first.setOption(StandardSocketOptions.SO_REUSEPORT, true);
            first.bind(ANY);
            try (var second = new GreenDatagramSocket((SocketAddress) null)) {
                second.setOption(StandardSocketOptions.SO_REUSEPORT, true);
                second.bind(at(first));
                var heard = new ArrayList<String>();
                for (var each : List.of(first, second)) {
                    Green.spawnN(() -> {
                        while (heard.size() < 50) {
                            try {
                                heard.add(next(each));
                            } catch (SocketException e) {
                                return;
                            }
                        }
                    });
                }
                Green.sleep();
                for (int i = 0; i < 50; i++) {
                    try (var sender = open()) {
                        sender.send(bytes("" + i), at(first));
                    }
                }
                while (heard.size() < 50) {
                    Green.sleep();
                }
                assertThat(heard).doesNotHaveDuplicates();
            }
        }
    }

    private static NetworkInterface loopback() throws SocketException {
        return NetworkInterface.getByInetAddress(InetAddress.getLoopbackAddress());
    }

    @HubTest
    void aMemberHearsItsGroupUntilItLeaves() throws Exception {
        var group = new InetSocketAddress("239.255.77.77", 0).getAddress();
        try (var member = new GreenDatagramSocket(0); var sender = new GreenDatagramSocket(0)) {
            var to = new InetSocketAddress(group, member.getLocalPort());
            sender.setOption(StandardSocketOptions.IP_MULTICAST_IF, loopback());
            assertThat(sender.getOption(StandardSocketOptions.IP_MULTICAST_IF)).isEqualTo(loopback());
            member.joinGroup(to, loopback());
            assertThatThrownBy(() -> member.joinGroup(to, loopback())).isInstanceOf(SocketException.class)
                    .hasMessage("Already a member of group");
            sender.send(bytes("to all"), to);
            member.setSoTimeout(500);
            try {
                assertThat(next(member)).isEqualTo("to all");
            } catch (SocketTimeoutException e) {
                assumeTrue(false, "the loopback interface of this machine carries no multicast");
            }
            member.leaveGroup(to, loopback());
            sender.send(bytes("no more"), to);
            assertNothingWaits(member);
            assertThatThrownBy(() -> member.leaveGroup(to, loopback())).isInstanceOf(SocketException.class)
                    .hasMessage("Not a member of group");
        }
    }

    @HubTest
    void severalAreWaitedForAtATime() throws Exception {
        try (var a = open(); var b = open(); var c = open()) {
            c.send(bytes("x"), at(a));
            c.send(bytes("y"), at(b));
            var selected = Net.select(List.of(a, b, c), List.of(), Duration.ofSeconds(10));
            assertThat(selected.readable()).contains(a).doesNotContain(c);
        }
    }
}
