package dev.verdant.hub.epoll;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.hub.AbstractUnixAddress;
import dev.verdant.hub.DatagramChannel;
import dev.verdant.hub.Hub;
import dev.verdant.hub.Readiness;
import dev.verdant.hub.ResourceExhaustedException;
import dev.verdant.hub.SocketDomain;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Unix-domain datagrams. */
@Timeout(60)
class EpollUnixDatagramTest {

    private final Hub hub = new EpollHubProvider().open();

    @TempDir
    private Path directory;

    @AfterEach
    void close() {
        hub.close();
    }

    @Test
    void everySenderIsNamed() throws Exception {
        for (SocketAddress name : List.of(path("r"), AbstractUnixAddress.of("verdant r" + UUID.randomUUID()))) {
            DatagramChannel receiver = bound(name);
            for (SocketAddress from : List.of(path("s" + name.hashCode()),
                    AbstractUnixAddress.of("verdant s" + UUID.randomUUID()))) {
                DatagramChannel sender = bound(from);
                assertThat(sender.send(ByteBuffer.wrap(new byte[]{1, 2, 3}), name)).isTrue();
                ByteBuffer target = ByteBuffer.allocate(5);
                assertThat(receiver.receive(target)).isEqualTo(from);
                assertThat(target.position()).isEqualTo(3);
                sender.close();
            }
            DatagramChannel nobody = open();
            assertThat(nobody.localAddress()).isNull();
            assertThat(nobody.send(ByteBuffer.allocateDirect(0), name)).isTrue();
            assertThat(receiver.receive(ByteBuffer.allocateDirect(5))).isEqualTo(UnixDomainSocketAddress.of(""));
            assertThat(receiver.receive(ByteBuffer.allocate(5))).isNull();
            nobody.close();
            receiver.close();
        }
    }

    @Test
    void aMessageLongerThanAnyUdpOneIsWhole() throws Exception {
        DatagramChannel a = bound(path("a"));
        byte[] message = new byte[100_000];
        message[99_999] = 5;
        ByteBuffer source = ByteBuffer.wrap(message);
        assertThat(a.send(source, path("a"))).isTrue();
        assertThat(source.hasRemaining()).isFalse();
        ByteBuffer target = ByteBuffer.allocate(150_000);
        assertThat(a.receive(target)).isEqualTo(path("a"));
        assertThat(target.flip()).isEqualTo(ByteBuffer.wrap(message));
        assertThat(a.receive(target.clear())).isNull();
        a.close();
    }

    @Test
    void whatDoesNotFitIsLost() throws Exception {
        DatagramChannel a = bound(path("a"));
        a.send(ByteBuffer.wrap(new byte[]{1, 2, 3}), path("a"));
        ByteBuffer small = ByteBuffer.allocate(2);
        assertThat(a.receive(small)).isEqualTo(path("a"));
        assertThat(small.flip()).isEqualTo(ByteBuffer.wrap(new byte[]{1, 2}));
        assertThat(a.receive(ByteBuffer.allocate(2))).isNull();
        a.close();
    }

    @Test
    void aStaleOrMissingReceiverIsToldInTheSystemsWords() throws Exception {
        bound(path("stale")).close();
        DatagramChannel a = open();
        assertThatThrownBy(() -> a.send(ByteBuffer.allocate(1), path("stale")))
                .isExactlyInstanceOf(ConnectException.class).hasMessage("Connection refused");
        assertThatThrownBy(() -> a.send(ByteBuffer.allocate(1), path("missing")))
                .isExactlyInstanceOf(SocketException.class).hasMessage("No such file or directory");
        assertThatThrownBy(() -> a.bind(path("stale"))).isExactlyInstanceOf(BindException.class)
                .hasMessage("Address already in use: " + path("stale"));
        assertThatThrownBy(() -> a.join(InetAddress.ofLiteral("239.1.2.3"), null))
                .isInstanceOf(UnsupportedOperationException.class);
        assertThat(a.supportedOptions())
                .containsExactlyInAnyOrder(StandardSocketOptions.SO_SNDBUF, StandardSocketOptions.SO_RCVBUF);
        a.close();
    }

    @Test
    void aSenderThatHasThePeerIsToldWhenThereIsRoom() throws Exception {
        DatagramChannel receiver = bound(path("r"));
        DatagramChannel sender = open();
        sender.connect(path("r"));
        assertThat(sender.remoteAddress()).isEqualTo(path("r"));
        var writable = new AtomicInteger();
        sender.register(ops -> {
            if ((ops & Readiness.WRITE) != 0) {
                writable.incrementAndGet();
            }
        });
        hub.poll(0);
        while (sender.send(ByteBuffer.allocate(1), null)) {
            assertThat(sender.isOpen()).isTrue();
        }
        sender.arm(Readiness.WRITE);
        hub.poll(0);
        writable.set(0);
        while (receiver.receive(ByteBuffer.allocate(1)) != null) {
            assertThat(receiver.isOpen()).isTrue();
        }
        Pair.pollUntil(hub, () -> writable.get() > 0);
        assertThat(sender.send(ByteBuffer.allocate(1), null)).isTrue();
        sender.disconnect();
        assertThat(sender.remoteAddress()).isNull();
        assertThatThrownBy(() -> sender.send(ByteBuffer.allocate(1), null)).hasMessage("Socket is not connected");
        sender.close();
        receiver.close();
    }

    @Test
    void aSenderThatNobodyWouldTellIsNotAskedToWait() throws Exception {
        DatagramChannel receiver = bound(path("r"));
        DatagramChannel sender = open();
        assertThatThrownBy(() -> {
            for (int i = 0; i < 1_000_000; i++) {
                assertThat(sender.send(ByteBuffer.allocate(1), path("r"))).isTrue();
            }
        }).isInstanceOf(ResourceExhaustedException.class).hasMessage("Resource temporarily unavailable");
        assertThat(receiver.receive(ByteBuffer.allocate(1))).isNotNull();
        assertThat(sender.send(ByteBuffer.allocate(1), path("r"))).isTrue();
        sender.close();
        receiver.close();
    }

    @Test
    void onlyThePeerIsHeard() throws Exception {
        DatagramChannel a = bound(path("a"));
        DatagramChannel peer = bound(path("p"));
        DatagramChannel stranger = bound(path("x"));
        stranger.send(ByteBuffer.allocate(1), path("a"));
        a.connect(path("p"));
        assertThat(a.receive(ByteBuffer.allocate(1))).isNull();
        assertThatThrownBy(() -> stranger.send(ByteBuffer.allocate(1), path("a"))).isInstanceOf(SocketException.class);
        assertThat(peer.send(ByteBuffer.allocate(1), path("a"))).isTrue();
        assertThat(a.receive(ByteBuffer.allocate(1))).isEqualTo(path("p"));
        a.disconnect();
        assertThat(a.localAddress()).isEqualTo(path("a"));
        assertThat(stranger.send(ByteBuffer.allocate(1), path("a"))).isTrue();
        assertThat(a.receive(ByteBuffer.allocate(1))).isEqualTo(path("x"));
        for (DatagramChannel each : List.of(a, peer, stranger)) {
            each.close();
        }
    }

    private UnixDomainSocketAddress path(String name) {
        return UnixDomainSocketAddress.of(directory.resolve(name));
    }

    private DatagramChannel open() throws IOException {
        return hub.openDatagram(SocketDomain.UNIX);
    }

    private DatagramChannel bound(SocketAddress name) throws IOException {
        DatagramChannel channel = open();
        channel.bind(name);
        return channel;
    }
}
