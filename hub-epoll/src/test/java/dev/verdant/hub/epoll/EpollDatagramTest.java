package dev.verdant.hub.epoll;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.hub.DatagramChannel;
import dev.verdant.hub.Hub;
import dev.verdant.hub.Readiness;
import dev.verdant.hub.SocketDomain;
import java.io.IOException;
import java.net.BindException;
import java.net.DatagramSocket;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.PortUnreachableException;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import jdk.net.ExtendedSocketOptions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** UDP: messages, peers, groups, options. */
@Timeout(60)
class EpollDatagramTest {

    private final Hub hub = new EpollHubProvider().open();

    @AfterEach
    void close() {
        hub.close();
    }

    @Test
    void aMessageArrivesWithItsSender() throws Exception {
        DatagramChannel a = bound();
        DatagramChannel b = bound();
        for (boolean direct : new boolean[]{false, true}) {
            ByteBuffer message = filled(direct, 1, 2, 3);
            assertThat(a.send(message, at(b))).isTrue();
            assertThat(message.hasRemaining()).isFalse();
            ByteBuffer target = direct ? ByteBuffer.allocateDirect(10) : ByteBuffer.allocate(10).position(2).slice();
            SocketAddress sender = receive(b, target);
            assertThat(sender).isEqualTo(at(a)).hasToString(at(a).toString());
            assertThat(at(a)).isEqualTo(sender);
            assertThat(target.flip()).isEqualTo(filled(false, 1, 2, 3));
        }
        a.close();
        b.close();
    }

    @Test
    void anIpv6SenderReadsAsTheJdkWritesIt() throws Exception {
        DatagramChannel a = open();
        try {
            a.bind(new InetSocketAddress(InetAddress.ofLiteral("::1"), 0));
        } catch (BindException e) {
            return; // No IPv6 here.
        }
        DatagramChannel b = open();
        b.bind(new InetSocketAddress(0));
        int port = ((InetSocketAddress) at(b)).getPort();
        assertThat(a.send(filled(true, 7), new InetSocketAddress(InetAddress.ofLiteral("::1"), port))).isTrue();
        assertThat(receive(b, ByteBuffer.allocate(1))).isEqualTo(at(a))
                .hasToString("/[0:0:0:0:0:0:0:1]:" + ((InetSocketAddress) at(a)).getPort());
        a.close();
        b.close();
    }

    @Test
    void aLinkLocalAddressKeepsItsScope() throws Exception {
        InetAddress linkLocal = NetworkInterface.networkInterfaces().flatMap(NetworkInterface::inetAddresses)
                .filter(address -> address instanceof Inet6Address && address.isLinkLocalAddress()).findAny()
                .orElse(null);
        if (linkLocal == null) {
            return; // None here.
        }
        DatagramChannel a = open();
        a.bind(new InetSocketAddress(linkLocal, 0));
        assertThat(a.send(filled(false, 7), at(a))).isTrue();
        var sender = (InetSocketAddress) receive(a, ByteBuffer.allocate(1));
        assertThat(((Inet6Address) sender.getAddress()).getScopeId())
                .isEqualTo(((Inet6Address) linkLocal).getScopeId());
        a.close();
    }

    @Test
    void whatDoesNotFitIsLostAndTheNextMessageIsWhole() throws Exception {
        DatagramChannel a = bound();
        for (boolean direct : new boolean[]{false, true}) {
            a.send(filled(direct, 1, 2, 3), at(a));
            a.send(filled(direct, 4, 5), at(a));
            ByteBuffer small = direct ? ByteBuffer.allocateDirect(2) : ByteBuffer.allocate(2);
            receive(a, small);
            assertThat(small.flip()).isEqualTo(filled(false, 1, 2));
            small.clear();
            receive(a, small);
            assertThat(small.flip()).isEqualTo(filled(false, 4, 5));
            a.send(filled(direct, 6), at(a));
            receive(a, ByteBuffer.allocate(0));
            assertThat(a.receive(ByteBuffer.allocate(9))).isNull();
        }
        a.close();
    }

    @Test
    void anEmptyMessageIsAMessage() throws Exception {
        DatagramChannel a = bound();
        for (boolean direct : new boolean[]{false, true}) {
            assertThat(a.send(filled(direct), at(a))).isTrue();
            ByteBuffer target = ByteBuffer.allocate(5);
            assertThat(receive(a, target)).isEqualTo(at(a));
            assertThat(target.position()).isZero();
        }
        a.close();
    }

    @Test
    void theLongestMessageFitsAndALongerOneIsRefused() throws Exception {
        DatagramChannel a = bound();
        byte[] longest = new byte[65_507];
        longest[65_506] = 9;
        assertThat(a.send(ByteBuffer.wrap(longest), at(a))).isTrue();
        ByteBuffer target = ByteBuffer.allocate(100_000);
        receive(a, target);
        assertThat(target.position()).isEqualTo(65_507);
        assertThat(target.get(65_506)).isEqualTo((byte) 9);
        for (int size : new int[]{65_508, 70_000}) {
            for (ByteBuffer source : new ByteBuffer[]{ByteBuffer.allocate(size), ByteBuffer.allocateDirect(size)}) {
                assertThatThrownBy(() -> a.send(source, at(a))).isExactlyInstanceOf(SocketException.class)
                        .hasMessage("Message too long");
                assertThat(source.position()).isZero();
            }
        }
        a.close();
    }

    @Test
    void aPeersRefusalIsToldAsAnUnreachablePort() throws Exception {
        DatagramChannel gone = bound();
        SocketAddress nobody = at(gone);
        gone.close();
        DatagramChannel a = open();
        a.connect(nobody);
        assertThat(a.remoteAddress()).isEqualTo(nobody);
        a.register(_ -> {});
        assertThat(a.send(filled(false, 1), null)).isTrue();
        assertThatThrownBy(() -> receive(a, ByteBuffer.allocate(1)))
                .isExactlyInstanceOf(PortUnreachableException.class).hasMessage(null);
        assertThat(a.send(filled(false, 1), null)).isTrue();
        assertThatThrownBy(() -> Pair.pollUntil(hub, () -> !a.send(filled(false, 1), null)))
                .isExactlyInstanceOf(PortUnreachableException.class).hasMessage(null);
        a.close();
    }

    @Test
    void onlyThePeerIsHeard() throws Exception {
        DatagramChannel a = bound();
        DatagramChannel peer = bound();
        DatagramChannel stranger = bound();
        stranger.send(filled(false, 1), at(a));
        a.connect(at(peer));
        assertThat(a.receive(ByteBuffer.allocate(9))).isNull();
        stranger.send(filled(false, 2), at(a));
        peer.send(filled(false, 3), at(a));
        ByteBuffer target = ByteBuffer.allocate(9);
        assertThat(receive(a, target)).isEqualTo(at(peer));
        assertThat(target.flip()).isEqualTo(filled(false, 3));
        a.connect(at(stranger));
        assertThat(a.remoteAddress()).isEqualTo(at(stranger));
        peer.send(filled(false, 4), at(a));
        stranger.send(filled(false, 5), at(a));
        assertThat(receive(a, target.clear())).isEqualTo(at(stranger));
        for (DatagramChannel each : new DatagramChannel[]{a, peer, stranger}) {
            each.close();
        }
    }

    @Test
    void thePortOutlivesThePeer() throws Exception {
        DatagramChannel peer = bound();
        DatagramChannel bound = bound();
        SocketAddress before = at(bound);
        bound.connect(at(peer));
        bound.disconnect();
        bound.disconnect();
        assertThat(at(bound)).isEqualTo(before);
        assertThat(bound.remoteAddress()).isNull();
        assertThatThrownBy(() -> bound.send(filled(false, 1), null)).hasMessage("Socket is not connected");
        DatagramChannel unbound = open();
        assertThat(unbound.localAddress()).isNull();
        unbound.connect(at(peer));
        int port = ((InetSocketAddress) at(unbound)).getPort();
        unbound.disconnect();
        var after = (InetSocketAddress) at(unbound);
        assertThat(after.getPort()).isEqualTo(port);
        assertThat(after.getAddress().isAnyLocalAddress()).isTrue();
        for (DatagramChannel each : new DatagramChannel[]{bound, unbound, peer}) {
            each.close();
        }
    }

    @Test
    void failuresHaveTheJdksWords() throws Exception {
        DatagramChannel a = bound();
        DatagramChannel b = open();
        assertThatThrownBy(() -> b.bind(at(a)))
                .isExactlyInstanceOf(BindException.class)
                .hasMessage("Address already in use: " + at(a));
        var port0 = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        assertThatThrownBy(() -> b.connect(port0)).hasMessage("Can't connect to port 0");
        assertThatThrownBy(() -> b.send(filled(false, 1), port0)).hasMessage("Can't send to port 0");
        var everybody = new InetSocketAddress(InetAddress.ofLiteral("255.255.255.255"), 9);
        assertThatThrownBy(() -> b.send(filled(false, 1), everybody)).isExactlyInstanceOf(BindException.class)
                .hasMessage("Permission denied");
        b.shutdown();
        assertThatThrownBy(() -> b.receive(ByteBuffer.allocate(1))).hasMessage("Socket closed");
        b.close();
        assertThatThrownBy(() -> b.send(filled(false, 1), at(a))).hasMessage("Socket closed");
        a.close();
    }

    @Test
    void roomToSendIsNotToldToWhoDoesNotWaitForIt() throws Exception {
        DatagramChannel a = bound();
        var ops = new AtomicInteger();
        a.register(o -> ops.accumulateAndGet(o, (x, y) -> x | y));
        for (int i = 0; i < 20; i++) {
            a.send(filled(false, 1), at(a));
            Pair.pollUntil(hub, () -> (ops.get() & Readiness.READ) != 0);
            assertThat(a.receive(ByteBuffer.allocate(1))).isNotNull();
        }
        assertThat(ops).hasValue(Readiness.READ);
        a.close();
    }

    @Test
    void aSocketRegisteredBeforeItIsBoundIsWritableAndHasNotEnded() throws Exception {
        DatagramChannel a = open();
        var ops = new AtomicInteger();
        a.register(o -> ops.accumulateAndGet(o, (x, y) -> x | y));
        a.arm(Readiness.WRITE);
        Pair.pollUntil(hub, () -> ops.get() != 0);
        assertThat(ops).hasValue(Readiness.WRITE);
        a.bind(Pair.loopback());
        a.send(filled(false, 1), at(a));
        Pair.pollUntil(hub, () -> (ops.get() & Readiness.READ) != 0);
        assertThat(ops).hasValue(Readiness.READ | Readiness.WRITE);
        a.close();
    }

    @Test
    void membersOfAGroupHearWhatIsSentToIt() throws Exception {
        for (String literal : new String[]{"239.1.2.3", "ff15::4242"}) {
            InetAddress group = InetAddress.ofLiteral(literal);
            NetworkInterface on = interfaceFor(group);
            if (on == null) {
                continue; // No IPv6 here.
            }
            DatagramChannel member = open();
            member.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            member.bind(new InetSocketAddress(0));
            int port = ((InetSocketAddress) at(member)).getPort();
            DatagramChannel sender = open();
            sender.setOption(StandardSocketOptions.IP_MULTICAST_IF, on);
            assertThat(sender.getOption(StandardSocketOptions.IP_MULTICAST_IF)).isEqualTo(on);
            var to = new InetSocketAddress(group, port);

            member.join(group, on);
            assertThatThrownBy(() -> member.join(group, on)).hasMessage("Already a member of group");
            assertThat(sender.send(filled(false, 5), to)).isTrue();
            ByteBuffer target = ByteBuffer.allocate(5);
            assertThat(receive(member, target)).isNotNull();
            assertThat(target.flip()).isEqualTo(filled(false, 5));

            member.leave(group, on);
            assertThatThrownBy(() -> member.leave(group, on)).hasMessage("Not a member of group");
            sender.send(filled(false, 6), to);
            assertThat(member.receive(target.clear())).isNull();
            member.close();
            sender.close();
        }
        DatagramChannel a = open();
        assertThatThrownBy(() -> a.join(InetAddress.getLoopbackAddress(), null))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("expected: a multicast address");
        a.close();
    }

    /** Linux' loopback carries multicast for IPv4 alone. */
    private static @Nullable NetworkInterface interfaceFor(InetAddress group) throws SocketException {
        return group instanceof Inet6Address
                ? NetworkInterface.networkInterfaces().filter(EpollDatagramTest::carriesIpv6Multicast).findAny()
                        .orElse(null)
                : NetworkInterface.getByInetAddress(InetAddress.getLoopbackAddress());
    }

    private static boolean carriesIpv6Multicast(NetworkInterface each) {
        try {
            return each.isUp() && !each.isLoopback() && each.supportsMulticast()
                    && each.inetAddresses().anyMatch(Inet6Address.class::isInstance);
        } catch (SocketException e) {
            return false;
        }
    }

    @Test
    void optionsAreTheJdks() throws Exception {
        DatagramChannel ours = open();
        try (var jdk = java.nio.channels.DatagramChannel.open(); var socket = new DatagramSocket(0)) {
            assertThat(ours.supportedOptions()).isEqualTo(jdk.supportedOptions()).isEqualTo(socket.supportedOptions());
            for (SocketOption<?> option : jdk.supportedOptions()) {
                assertThat((Object) ours.getOption(option)).as(option.name()).isEqualTo(jdk.getOption(option));
            }
            for (SocketOption<Boolean> flag : java.util.List.of(StandardSocketOptions.SO_BROADCAST,
                    StandardSocketOptions.IP_MULTICAST_LOOP, ExtendedSocketOptions.IP_DONTFRAGMENT,
                    StandardSocketOptions.SO_REUSEPORT)) {
                for (boolean value : new boolean[]{true, false}) {
                    ours.setOption(flag, value);
                    assertThat(ours.getOption(flag)).as(flag.name()).isEqualTo(value);
                }
            }
            ours.setOption(StandardSocketOptions.IP_MULTICAST_TTL, 7);
            assertThat(ours.getOption(StandardSocketOptions.IP_MULTICAST_TTL)).isEqualTo(7);
            assertThatThrownBy(() -> ours.setOption(StandardSocketOptions.IP_MULTICAST_TTL, 256))
                    .isInstanceOf(IllegalArgumentException.class).hasMessage("Invalid TTL/hop value");
            assertThat(thrownBySetting(ours)).hasToString(thrownBySetting(jdk).toString());
        }
        ours.close();
    }

    private static Throwable thrownBySetting(Object channel) {
        try {
            if (channel instanceof DatagramChannel ours) {
                ours.setOption(ExtendedSocketOptions.SO_INCOMING_NAPI_ID, 3);
            } else {
                ((java.nio.channels.DatagramChannel) channel).setOption(ExtendedSocketOptions.SO_INCOMING_NAPI_ID, 3);
            }
            return new AssertionError("nothing was thrown");
        } catch (IOException | RuntimeException e) {
            return e;
        }
    }

    private SocketAddress receive(DatagramChannel channel, ByteBuffer target) throws IOException {
        var sender = new @Nullable SocketAddress[1];
        Pair.pollUntil(hub, () -> (sender[0] = channel.receive(target)) != null);
        return Objects.requireNonNull(sender[0]);
    }

    private static SocketAddress at(DatagramChannel channel) throws IOException {
        return Objects.requireNonNull(channel.localAddress());
    }

    private DatagramChannel open() throws IOException {
        return hub.openDatagram(SocketDomain.INTERNET);
    }

    private DatagramChannel bound() throws IOException {
        DatagramChannel channel = open();
        channel.bind(Pair.loopback());
        return channel;
    }

    private static ByteBuffer filled(boolean direct, int... bytes) {
        ByteBuffer buffer = direct ? ByteBuffer.allocateDirect(bytes.length) : ByteBuffer.allocate(bytes.length);
        for (int b : bytes) {
            buffer.put((byte) b);
        }
        return buffer.flip();
    }
}
