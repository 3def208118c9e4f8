package dev.verdant.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.verdant.green.Green;
import dev.verdant.green.net.GreenServerSocket;
import dev.verdant.green.net.GreenSocket;
import dev.verdant.green.net.Net;
import dev.verdant.hub.AbstractUnixAddress;
import dev.verdant.hub.Hub;
import dev.verdant.hub.HubProvider;
import dev.verdant.hub.Hubs;
import dev.verdant.hub.SocketDomain;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.UnsupportedAddressTypeException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import jdk.net.ExtendedSocketOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Unix-domain streams through {@code Net} and the socket classes. */
class UnixSocketTest {

    private static final AtomicLong NUMBER = new AtomicLong();

    @TempDir
    private Path directory;

    private UnixDomainSocketAddress path() {
        return UnixDomainSocketAddress.of(directory.resolve("socket" + NUMBER.incrementAndGet()));
    }

    private void assumeUnix(HubProvider provider) {
        assumeThat(canListen(provider, path())).as("the hub '%s' has Unix-domain streams", provider.name()).isTrue();
    }

    private static boolean canListen(HubProvider provider, SocketAddress at) {
        try (Hub hub = provider.open()) {
            var listener = hub.openListener(SocketDomain.UNIX);
            try {
                listener.bind(at, 1);
                return true;
            } finally {
                listener.close();
            }
        } catch (UnsupportedOperationException | UnsupportedAddressTypeException | IOException e) {
            return false;
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    @HubTest
    void bytesGoBothWaysAndEachDirectionEndsOnItsOwn(HubProvider hub) throws Exception {
        assumeUnix(hub);
        var path = path();
        try (var listener = Net.listen(path); var client = Net.connect(path); var server = listener.accept()) {
            byte[] much = new byte[3 << 20];
            var writer = Green.spawn(() -> {
                client.sendAll(much);
                client.shutdownOutput();
            });
            assertThat(server.getInputStream().readAllBytes()).isEqualTo(much);
            writer.await();
            server.sendAll(bytes("still here"));
            server.shutdownOutput();
            assertThat(text(client.getInputStream().readAllBytes())).isEqualTo("still here");
        }
    }

    @HubTest
    void aSocketOfAPathHasNoPortAndNoInternetAddress(HubProvider hub) throws Exception {
        assumeUnix(hub);
        var path = path();
        try (var listener = Net.listen(path); var client = Net.connect(path); var server = listener.accept()) {
            for (GreenSocket socket : new GreenSocket[]{client, server}) {
                assertThat(socket.isConnected()).isTrue();
                assertThat(socket.getPort()).isZero();
                assertThat(socket.getLocalPort()).isEqualTo(-1);
                assertThat(socket.getInetAddress()).isNull();
                assertThat(socket).hasToString("GreenSocket[path=" + path + "]");
            }
            assertThat(client.getRemoteSocketAddress()).isEqualTo(path);
            assertThat(server.getLocalSocketAddress()).isEqualTo(path);
            assertThat(listener.getLocalSocketAddress()).isEqualTo(path);
            assertThat(listener.getLocalPort()).isEqualTo(-1);
            assertThat(listener.getInetAddress()).isNull();
            assertThat(listener).hasToString("GreenServerSocket[path=" + path + "]");
            close(client);
            assertThat(client.getRemoteSocketAddress()).isEqualTo(path);
        }
    }

    @HubTest
    void aClientThatIsBoundIsKnownByItsPath(HubProvider hub) throws Exception {
        assumeUnix(hub);
        var path = path();
        var own = path();
        try (var listener = new GreenServerSocket(); var client = new GreenSocket()) {
            listener.bind(path);
            client.bind(own);
            assertThat(client.isBound()).isTrue();
            client.connect(path, 5_000);
            try (var server = listener.accept()) {
                assertThat(server.getRemoteSocketAddress()).isEqualTo(own);
                assertThat(client.getLocalSocketAddress()).isEqualTo(own);
            }
            assertThatThrownBy(() -> client.connect(path)).isInstanceOf(SocketException.class)
                    .hasMessage("Already connected");
            assertThatThrownBy(() -> client.bind(path())).isInstanceOf(SocketException.class)
                    .hasMessage("Already bound");
        }
    }

    @HubTest
    @NotSimulated("the simulated network has no files")
    void aPathThatExistsIsRefusedAndIsNotDeletedByAClose(HubProvider hub) throws Exception {
        assumeUnix(hub);
        var path = path();
        try (var _ = Net.listen(path)) {
            assertThatThrownBy(() -> Net.listen(path)).isInstanceOf(BindException.class)
                    .hasMessageStartingWith("Address already in use");
        }
        assertThat(Files.exists(path.getPath())).isTrue();
        assertThatThrownBy(() -> Net.listen(path)).isInstanceOf(BindException.class);
        assertThatThrownBy(() -> Net.connect(path)).isInstanceOf(ConnectException.class)
                .hasMessageStartingWith("Connection refused").hasMessageContaining(path.toString());
        Files.delete(path.getPath());
        Net.listen(path).close();
    }

    @HubTest
    void aPathThatIsNotThereIsAnErrorThatNamesIt(HubProvider hub) {
        assumeUnix(hub);
        var path = path();
        assertThatThrownBy(() -> Net.connect(path)).isInstanceOf(SocketException.class)
                .hasMessageContaining(path.toString());
    }

    @HubTest
    void thePeersCredentialsAreKnown(HubProvider hub) throws Exception {
        assumeUnix(hub);
        var path = path();
        try (var listener = Net.listen(path); var client = Net.connect(path); var server = listener.accept()) {
            assumeThat(client.supportedOptions()).contains(ExtendedSocketOptions.SO_PEERCRED);
            var own = Files.getOwner(directory);
            assertThat(client.getOption(ExtendedSocketOptions.SO_PEERCRED).user()).isEqualTo(own);
            assertThat(server.getOption(ExtendedSocketOptions.SO_PEERCRED).user()).isEqualTo(own);
        }
    }

    @HubTest
    void theNameOfThePeersUserIsLookedUpOffTheLoop(HubProvider hub) throws Exception {
        assumeUnix(hub);
        var path = path();
        try (var listener = Net.listen(path); var client = Net.connect(path); var server = listener.accept()) {
            assumeThat(client.supportedOptions()).contains(ExtendedSocketOptions.SO_PEERCRED);
            var others = new AtomicInteger();
            // An answer may be there before the caller waits for it, but hardly fifty times.
            for (int i = 0; i < 50 && others.get() == 0; i++) {
                var other = Green.spawn(others::incrementAndGet);
                assertThat(server.getOption(ExtendedSocketOptions.SO_PEERCRED).user())
                        .isEqualTo(Files.getOwner(directory));
                if (others.get() == 0) {
                    other.await();
                    others.set(0);
                }
            }
            assertThat(others).as("green threads that ran meanwhile").hasValue(1);
        }
    }

    @HubTest
    void anAbstractNameWorksOrTheHubSaysWhyNot(HubProvider hub) throws Exception {
        assumeUnix(hub);
        var name = AbstractUnixAddress
                .of("verdant-test-" + ProcessHandle.current().pid() + "-" + NUMBER.incrementAndGet());
        GreenServerSocket listener;
        try {
            listener = Net.listen(name);
        } catch (SocketException | UnsupportedOperationException e) {
            assertThat(e.getMessage()).as("what to do instead").hasSizeGreaterThan(20);
            return;
        }
        try (listener; var client = Net.connect(name); var server = listener.accept()) {
            client.sendAll(bytes("x"));
            assertThat(text(server.recv(9))).isEqualTo("x");
            assertThat(client.getRemoteSocketAddress()).isEqualTo(name);
            assertThat(client).hasToString("GreenSocket[path=" + name + "]");
        }
    }

    @HubTest
    void aTcpSocketDoesNotBecomeAUnixSocket() throws Exception {
        try (var socket = new GreenSocket()) {
            socket.setKeepAlive(true);
            assertThatThrownBy(() -> socket.connect(path())).isInstanceOf(SocketException.class)
                    .hasMessageContaining("is an internet socket already");
            assertThat(socket.isClosed()).isFalse();
            socket.bind(new InetSocketAddress("127.0.0.1", 0));
            assertThat(socket.getLocalPort()).isPositive();
        }
    }

    @HubTest
    void aConnectThatWasRefusedItsArgumentsLeavesTheKindOpen(HubProvider hub) throws Exception {
        assumeUnix(hub);
        var path = path();
        try (var socket = new GreenSocket(); var listener = Net.listen(path)) {
            assertThatThrownBy(() -> socket.connect(new InetSocketAddress("127.0.0.1", 1), -1))
                    .isInstanceOf(IllegalArgumentException.class);
            socket.connect(path);
            assertThat(socket.isConnected()).isTrue();
            listener.accept().close();
        }
    }

    @HubTest
    void readAheadWorksOnPathsToo(HubProvider hub) throws Exception {
        assumeUnix(hub);
        var path = path();
        try (var listener = Net.listen(path); var client = Net.connect(path); var server = listener.accept()) {
            client.sendAll(bytes("abc"));
            assertThat(server.getInputStream().available()).isEqualTo(3);
            assertThat(text(server.recv(9))).isEqualTo("abc");
        }
    }

    @Test
    @Timeout(value = 120, unit = TimeUnit.SECONDS)
    void othersRunWhileTheFirstUnixSocketOfAProgramIsLinked() throws Exception {
        assumeTrue(Hubs.providers().stream()
                .anyMatch(provider -> provider.name().equals("epoll") && provider.unusable().isEmpty()));
        assertThat(ChildJvm.of(UnixSocketTest.class).hub("epoll").run(path().getPath().toString()))
                .containsExactly("others have run");
    }

    /** The child: listens while another asks to run again and again. */
    public static void main(String[] args) throws Exception {
        Green.run(() -> {
            var runs = new AtomicInteger();
            var other = Green.spawn(() -> {
                while (true) {
                    runs.incrementAndGet();
                    Green.sleep();
                }
            });
            Turns.until(() -> runs.get() > 0);
            int before = runs.get();
            Net.listen(UnixDomainSocketAddress.of(args[0])).close();
            System.out.println(runs.get() > before ? "others have run" : "nobody else has run");
            other.kill();
        });
    }

    private static void close(GreenSocket socket) throws IOException {
        socket.close();
    }
}
