package dev.verdant.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.abort;

import dev.verdant.green.Green;
import dev.verdant.green.GreenExit;
import dev.verdant.green.net.ConcurrentUseException;
import dev.verdant.green.net.GreenDatagramSocket;
import dev.verdant.hub.AbstractUnixAddress;
import java.io.IOException;
import java.net.BindException;
import java.net.DatagramPacket;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.UnsupportedAddressTypeException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Datagrams within this machine. */
class UnixDatagramTest {

    private static final SocketAddress UNNAMED = UnixDomainSocketAddress.of("");

    private Path folder = Path.of("");

    @BeforeEach
    void makeFolder() throws IOException {
        folder = Files.createTempDirectory("verdant"); // A short name: an address has room for 108 bytes.
    }

    @AfterEach
    void removeFolder() throws IOException {
        try (var files = Files.list(folder)) {
            for (Path each : files.toList()) {
                Files.delete(each);
            }
        }
        Files.delete(folder);
    }

    private SocketAddress address(String name) {
        return UnixDomainSocketAddress.of(folder.resolve(name));
    }

    /** Opens a socket, or skips the test with the hub's own reason. */
    private static GreenDatagramSocket open(SocketAddress at) throws IOException {
        try {
            return new GreenDatagramSocket(at);
        } catch (UnsupportedOperationException e) {
            assertThat(e.getMessage()).isNotBlank();
            return abort(String.valueOf(e.getMessage()));
        }
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String next(GreenDatagramSocket socket) throws IOException {
        var buffer = ByteBuffer.allocate(100);
        boolean _ = socket.receive(buffer) == null;
        return StandardCharsets.UTF_8.decode(buffer.flip()).toString();
    }

    @HubTest
    void messagesGoFromPathToPathAndNameTheirSender() throws Exception {
        try (var a = open(address("a")); var b = open(address("b"))) {
            a.send(bytes("hello"), address("b"));
            var buffer = ByteBuffer.allocateDirect(100);
            assertThat(b.receive(buffer)).isEqualTo(address("a"));
            b.send(buffer.flip(), address("a"));
            assertThat(next(a)).isEqualTo("hello");
        }
    }

    @HubTest
    @EnabledOnOs(OS.LINUX)
    void anAbstractNameNeedsNoFile() throws Exception {
        var name = AbstractUnixAddress.of(folder.getFileName() + " abstract");
        try (var a = open(name); var b = open(address("b"))) {
            assertThat(a.getLocalSocketAddress()).isEqualTo(name);
            b.send(bytes("to the name"), name);
            assertThat(next(a)).isEqualTo("to the name");
            a.send(bytes("from the name"), address("b"));
            assertThat(b.receive(ByteBuffer.allocate(100))).isEqualTo(name);
        }
    }

    @HubTest
    void aSenderWithoutANameIsHeard() throws Exception {
        try (var a = open(UNNAMED); var b = open(address("b"))) {
            assertThat(a.isBound()).isFalse();
            a.send(bytes("anonymous"), address("b"));
            var buffer = ByteBuffer.allocate(100);
            assertThat(b.receive(buffer)).isEqualTo(UNNAMED);
            assertThat(buffer.position()).isEqualTo(9);
            a.bind(address("a"));
            a.send(bytes("named"), address("b"));
            assertThat(b.receive(buffer.clear())).isEqualTo(address("a"));
        }
    }

    @HubTest
    void emptyAndCutMessagesAreMessages() throws Exception {
        try (var a = open(address("a")); var b = open(address("b"))) {
            a.send(ByteBuffer.allocate(0), address("b"));
            a.send(bytes("too long"), address("b"));
            a.send(bytes("next"), address("b"));
            assertThat(next(b)).isEmpty();
            var small = ByteBuffer.allocate(3);
            assertThat(b.receive(small)).isEqualTo(address("a"));
            assertThat(small.hasRemaining()).isFalse();
            assertThat(next(b)).isEqualTo("next");
        }
    }

    @HubTest
    void aSenderWaitsForRoomAtAReceiverThatIsFullWithOrWithoutAPeer() throws Exception {
        for (boolean connected : new boolean[]{false, true}) {
            String receiver = "b" + connected;
            try (var a = open(address("a" + connected)); var b = open(address(receiver))) {
                if (connected) {
                    a.connect(address(receiver));
                }
                int count = 2_000; // The kernel's queue has room for ten, or a few hundred.
                var sent = new AtomicInteger();
                var sender = Green.spawn(() -> {
                    for (int i = 0; i < count; i++) {
                        a.send(bytes("" + i), address(receiver));
                        sent.incrementAndGet();
                    }
                });
                Turns.untilWaits(sender);
                assertThat(sent.get()).isLessThan(count);
                for (int i = 0; i < count; i++) {
                    assertThat(next(b)).isEqualTo("" + i);
                }
                sender.await();
            }
        }
    }

    @HubTest
    void aSenderThatIsKilledAtAFullReceiverHasSentNothingMore() throws Exception {
        try (var a = open(address("a")); var b = open(address("b"))) {
            var sent = new AtomicInteger();
            var sender = Green.spawn("first", () -> {
                while (true) {
                    a.send(bytes("" + sent.get()), address("b"));
                    sent.incrementAndGet();
                }
            });
            Turns.untilWaits(sender);
            assertThatThrownBy(() -> a.send(bytes("second"), address("b"))).isInstanceOf(ConcurrentUseException.class)
                    .hasMessageStartingWith("The thread 'first' sends on GreenDatagramSocket[local=")
                    .hasMessageEndingWith("already (expected: one receiver and one sender at a time)");
            sender.kill();
            assertThatThrownBy(sender::await).isInstanceOf(GreenExit.class);
            for (int i = 0; i < sent.get(); i++) {
                assertThat(next(b)).isEqualTo("" + i);
            }
            b.setSoTimeout(1);
            assertThatThrownBy(() -> next(b)).isInstanceOf(SocketTimeoutException.class);
        }
    }

    @HubTest
    void aPacketIsRefusedBecauseItHoldsNoSuchAddress() throws Exception {
        try (var a = open(address("a"))) {
            var packet = new DatagramPacket(new byte[10], 10);
            for (var call : new ThrowingCallable[]{() -> a.send(packet),
                    () -> a.receive(packet)}) {
                assertThatThrownBy(call).isInstanceOf(SocketException.class)
                        .hasMessageContaining("holds no Unix-domain address").hasMessageContaining("buffers");
            }
        }
    }

    @HubTest
    void ofPortsAndInternetAddressesItSaysWhatAnUnboundSocketSays() throws Exception {
        try (var a = open(address("a")); var b = open(address("b"))) {
            a.connect(address("b"));
            assertThat(a.isBound()).isTrue();
            assertThat(a.isConnected()).isTrue();
            assertThat(a.getLocalSocketAddress()).isEqualTo(address("a"));
            assertThat(a.getRemoteSocketAddress()).isEqualTo(b.getLocalSocketAddress());
            assertThat(a.getPort()).isEqualTo(-1);
            assertThat(a.getInetAddress()).isNull();
            assertThat(a.getLocalPort()).isZero();
            assertThat(a.toString()).contains(folder.resolve("a").toString()).contains(folder.resolve("b").toString());
            a.disconnect();
            assertThat(a.isConnected()).isFalse();
            var internet = new InetSocketAddress("127.0.0.1", 1);
            assertThatThrownBy(() -> a.connect(internet)).isInstanceOf(UnsupportedAddressTypeException.class);
            assertThatThrownBy(() -> a.send(bytes("x"), internet)).isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("a Unix-domain address");
        }
    }

    @HubTest
    @NotSimulated("the simulated network has no files")
    void aPathThatIsTakenIsNamedAndStaysWhenItsSocketIsClosed() throws Exception {
        try (var _ = open(address("a"))) {
            assertThatThrownBy(() -> open(address("a"))).isInstanceOf(BindException.class)
                    .hasMessageContaining("Address already in use")
                    .hasMessageContaining(folder.resolve("a").toString());
        }
        assertThat(folder.resolve("a")).exists(); // As the JDK leaves its own: whoever made the path removes it.
        assertThatThrownBy(() -> open(address("a"))).isInstanceOf(BindException.class);
        Files.delete(folder.resolve("a"));
        open(address("a")).close();
    }

    @HubTest
    void nobodyAtAPathIsAFailureThatSaysSo() throws Exception {
        try (var a = open(address("a"))) {
            assertThatThrownBy(() -> a.send(bytes("x"), address("nobody"))).isInstanceOf(IOException.class)
                    .hasMessageContaining("No such file or directory");
        }
    }
}
