package dev.verdant.conformance.patch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.conformance.HubTest;
import dev.verdant.conformance.NotSimulated;
import dev.verdant.green.Green;
import dev.verdant.green.GreenThread;
import dev.verdant.green.net.PatchedSocket;
import dev.verdant.green.patch.Patch;
import dev.verdant.green.patch.Patcher;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;

/** The JDK's settings of proxies hold for patched sockets: the JDK itself speaks SOCKS over them. */
@Tag("both")
@NotSimulated(NotSimulated.MACHINE)
class PatchedProxyTest {

    private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");

    /** Nobody is there (RFC 5737). */
    private static final InetSocketAddress FAR = new InetSocketAddress(InetAddress.ofLiteral("192.0.2.7"), 80);

    private static final String TO_FAR = "05010001c00002070050";

    private static final String HELLO = HexFormat.of().formatHex("hello".getBytes(StandardCharsets.US_ASCII));

    @BeforeAll
    static void startTheLoopsOfThoseWhoAreOnNone() throws IOException {
        Patched.warmUp();
    }

    private static ServerSocket listening() throws IOException {
        var listener = Patched.listener();
        listener.bind(new InetSocketAddress(LOOPBACK, 0));
        return listener;
    }

    /** Takes one connection, and expects and answers bytes, which are in hexadecimal, in turns. */
    private static GreenThread<?> proxy(ServerSocket listener, String... dialogue) {
        return Green.spawn(() -> {
            try (var socket = listener.accept()) {
                for (int i = 0; i < dialogue.length; i += 2) {
                    byte[] got = socket.getInputStream().readNBytes(dialogue[i].length() / 2);
                    assertThat(HexFormat.of().formatHex(got)).isEqualTo(dialogue[i]);
                    socket.getOutputStream().write(HexFormat.of().parseHex(dialogue[i + 1]));
                }
                assertThat(socket.getInputStream().read()).isEqualTo(-1);
            }
        });
    }

    private static String line(Socket socket) throws IOException {
        return new String(socket.getInputStream().readNBytes(5), StandardCharsets.US_ASCII);
    }

    private static Socket by(Proxy proxy) throws IOException {
        return Patcher.isMonkeyPatched(Patch.SOCKET) ? new Socket(proxy) : new PatchedSocket(proxy);
    }

    /** Has the settings name a proxy for everybody, while the body runs. */
    private static void withSettings(ServerSocket proxy, Body body) throws Exception {
        var before = ProxySelector.getDefault();
        ProxySelector.setDefault(new ProxySelector() {
            @Override
            public List<Proxy> select(URI uri) {
                assertThat(uri.getScheme()).isEqualTo("socket");
                return List.of(new Proxy(Proxy.Type.SOCKS, proxy.getLocalSocketAddress()));
            }

            @Override
            public void connectFailed(URI uri, SocketAddress address, IOException e) {
                // The socket says so, too.
            }
        });
        try {
            body.run();
        } finally {
            ProxySelector.setDefault(before);
        }
    }

    private interface Body {
        void run() throws Exception;
    }

    @HubTest
    void aProxyThatTheSettingsNameIsGoneBy() throws Exception {
        try (var listener = listening()) {
            withSettings(listener, () -> {
                var proxy = proxy(listener, "05020002", "0500", TO_FAR, "05000001" + "0a000001" + "1234", "", HELLO);
                try (var socket = Patched.socket()) {
                    socket.connect(FAR, 5_000);
                    assertThat(line(socket)).isEqualTo("hello");
                    assertThat(socket.getInetAddress()).isEqualTo(FAR.getAddress());
                }
                proxy.await();
            });
        }
    }

    @HubTest
    void aProxyOfVersionFourIsGoneByToo() throws Exception {
        try (var listener = listening()) {
            withSettings(listener, () -> {
                var proxy = proxy(listener, "05020002", "0400", "04010050c0000207" + userName(),
                        "005a" + "000000000000", "", HELLO);
                try (var socket = Patched.socket()) {
                    socket.connect(FAR, 5_000);
                    assertThat(line(socket)).isEqualTo("hello");
                }
                proxy.await();
            });
        }
    }

    private static String userName() {
        return HexFormat.of().formatHex(System.getProperty("user.name").getBytes(StandardCharsets.ISO_8859_1)) + "00";
    }

    @HubTest
    void aProxysRefusalIsToldAndTheSocketIsClosed() throws Exception {
        try (var listener = listening()) {
            withSettings(listener, () -> {
                var proxy = proxy(listener, "05020002", "0500", TO_FAR, "05050001");
                try (var socket = Patched.socket()) {
                    assertThatThrownBy(() -> socket.connect(FAR, 5_000)).isExactlyInstanceOf(SocketException.class)
                            .hasMessage("SOCKS: Connection refused");
                    assertThat(socket.isClosed()).isTrue();
                }
                proxy.await();
            });
        }
    }

    @HubTest
    void whoWantsNoProxyGoesByNoneWhateverTheSettingsSay() throws Exception {
        try (var listener = listening(); var server = listening()) {
            withSettings(listener, () -> {
                try (var socket = by(Proxy.NO_PROXY)) {
                    socket.connect(server.getLocalSocketAddress(), 5_000);
                    try (var accepted = server.accept()) {
                        accepted.getOutputStream().write("hello".getBytes(StandardCharsets.US_ASCII));
                        assertThat(line(socket)).isEqualTo("hello");
                    }
                }
            });
        }
    }

    @HubTest
    void aSocketGoesByTheProxyItWasMadeWith() throws Exception {
        try (var listener = listening()) {
            var proxy = proxy(listener, "05020002", "0500", TO_FAR, "05000001" + "0a000001" + "1234", "", HELLO);
            try (var socket = by(new Proxy(Proxy.Type.SOCKS, listener.getLocalSocketAddress()))) {
                socket.connect(FAR, 5_000);
                assertThat(line(socket)).isEqualTo("hello");
            }
            proxy.await();
        }
    }

    @HubTest
    void theJdksOwnGoByTheSettingsAsWell() throws Exception {
        try (var listener = listening()) {
            withSettings(listener, () -> {
                var proxy = proxy(listener, "05020002", "0500", TO_FAR, "05000001" + "0a000001" + "1234", "", HELLO);
                try (var socket = Patched.original(Socket::new)) {
                    socket.connect(FAR, 5_000);
                    assertThat(line(socket)).isEqualTo("hello");
                }
                proxy.await();
            });
        }
    }
}
