package dev.verdant.hub.nio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.hub.AbstractUnixAddress;
import dev.verdant.hub.DatagramChannel;
import dev.verdant.hub.Hub;
import dev.verdant.hub.SocketDomain;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the contract leaves to each hub. */
@Timeout(20)
class NioDatagramTest {

    private Hub hub;
    private DatagramChannel channel;

    @BeforeEach
    void open() throws IOException {
        hub = new NioHubProvider().open();
        channel = hub.openDatagram(SocketDomain.INTERNET);
    }

    @AfterEach
    void close() {
        channel.close();
        hub.close();
    }

    @Test
    void unixDatagramsAreRefusedWithAWordOnWhatToTakeInstead() {
        assertThatThrownBy(() -> hub.openDatagram(SocketDomain.UNIX)).isInstanceOf(UnsupportedOperationException.class)
                .hasMessageContaining("epoll");
        assertThatThrownBy(() -> channel.bind(AbstractUnixAddress.of("x"))).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("@x");
    }

    /** The JDK drops it without a word. */
    @Test
    void anEmptyMessageOnAConnectedChannelIsRefusedInsteadOfLost() throws Exception {
        channel.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), 9));
        assertThatThrownBy(() -> channel.send(ByteBuffer.allocate(0), null))
                .isInstanceOf(UnsupportedOperationException.class).hasMessageContaining("epoll");
    }

    @Test
    void theOptionsAreThoseOfTheJdk() throws Exception {
        try (var socket = new DatagramSocket()) {
            assertThat(channel.supportedOptions()).isEqualTo(socket.supportedOptions());
        }
    }

    /** After a second connect NIO alone would stay at the address that the first peer gave it. */
    @Test
    void theLocalAddressIsFreeAgainAfterTwoPeers() throws Exception {
        channel.bind(new InetSocketAddress(0));
        Object before = channel.localAddress();
        channel.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), 9));
        channel.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), 10));
        channel.disconnect();
        assertThat(channel.localAddress()).isEqualTo(before);
    }

    @Test
    void aConnectThatFailsLeavesThePeerBefore() throws Exception {
        var peer = new InetSocketAddress(InetAddress.getLoopbackAddress(), 9);
        channel.connect(peer);
        var nowhere = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        assertThatThrownBy(() -> channel.connect(nowhere)).isInstanceOf(IOException.class);
        assertThat(channel.remoteAddress()).isEqualTo(peer);
    }
}
