package dev.verdant.conformance.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.conformance.HubTest;
import dev.verdant.green.Green;
import dev.verdant.green.net.GreenSocket;
import dev.verdant.green.net.Net;
import dev.verdant.green.ssl.Engine;
import dev.verdant.green.ssl.GreenSSLSocket;
import dev.verdant.green.ssl.GreenSsl;
import dev.verdant.green.ssl.SslOptions;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import org.jspecify.annotations.Nullable;

/** Names that are agreed on in the handshake: the host that is asked for (SNI), and the protocol that is spoken inside (ALPN). */
class TlsNamesTest {

    private static final String[] VERSIONS = {"TLSv1.2", "TLSv1.3"};

    private static final int DECODE_ERROR = 50;
    private static final int ILLEGAL_PARAMETER = 47;
    private static final int INTERNAL_ERROR = 80; // What the JDK's engine makes of some.
    private static final int UNRECOGNIZED_NAME = 112;
    private static final int NO_APPLICATION_PROTOCOL = 120;

    private static final Certificates.Issued ONE = Certificates.server("one.example");
    private static final Certificates.Issued OTHER = Certificates.server("other.example", "xn--bcher-kva.example");

    private static SslOptions.Builder server(Engine engine) {
        return TlsPair.serverOptions(engine).certificateFor("one.example", TlsPair.identity(ONE))
                .certificateFor("other.example", TlsPair.identity(OTHER))
                .certificateFor("xn--bcher-kva.example", TlsPair.identity(OTHER));
    }

    /** What a server of ours answers to a hello: its certificate, or else the number of the alert. */
    private static Object answer(SslOptions options, byte[] hello) throws Exception {
        try (var listener = Net.listen(TlsPair.ANY);
                var theirs = Net.connect(listener.getLocalSocketAddress());
                var ours = GreenSsl.wrap(listener.accept(), options)) {
            var server = Green.spawn(() -> ours.startHandshake());
            theirs.sendAll(hello);
            var messages = new ByteArrayOutputStream();
            while (true) {
                byte[] record = RawPeer.readRecord(theirs);
                if (record.length == 0) {
                    return -1;
                }
                if (record[0] == RawPeer.ALERT) {
                    assertThatThrownBy(server::await).isInstanceOf(SSLException.class);
                    return record[6] & 0xff;
                }
                messages.write(record, 5, record.length - 5);
                if (messages.size() > 4 && hasHelloDone(messages.toByteArray())) {
                    theirs.shutdownOutput();
                    assertThatThrownBy(server::await).isInstanceOf(IOException.class);
                    return Hello.certificateIn(messages.toByteArray());
                }
            }
        }
    }

    private static boolean hasHelloDone(byte[] messages) {
        int length = messages.length;
        return messages[length - 4] == 14 && messages[length - 3] == 0 && messages[length - 2] == 0
                && messages[length - 1] == 0;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static byte[] asking(String name) {
        return new Hello().serverName(ascii(name)).record();
    }

    // ---- the host's name, as a server

    @HubTest
    void theNameThatIsAskedForChoosesTheCertificate(Engine engine) throws Exception {
        SslOptions options = server(engine).build();
        assertThat(answer(options, asking("one.example"))).isEqualTo(ONE.certificate());
        assertThat(answer(options, asking("ONE.Example"))).isEqualTo(ONE.certificate());
        assertThat(answer(options, asking("other.example"))).isEqualTo(OTHER.certificate());
        assertThat(answer(options, asking("xn--bcher-kva.example"))).isEqualTo(OTHER.certificate());
    }

    @HubTest
    void whoAsksForAnUnknownNameOrNoneGetsTheDefault(Engine engine) throws Exception {
        SslOptions options = server(engine).build();
        assertThat(answer(options, asking("unknown.example"))).isEqualTo(TlsPair.ISSUED.certificate());
        assertThat(answer(options, new Hello().record())).isEqualTo(TlsPair.ISSUED.certificate());
    }

    @HubTest
    void anUnknownNameIsRefusedWhereKnownOnesAreRequired(Engine engine) throws Exception {
        SslOptions options = server(engine).requireKnownName(true).build();
        assertThat(answer(options, asking("unknown.example"))).isEqualTo(UNRECOGNIZED_NAME);
        assertThat(answer(options, asking("one.example"))).isEqualTo(ONE.certificate());
        assertThat(answer(options, new Hello().record())).isEqualTo(TlsPair.ISSUED.certificate());
    }

    /** RFC 6066 forbids the dot and anything but ASCII: the connection may be refused, but a name is never taken for one that it is not. */
    @HubTest
    void aNameThatIsNoneIsRefusedOrUnknown(Engine engine) throws Exception {
        SslOptions options = server(engine).build();
        for (String name : List.of("one.example.", "b\u00fccher.example", "one.example\0.evil.example", "", ".",
                "*.example",
                "one..example", "x".repeat(300))) {
            Object answer = answer(options, asking(name));
            if (answer instanceof X509Certificate shown) {
                boolean same = name.equals("one.example.");
                assertThat(shown).as(name).isIn(same
                        ? List.of(ONE.certificate(), TlsPair.ISSUED.certificate())
                        : List.of(TlsPair.ISSUED.certificate()));
            } else {
                assertThat(answer).as(name).isIn(DECODE_ERROR, ILLEGAL_PARAMETER, UNRECOGNIZED_NAME, INTERNAL_ERROR,
                        10);
            }
        }
    }

    /** Netty's CVE-2023-34462: a declared length of 16 MiB must not be believed. */
    @HubTest
    void aHelloOfManyRecordsIsRefusedBeforeItIsLarge(Engine engine) throws Exception {
        for (SslOptions options : new SslOptions[]{server(engine).build(),
                server(engine).applicationProtocols("h2").build()}) {
            try (var listener = Net.listen(TlsPair.ANY);
                    var theirs = Net.connect(listener.getLocalSocketAddress());
                    var ours = GreenSsl.wrap(listener.accept(), options)) {
                var server = Green.spawn(() -> ours.startHandshake());
                byte[] part = new byte[16 * 1024];
                part[0] = 1;
                part[1] = part[2] = part[3] = (byte) 0xff;
                int sent = 0;
                try {
                    while (sent < 16 << 20) {
                        theirs.sendAll(RawPeer.record(RawPeer.HANDSHAKE, part));
                        part[0] = 0;
                        sent += part.length;
                        Green.sleep();
                    }
                } catch (SocketException e) {
                    // As it should be.
                }
                assertThat(sent).isLessThan(8 << 20);
                assertThatThrownBy(server::await).isInstanceOf(SSLException.class);
            }
        }
    }

    // ---- the host's name, as a client

    /** What a server sees of the name that our client was given. */
    private static List<String> seen(SslOptions options) throws Exception {
        var seen = new ArrayList<String>();
        try (var ends = open(options);
                var peer = new RawPeer(ends.theirs, false, OTHER, parameters -> {})) {
            var server = Green.spawn(() -> {
                peer.shake();
                return null;
            });
            ends.ours.startHandshake();
            server.await();
            for (var name : ((ExtendedSSLSession) peer.engine.getSession()).getRequestedServerNames()) {
                seen.add(((SNIHostName) name).getAsciiName());
            }
        }
        return seen;
    }

    @HubTest
    void aClientSendsTheNameInAsciiAndNoAddress(Engine engine) throws Exception {
        assertThat(seen(TlsPair.clientOptions(engine).serverName("other.example").build()))
                .containsExactly("other.example");
        assertThat(seen(TlsPair.clientOptions(engine).serverName("other.example.").build()))
                .containsExactly("other.example");
        assertThat(seen(TlsPair.clientOptions(engine).serverName("b\u00fccher.example").build()))
                .containsExactly("xn--bcher-kva.example");
        assertThat(seen(TlsPair.clientOptions(engine).checkHostname(false).build())).isEmpty();
    }

    private record Ends(GreenSSLSocket ours, GreenSocket theirs) implements AutoCloseable {
        @Override
        public void close() throws IOException {
            ours.close();
            theirs.close();
        }
    }

    private static Ends open(SslOptions options) throws IOException {
        try (var listener = Net.listen(TlsPair.ANY)) {
            GreenSocket connected = Net.connect(listener.getLocalSocketAddress());
            return new Ends(GreenSsl.wrap(connected, options), listener.accept());
        }
    }

    // ---- the protocol inside

    /** What both sides agree on, our side first; an exception if they do not. */
    private static List<@Nullable String> agreed(Engine engine, boolean weAreClient, String version, List<String> ours,
            List<String> theirs) throws Exception {
        String[] offered = ours.toArray(String[]::new);
        SslOptions options = weAreClient
                ? TlsPair.clientOptions(engine).serverName("localhost").applicationProtocols(offered).build()
                : TlsPair.serverOptions(engine).applicationProtocols(offered).build();
        try (var ends = open(options);
                var peer = new RawPeer(ends.theirs, !weAreClient, weAreClient ? TlsPair.ISSUED : null, parameters -> {
                    parameters.setProtocols(new String[]{version});
                    parameters.setApplicationProtocols(theirs.toArray(String[]::new));
                })) {
            var us = Green.spawn(() -> {
                ends.ours.startHandshake();
                ends.ours.sendAll(new byte[1]);
                return null;
            });
            try {
                peer.shake();
                assertThat(peer.receive()).hasSize(1);
            } catch (SSLException e) {
                if (weAreClient) {
                    peer.send(peer.wrap(new byte[0])); // Its alert.
                }
                assertThat(e).hasMessageContaining("no_application_protocol");
                assertThatThrownBy(us::await).isInstanceOf(SSLException.class);
                throw e;
            }
            us.await();
            return Arrays.asList(ends.ours.getApplicationProtocol(), peer.engine.getApplicationProtocol());
        }
    }

    @HubTest
    void theProtocolInsideIsAgreedOn(Engine engine) throws Exception {
        String longest = "x".repeat(255);
        for (String version : VERSIONS) {
            for (boolean weAreClient : new boolean[]{true, false}) {
                assertThat(agreed(engine, weAreClient, version, List.of("h2", "http/1.1"), List.of("http/1.1")))
                        .containsExactly("http/1.1", "http/1.1");
                assertThat(agreed(engine, weAreClient, version, List.of("h2", longest), List.of(longest)))
                        .containsExactly(longest, longest);
                assertThat(agreed(engine, weAreClient, version, List.of(), List.of("h2"))).containsExactly("", "");
                assertThat(agreed(engine, weAreClient, version, List.of("h2"), List.of())).containsExactly("", "");
                assertThatThrownBy(() -> agreed(engine, weAreClient, version, List.of("h2"), List.of("spdy/1")))
                        .isInstanceOf(SSLHandshakeException.class);
            }
        }
    }

    @HubTest
    void aListOfProtocolsThatIsNoneIsRefused(Engine engine) throws Exception {
        SslOptions options = TlsPair.serverOptions(engine).applicationProtocols("h2").build();
        for (byte[] list : new byte[][]{{}, {0}, {3, 'h', '2'}, {2, 'h', '2', 0}}) {
            assertThat(answer(options, new Hello().alpn(list).record())).as(Arrays.toString(list))
                    .isIn(DECODE_ERROR, ILLEGAL_PARAMETER, NO_APPLICATION_PROTOCOL, INTERNAL_ERROR);
        }
        assertThat(answer(options, new Hello().alpn(new byte[]{2, 'h', '3'}).record()))
                .isEqualTo(NO_APPLICATION_PROTOCOL);
        assertThat(answer(options, new Hello().alpn(new byte[]{2, 'h', '2'}).record()))
                .isEqualTo(TlsPair.ISSUED.certificate());
    }
}
