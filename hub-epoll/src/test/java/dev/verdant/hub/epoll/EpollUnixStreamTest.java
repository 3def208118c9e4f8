package dev.verdant.hub.epoll;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.hub.AbstractUnixAddress;
import dev.verdant.hub.Hub;
import dev.verdant.hub.ListenerChannel;
import dev.verdant.hub.ResourceExhaustedException;
import dev.verdant.hub.SocketDomain;
import dev.verdant.hub.StreamChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.UnsupportedAddressTypeException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import jdk.net.ExtendedSocketOptions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Unix-domain streams: paths, abstract names, credentials. */
@Timeout(60)
class EpollUnixStreamTest {

    private static final UnixDomainSocketAddress UNNAMED = UnixDomainSocketAddress.of("");

    private final Hub hub = new EpollHubProvider().open();

    @TempDir
    private Path directory;

    @AfterEach
    void close() {
        hub.close();
    }

    @Test
    void bytesPassAndBothEndsHaveTheirNames() throws Exception {
        for (SocketAddress name : List.of(path("s"), AbstractUnixAddress.of("verdant " + UUID.randomUUID()),
                AbstractUnixAddress.of(new byte[]{0, (byte) 0xff, 0, 1, (byte) ProcessHandle.current().pid()}))) {
            ListenerChannel listener = listen(name);
            assertThat(listener.localAddress()).isEqualTo(name);
            StreamChannel client = open();
            assertThat(client.localAddress()).isNull();
            assertThat(client.connect(name)).isTrue();
            StreamChannel server = Objects.requireNonNull(listener.accept());
            assertThat(client.remoteAddress()).isEqualTo(name);
            assertThat(client.localAddress()).isEqualTo(UNNAMED);
            assertThat(server.localAddress()).isEqualTo(name);
            assertThat(server.remoteAddress()).isEqualTo(UNNAMED);
            client.write(new byte[]{1, 2, 3}, 0, 3);
            assertThat(server.read(new byte[10], 0, 10)).isEqualTo(3);
            assertThat(server.read(new byte[10], 0, 10)).isZero();
            client.write(new byte[]{1, 2, 3}, 0, 3);
            assertThat(server.read(ByteBuffer.allocateDirect(10))).isEqualTo(3);
            client.close();
            assertThat(server.read(ByteBuffer.allocateDirect(10))).isEqualTo(-1);
            assertThatThrownBy(() -> server.write(new byte[1], 0, 1)).hasMessage("Broken pipe");
            server.close();
            listener.close();
        }
    }

    @Test
    void aBoundClientShowsItsPath() throws Exception {
        ListenerChannel listener = listen(path("s"));
        StreamChannel client = open();
        client.bind(path("c"));
        assertThat(client.connect(path("s"))).isTrue();
        StreamChannel server = Objects.requireNonNull(listener.accept());
        assertThat(server.remoteAddress()).isEqualTo(path("c"));
        assertThat(client.localAddress()).isEqualTo(path("c"));
        client.close();
        server.close();
        listener.close();
    }

    @Test
    void aPathThatExistsIsNeitherTakenNorTouched() throws Exception {
        listen(path("stale")).close();
        assertThat(Files.exists(directory.resolve("stale"), LinkOption.NOFOLLOW_LINKS)).isTrue();
        Files.writeString(directory.resolve("file"), "precious");
        ListenerChannel live = listen(path("live"));
        for (String name : List.of("stale", "file", "live")) {
            ListenerChannel second = hub.openListener(SocketDomain.UNIX);
            Object key = Files.readAttributes(directory.resolve(name), "unix:ino,ctime");
            assertThatThrownBy(() -> second.bind(path(name), 1)).isExactlyInstanceOf(BindException.class)
                    .hasMessage("Address already in use: " + path(name));
            assertThat(Files.readAttributes(directory.resolve(name), "unix:ino,ctime")).isEqualTo(key);
            second.close();
        }
        assertThat(Files.readString(directory.resolve("file"))).isEqualTo("precious");
        StreamChannel client = open();
        assertThat(client.connect(path("live"))).isTrue();
        client.close();
        live.close();
    }

    @Test
    void failuresHaveTheJdksWords() throws Exception {
        listen(path("stale")).close();
        StreamChannel client = open();
        assertThatThrownBy(() -> client.connect(path("stale"))).isExactlyInstanceOf(ConnectException.class)
                .hasMessage("Connection refused: " + path("stale"));
        assertThatThrownBy(() -> client.connect(path("missing"))).isExactlyInstanceOf(SocketException.class)
                .hasMessage("No such file or directory: " + path("missing"));
        assertThatThrownBy(() -> client.connect(UNNAMED)).isExactlyInstanceOf(ConnectException.class);
        assertThatThrownBy(() -> client.connect(Pair.loopback())).isInstanceOf(UnsupportedAddressTypeException.class);
        ListenerChannel listener = hub.openListener(SocketDomain.UNIX);
        for (int length : new int[]{107, 108, 300}) {
            var tooLong = UnixDomainSocketAddress.of("/" + "x".repeat(length - 1));
            assertThatThrownBy(() -> listener.bind(tooLong, 1)).isExactlyInstanceOf(SocketException.class)
                    .hasMessage("Unix domain path too long");
            assertThatThrownBy(() -> client.connect(tooLong)).isExactlyInstanceOf(SocketException.class)
                    .hasMessage("Unix domain path too long");
        }
        assertThatThrownBy(() -> listener.bind(UNNAMED, 1)).isExactlyInstanceOf(BindException.class)
                .hasMessage("Server socket cannot bind to unnamed address");
        assertThatThrownBy(() -> client.sendUrgent(1)).isInstanceOf(UnsupportedOperationException.class);
        client.close();
        listener.close();
    }

    @Test
    void theLongestPathAndTheLongestNameWork() throws Exception {
        String room = directory.toString();
        var longest = UnixDomainSocketAddress.of(room + "/" + "x".repeat(106 - room.length() - 1));
        for (SocketAddress name : List.of(longest, AbstractUnixAddress.of("y".repeat(107)))) {
            ListenerChannel listener = listen(name);
            assertThat(listener.localAddress()).isEqualTo(name);
            listener.close();
        }
    }

    /** The kernel ends a read behind bytes that came with a descriptor. */
    @Test
    void bytesBehindADescriptorThatWasPassedAreNotLeftBehind() throws Exception {
        ListenerChannel listener = listen(path("s"));
        Socket peer = Socket.newSocketDomain();
        assertThat(peer.connect(new DomainSocketAddress(directory.resolve("s").toString()))).isTrue();
        StreamChannel server = Objects.requireNonNull(listener.accept());
        for (ByteBuffer target : List.of(ByteBuffer.allocate(10), ByteBuffer.allocateDirect(10))) {
            for (int i = 0; i < 3; i++) {
                assertThat(peer.sendFd(peer.intValue())).isOne();
            }
            assertThat(server.read(target)).isEqualTo(3);
            assertThat(server.read(target)).isZero();
        }
        peer.close();
        server.close();
        listener.close();
    }

    @Test
    void aFullBacklogIsAResourceThatComesBack() throws Exception {
        ListenerChannel listener = hub.openListener(SocketDomain.UNIX);
        listener.bind(path("s"), 1);
        var clients = new ArrayList<StreamChannel>();
        assertThatThrownBy(() -> {
            for (int i = 0; i < 100; i++) {
                StreamChannel client = open();
                clients.add(client);
                assertThat(client.connect(path("s"))).isTrue();
            }
        }).isInstanceOf(ResourceExhaustedException.class);
        Objects.requireNonNull(listener.accept()).close();
        assertThat(clients.getLast().connect(path("s"))).isTrue();
        clients.forEach(StreamChannel::close);
        listener.close();
    }

    @Test
    void optionsAndCredentialsAreTheJdks() throws Exception {
        ListenerChannel listener = listen(path("s"));
        StreamChannel ours = open();
        try (var jdk = SocketChannel.open(StandardProtocolFamily.UNIX);
                var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            assertThat(ours.supportedOptions()).isEqualTo(jdk.supportedOptions());
            assertThat(listener.supportedOptions()).isEqualTo(server.supportedOptions());
            assertThatThrownBy(() -> ours.getOption(ExtendedSocketOptions.SO_PEERCRED))
                    .isExactlyInstanceOf(SocketException.class).hasMessage("Socket is not connected");
            assertThat(ours.connect(path("s"))).isTrue();
            jdk.connect(path("s"));
            assertThat(ours.getOption(ExtendedSocketOptions.SO_PEERCRED))
                    .isEqualTo(jdk.getOption(ExtendedSocketOptions.SO_PEERCRED))
                    .hasToString(jdk.getOption(ExtendedSocketOptions.SO_PEERCRED).toString());
            ours.setOption(StandardSocketOptions.SO_SNDBUF, 20_000);
            jdk.setOption(StandardSocketOptions.SO_SNDBUF, 20_000);
            assertThat(ours.getOption(StandardSocketOptions.SO_SNDBUF))
                    .isEqualTo(jdk.getOption(StandardSocketOptions.SO_SNDBUF));
        }
        ours.close();
        listener.close();
    }

    private UnixDomainSocketAddress path(String name) {
        return UnixDomainSocketAddress.of(directory.resolve(name));
    }

    private StreamChannel open() throws IOException {
        return hub.openStream(SocketDomain.UNIX);
    }

    private ListenerChannel listen(SocketAddress at) throws IOException {
        ListenerChannel listener = hub.openListener(SocketDomain.UNIX);
        listener.bind(at, 10);
        return listener;
    }
}
