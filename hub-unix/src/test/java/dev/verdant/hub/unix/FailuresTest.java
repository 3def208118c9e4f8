package dev.verdant.hub.unix;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.ChannelException;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NotYetConnectedException;
import org.junit.jupiter.api.Test;

/** The parts that need no native library; those that do are in the hubs' tests. */
class FailuresTest {

    private static final InetSocketAddress TO = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 1);

    @Test
    void connectKeepsTheJdksTypesAndNamesTheAddress() {
        assertConnect(Errno.ECONNREFUSED, "Connection refused", ConnectException.class);
        assertConnect(Errno.ETIMEDOUT, "Connection timed out", ConnectException.class);
        assertConnect(Errno.EADDRNOTAVAIL, "Cannot assign requested address", BindException.class);
        assertConnect(Errno.EACCES, "Permission denied", BindException.class);
        assertConnect(Errno.EPERM, "Operation not permitted", SocketException.class);
        assertThat(Failures.connect(new NoRouteToHostException(), TO)).isExactlyInstanceOf(NoRouteToHostException.class)
                .hasMessage("No route to host: /127.0.0.1:1");
    }

    private static void assertConnect(int error, String words, Class<? extends IOException> type) {
        var netty = new ConnectException("connect(..) failed with error(-" + error + "): " + words);
        assertThat(Failures.connect(netty, TO)).isExactlyInstanceOf(type).hasMessage(words + ": /127.0.0.1:1");
    }

    @Test
    void aClosedDescriptorIsAClosedSocket() {
        assertThat(Failures.transfer(new ClosedChannelException())).hasMessage("Socket closed");
        assertThat(Failures.connect(new ClosedChannelException(), TO)).hasMessage("Socket closed");
        assertThat(Failures.bind(new ClosedChannelException(), TO)).hasMessage("Socket closed");
        assertThat(Failures.option(new ClosedChannelException())).hasMessage("Socket closed");
    }

    @Test
    void wordsAreFoundInWhateverNettySays() {
        assertThat(Failures.transfer(new NotYetConnectedException())).hasMessage("Socket is not connected");
        assertThat(Failures.option(new ChannelException("setsockopt() failed: Invalid argument")))
                .hasMessage("Invalid argument");
        assertThat(Failures.option(new ChannelException("something else"))).hasMessage("something else");
        assertThat(Failures.words(new IOException("x(..) failed with error(-5):Input/output error")))
                .isEqualTo("Input/output error");
        assertThat(Failures.number(new IOException())).isZero();
    }
}
