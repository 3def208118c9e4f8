package dev.verdant.hub.epoll;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.hub.Hub;
import dev.verdant.hub.ListenerChannel;
import dev.verdant.hub.SocketDomain;
import dev.verdant.hub.StreamChannel;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.SocketChannel;
import java.nio.channels.UnsupportedAddressTypeException;
import java.util.Objects;
import jdk.net.ExtendedSocketOptions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Addresses, options, and the words of failures. */
@Timeout(60)
class EpollFailureTest {

    private final Hub hub = new EpollHubProvider().open();

    @AfterEach
    void close() {
        hub.close();
    }

    @Test
    void aRefusedConnectionNamesTheAddress() throws Exception {
        ListenerChannel gone = Pair.listen(hub);
        SocketAddress nobody = Pair.addressOf(gone);
        gone.close();
        try (var channel = new Closing(hub.openStream(SocketDomain.INTERNET))) {
            assertThatThrownBy(() -> connect(channel.stream(), nobody)).isExactlyInstanceOf(ConnectException.class)
                    .hasMessage("Connection refused: " + nobody).hasNoCause();
        }
    }

    @Test
    void noRouteIsSaidSo() throws Exception {
        var nowhere = new InetSocketAddress(InetAddress.ofLiteral("255.255.255.255"), 1);
        try (var channel = new Closing(hub.openStream(SocketDomain.INTERNET))) {
            assertThatThrownBy(() -> connect(channel.stream(), nowhere)).isInstanceOf(NoRouteToHostException.class)
                    .hasMessage("No route to host: " + nowhere);
        }
    }

    @Test
    void whatIsNoAddressIsRefusedBeforeTheKernelIsAsked() throws Exception {
        try (var channel = new Closing(hub.openStream(SocketDomain.INTERNET))) {
            StreamChannel stream = channel.stream();
            var unresolved = InetSocketAddress.createUnresolved("nowhere.invalid", 80);
            assertThatThrownBy(() -> stream.connect(unresolved)).isInstanceOf(UnknownHostException.class)
                    .hasMessage("nowhere.invalid");
            assertThatThrownBy(() -> stream.connect(UnixDomainSocketAddress.of("/tmp/x")))
                    .isInstanceOf(UnsupportedAddressTypeException.class);
        }
    }

    @Test
    void aPortInUseNamesTheAddress() throws Exception {
        ListenerChannel first = Pair.listen(hub);
        SocketAddress taken = Pair.addressOf(first);
        ListenerChannel second = hub.openListener(SocketDomain.INTERNET);
        assertThatThrownBy(() -> second.bind(taken, 1)).isExactlyInstanceOf(BindException.class)
                .hasMessage("Address already in use: " + taken);
        var foreign = new InetSocketAddress(InetAddress.ofLiteral("192.0.2.1"), 0);
        assertThatThrownBy(() -> second.bind(foreign, 1)).isExactlyInstanceOf(BindException.class)
                .hasMessage("Cannot assign requested address: " + foreign);
        first.close();
        second.bind(taken, 1);
        second.close();
    }

    @Test
    void aChannelThatIsNotConnectedSaysSo() throws Exception {
        try (var channel = new Closing(hub.openStream(SocketDomain.INTERNET))) {
            StreamChannel stream = channel.stream();
            assertThatThrownBy(() -> stream.read(new byte[1], 0, 1)).isInstanceOf(SocketException.class)
                    .hasMessage("Socket is not connected");
            assertThatThrownBy(stream::shutdownOutput).isInstanceOf(SocketException.class)
                    .hasMessage("Socket is not connected");
        }
    }

    @Test
    void aListenerThatWasShutDownIsClosedToThoseWhoAccept() throws Exception {
        ListenerChannel listener = Pair.listen(hub);
        assertThat(listener.accept()).isNull();
        listener.shutdown();
        assertThatThrownBy(listener::accept).isInstanceOf(SocketException.class).hasMessage("Socket closed");
        listener.close();
        assertThatThrownBy(listener::accept).isInstanceOf(SocketException.class).hasMessage("Socket closed");
    }

    @Test
    void bothFamiliesReachAWildcardListener() throws Exception {
        ListenerChannel listener = hub.openListener(SocketDomain.INTERNET);
        listener.bind(new InetSocketAddress(0), 10);
        int port = ((InetSocketAddress) Pair.addressOf(listener)).getPort();
        for (String host : new String[]{"127.0.0.1", "::1", "0.0.0.0"}) {
            var to = new InetSocketAddress(InetAddress.ofLiteral(host), port);
            if (to.getAddress() instanceof Inet6Address && !hasIpv6()) {
                continue;
            }
            try (var client = new Closing(hub.openStream(SocketDomain.INTERNET))) {
                connect(client.stream(), to);
                try (var server = new Closing(Objects.requireNonNull(listener.accept()))) {
                    assertThat(client.stream().remoteAddress()).isEqualTo(to);
                    assertThat(server.stream().remoteAddress()).isEqualTo(client.stream().localAddress());
                    assertThat(server.stream().localAddress())
                            .hasToString(host.equals("0.0.0.0") ? "/127.0.0.1:" + port : to.toString());
                }
            }
        }
        listener.close();
    }

    private static boolean hasIpv6() throws IOException {
        try (var probe = SocketChannel.open()) {
            probe.bind(new InetSocketAddress(InetAddress.ofLiteral("::1"), 0));
            return true;
        } catch (BindException e) {
            return false;
        }
    }

    @Test
    void optionsAreTheJdks() throws Exception {
        try (var channel = new Closing(hub.openStream(SocketDomain.INTERNET)); var jdk = SocketChannel.open()) {
            StreamChannel ours = channel.stream();
            for (int value : new int[]{10_000, 1_000_000}) {
                ours.setOption(StandardSocketOptions.SO_RCVBUF, value);
                jdk.setOption(StandardSocketOptions.SO_RCVBUF, value);
                assertThat(ours.getOption(StandardSocketOptions.SO_RCVBUF))
                        .isEqualTo(jdk.getOption(StandardSocketOptions.SO_RCVBUF));
                ours.setOption(StandardSocketOptions.SO_SNDBUF, value);
                jdk.setOption(StandardSocketOptions.SO_SNDBUF, value);
                assertThat(ours.getOption(StandardSocketOptions.SO_SNDBUF))
                        .isEqualTo(jdk.getOption(StandardSocketOptions.SO_SNDBUF));
            }
            assertThat(ours.getOption(StandardSocketOptions.SO_LINGER)).isEqualTo(-1);
            for (int seconds : new int[]{0, 5, 70_000, -3}) {
                ours.setOption(StandardSocketOptions.SO_LINGER, seconds);
                jdk.setOption(StandardSocketOptions.SO_LINGER, seconds);
                assertThat(ours.getOption(StandardSocketOptions.SO_LINGER))
                        .isEqualTo(jdk.getOption(StandardSocketOptions.SO_LINGER));
            }
            ours.setOption(StandardSocketOptions.IP_TOS, 0x10);
            assertThat(ours.getOption(StandardSocketOptions.IP_TOS)).isEqualTo(0x10);
            ours.setOption(StandardSocketOptions.TCP_NODELAY, true);
            assertThat(ours.getOption(StandardSocketOptions.TCP_NODELAY)).isTrue();
            ours.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
            assertThat(ours.getOption(StandardSocketOptions.SO_KEEPALIVE)).isTrue();
            ours.setOption(ExtendedSocketOptions.TCP_KEEPIDLE, 77);
            assertThat(ours.getOption(ExtendedSocketOptions.TCP_KEEPIDLE)).isEqualTo(77);
            ours.setOption(ExtendedSocketOptions.TCP_KEEPINTERVAL, 7);
            assertThat(ours.getOption(ExtendedSocketOptions.TCP_KEEPINTERVAL)).isEqualTo(7);
            ours.setOption(ExtendedSocketOptions.TCP_KEEPCOUNT, 3);
            assertThat(ours.getOption(ExtendedSocketOptions.TCP_KEEPCOUNT)).isEqualTo(3);
            assertThat(ours.supportedOptions()).hasSize(14);
        }
    }

    @Test
    void optionsOutOfRangeAreRefused() throws Exception {
        try (var channel = new Closing(hub.openStream(SocketDomain.INTERNET))) {
            StreamChannel stream = channel.stream();
            assertThatThrownBy(() -> stream.setOption(StandardSocketOptions.IP_TOS, 256))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> stream.setOption(StandardSocketOptions.SO_RCVBUF, -1))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> stream.setOption(StandardSocketOptions.IP_MULTICAST_TTL, 1))
                    .isInstanceOf(UnsupportedOperationException.class).hasMessage("'IP_MULTICAST_TTL' not supported");
            assertThatThrownBy(() -> stream.setOption(ExtendedSocketOptions.TCP_KEEPIDLE, -5))
                    .isInstanceOf(SocketException.class)
                    .hasMessage("Invalid argument");
        }
    }

    @Test
    void aListenerSharesItsPortOnlyWhenAsked() throws Exception {
        ListenerChannel first = hub.openListener(SocketDomain.INTERNET);
        assertThat(first.getOption(StandardSocketOptions.SO_REUSEADDR)).isTrue();
        assertThat(first.getOption(StandardSocketOptions.SO_REUSEPORT)).isFalse();
        first.setOption(StandardSocketOptions.SO_REUSEPORT, true);
        first.bind(Pair.loopback(), 1);
        ListenerChannel second = hub.openListener(SocketDomain.INTERNET);
        second.setOption(StandardSocketOptions.SO_REUSEPORT, true);
        second.bind(Pair.addressOf(first), 1);
        first.close();
        second.close();
    }

    private void connect(StreamChannel stream, SocketAddress to) throws IOException {
        if (!stream.connect(to)) {
            stream.register(_ -> {});
            Pair.pollUntil(hub, stream::finishConnect);
        }
    }

    /** Lets try-with-resources close a channel, which is not {@code AutoCloseable}. */
    private record Closing(StreamChannel stream) implements AutoCloseable {
        @Override
        public void close() {
            stream.close();
        }
    }
}
