package dev.verdant.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.green.Green;
import dev.verdant.green.net.GreenServerSocket;
import dev.verdant.green.net.GreenSocket;
import dev.verdant.green.net.Net;
import dev.verdant.green.net.SocketHandler;
import java.io.IOException;
import java.net.Authenticator;
import java.net.InetSocketAddress;
import java.net.PasswordAuthentication;
import java.net.Proxy;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** Connections by way of SOCKS and HTTP proxies; the proxies here are what a test makes them say. */
class ProxyTest {

    private static final InetSocketAddress ANY = new InetSocketAddress("127.0.0.1", 0);
    private static final InetSocketAddress BY_NAME = InetSocketAddress.createUnresolved("host.test", 80);
    private static final InetSocketAddress BY_ADDRESS = new InetSocketAddress("192.0.2.7", 80);

    private static GreenServerSocket serving(SocketHandler proxy) throws IOException {
        var listener = Net.listen(ANY);
        Green.spawnN(() -> Net.serve(listener, proxy));
        return listener;
    }

    private static GreenSocket by(Proxy.Type type, GreenServerSocket proxy) throws IOException {
        return new GreenSocket(new Proxy(type, proxy.getLocalSocketAddress()));
    }

    /** Expects bytes and answers with others, both in hexadecimal. */
    private static void exchange(GreenSocket socket, String expected, String answer) throws IOException {
        byte[] got = socket.getInputStream().readNBytes(expected.length() / 2);
        assertThat(HexFormat.of().formatHex(got)).isEqualTo(expected);
        socket.sendAll(HexFormat.of().parseHex(answer));
    }

    private static String line(GreenSocket socket) throws IOException {
        return new String(socket.getInputStream().readNBytes(5), StandardCharsets.US_ASCII);
    }

    @HubTest
    void aSocksProxyIsGivenTheNameAndWhatFollowsIsThePeers() throws Exception {
        try (var proxy = serving(socket -> {
            exchange(socket, "05020002", "0500");
            exchange(socket, "0501000309" + hex("host.test")
                    + "0050", "05000001" + "0a000001" + "1234");
            socket.sendAll("hello".getBytes(StandardCharsets.US_ASCII));
        }); var socket = by(Proxy.Type.SOCKS, proxy)) {
            socket.connect(BY_NAME, 5_000);
            assertThat(line(socket)).isEqualTo("hello");
            assertThat(socket.getPort()).isEqualTo(80);
            assertThat(socket.isConnected()).isTrue();
            assertThat(socket).hasToString(
                    "GreenSocket[addr=host.test/<unresolved>,port=80,localport=" + socket.getLocalPort() + "]");
        }
    }

    @HubTest
    void aSocksProxysRefusalIsToldInTheJdksWords() throws Exception {
        try (var proxy = serving(socket -> {
            exchange(socket, "05020002", "0500");
            exchange(socket, "05010001c00002070050", "05050001");
        }); var socket = by(Proxy.Type.SOCKS, proxy)) {
            assertThatThrownBy(() -> socket.connect(BY_ADDRESS)).isExactlyInstanceOf(SocketException.class)
                    .hasMessage("SOCKS: Connection refused");
            assertThat(socket.isClosed()).isTrue();
        }
    }

    /** What the proxy asks for is asked of whoever the program has named for it. */
    private static final class Known extends Authenticator {

        String asked = "nothing";

        @Override
        protected PasswordAuthentication getPasswordAuthentication() {
            asked = getRequestingProtocol() + " at " + getRequestingSite() + ":" + getRequestingPort() + ": "
                    + getRequestingPrompt();
            return new PasswordAuthentication("ann", "secret".toCharArray());
        }
    }

    private static String hex(String text) {
        return HexFormat.of().formatHex(text.getBytes(StandardCharsets.US_ASCII));
    }

    @HubTest
    void aSocksProxyThatAsksForAPasswordIsGivenTheAuthenticators() throws Exception {
        var before = Authenticator.getDefault();
        var known = new Known();
        Authenticator.setDefault(known);
        try (var proxy = serving(socket -> {
            exchange(socket, "05020002", "0502");
            exchange(socket, "0103" + hex("ann") + "06" + hex("secret"), "0100");
            exchange(socket, "05010001c00002070050", "05000001" + "0a000001" + "1234");
            socket.sendAll("hello".getBytes(StandardCharsets.US_ASCII));
        }); var socket = by(Proxy.Type.SOCKS, proxy)) {
            socket.connect(BY_ADDRESS, 5_000);
            assertThat(line(socket)).isEqualTo("hello");
            assertThat(known.asked)
                    .isEqualTo("SOCKS5 at " + proxy.getInetAddress() + ":" + proxy.getLocalPort()
                            + ": SOCKS authentication");
        } finally {
            Authenticator.setDefault(before);
        }
    }

    @HubTest
    void aPasswordThatASocksProxyDoesNotTakeEndsTheConnect() throws Exception {
        var before = Authenticator.getDefault();
        Authenticator.setDefault(new Known());
        try (var proxy = serving(socket -> {
            exchange(socket, "05020002", "0502");
            exchange(socket, "0103" + hex("ann") + "06" + hex("secret"), "0101");
        }); var socket = by(Proxy.Type.SOCKS, proxy)) {
            assertThatThrownBy(() -> socket.connect(BY_ADDRESS, 5_000)).isExactlyInstanceOf(SocketException.class)
                    .hasMessage("SOCKS : authentication failed");
            assertThat(socket.isClosed()).isTrue();
        } finally {
            Authenticator.setDefault(before);
        }
    }

    /** As the JDK does. */
    @HubTest
    void withoutAnAuthenticatorASocksProxyIsGivenTheNameOfTheUserAndNoPassword() throws Exception {
        var before = Authenticator.getDefault();
        Authenticator.setDefault(null);
        String user = System.getProperty("user.name");
        try (var proxy = serving(socket -> {
            exchange(socket, "05020002", "0502");
            exchange(socket, "01" + HexFormat.of().toHexDigits((byte) user.length()) + hex(user) + "00", "0101");
        }); var socket = by(Proxy.Type.SOCKS, proxy)) {
            assertThatThrownBy(() -> socket.connect(BY_ADDRESS, 5_000)).isExactlyInstanceOf(SocketException.class)
                    .hasMessage("SOCKS : authentication failed");
        } finally {
            Authenticator.setDefault(before);
        }
    }

    @HubTest
    void aSilentProxyIsUnderTheConnectsDeadline() throws Exception {
        for (Proxy.Type type : new Proxy.Type[]{Proxy.Type.SOCKS, Proxy.Type.HTTP}) {
            try (var proxy = Net.listen(ANY); var socket = by(type, proxy)) {
                assertThatThrownBy(() -> socket.connect(BY_NAME, 20)).isInstanceOf(SocketTimeoutException.class)
                        .hasMessageStartingWith("Connect timed out");
                assertThat(socket.isClosed()).isTrue();
            }
        }
    }

    @HubTest
    void anHttpProxyIsAskedToConnectAndWhatFollowsItsHeadIsThePeers() throws Exception {
        String asked = "CONNECT host.test:80 HTTP/1.1\r\nHost: host.test:80\r\nProxy-Connection: keep-alive\r\n\r\n";
        try (var proxy = serving(socket -> {
            byte[] got = socket.getInputStream().readNBytes(asked.length());
            assertThat(new String(got, StandardCharsets.US_ASCII)).isEqualTo(asked);
            socket.sendAll("HTTP/1.1 200 OK\r\nVia: x\r\n\r\nhello".getBytes(StandardCharsets.US_ASCII));
        }); var socket = by(Proxy.Type.HTTP, proxy)) {
            socket.connect(BY_NAME, 5_000);
            assertThat(line(socket)).isEqualTo("hello");
        }
    }

    @HubTest
    void anHttpProxysRefusalIsToldInTheJdksWords() throws Exception {
        try (var proxy = serving(socket -> {
            int _ = socket.getInputStream().read(new byte[500]);
            socket.sendAll("HTTP/1.1 403 Forbidden\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        }); var socket = by(Proxy.Type.HTTP, proxy)) {
            assertThatThrownBy(() -> socket.connect(BY_NAME)).isExactlyInstanceOf(IOException.class)
                    .hasMessage("Unable to tunnel through proxy. Proxy returns \"HTTP/1.1 403 Forbidden\"");
            assertThat(socket.isClosed()).isTrue();
        }
    }
}
