package dev.verdant.conformance.tls;

import dev.verdant.green.Green;
import dev.verdant.green.net.GreenSocket;
import dev.verdant.green.net.Net;
import dev.verdant.green.ssl.Engine;
import dev.verdant.green.ssl.GreenSSLSocket;
import dev.verdant.green.ssl.GreenSsl;
import dev.verdant.green.ssl.Identity;
import dev.verdant.green.ssl.SslOptions;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Two ends of a TLS connection on the loopback.
 *
 * @param client our side as the client
 * @param server our side as the server
 */
record TlsPair(GreenSSLSocket client, GreenSSLSocket server) implements AutoCloseable {

    static final InetSocketAddress ANY = new InetSocketAddress("127.0.0.1", 0);

    /** What the server shows: good for {@code localhost} and {@code 127.0.0.1}. */
    static final Certificates.Issued ISSUED = Certificates.certificate().names("localhost").address("127.0.0.1")
            .issue();

    private static final Map<String, SslOptions> SHARED = new ConcurrentHashMap<>();

    /** A client that trusts {@link Certificates#CA}; shakes hands at the first use. */
    static SslOptions.Builder clientOptions(Engine engine) {
        return SslOptions.forClient().engine(engine).caCerts(Certificates.CA.certificate()).doHandshakeOnConnect(false);
    }

    /** A server that shows {@link #ISSUED}; shakes hands at the first use. */
    static SslOptions.Builder serverOptions(Engine engine) {
        return SslOptions.forServer().engine(engine).certificate(identity(ISSUED)).doHandshakeOnConnect(false);
    }

    /** {@link #clientOptions} as they are. Made once, as options are dear; no session is resumed unless the port is the same. */
    static SslOptions client(Engine engine) {
        return SHARED.computeIfAbsent(engine + " client", _ -> clientOptions(engine).build());
    }

    /** As {@link #client(Engine)}, for one version of TLS. */
    static SslOptions client(Engine engine, String protocol) {
        return SHARED.computeIfAbsent(engine + protocol, _ -> clientOptions(engine).protocols(protocol).build());
    }

    /** As {@link #client(Engine)}, for who has no name for the server's address. */
    static SslOptions clientOfLocalhost(Engine engine) {
        return SHARED.computeIfAbsent(engine + " localhost",
                _ -> clientOptions(engine).serverName("localhost").build());
    }

    /** {@link #serverOptions} as they are, made once. */
    static SslOptions server(Engine engine) {
        return SHARED.computeIfAbsent(engine + " server", _ -> serverOptions(engine).build());
    }

    static Identity identity(Certificates.Issued issued) {
        return Identity.of(issued.key(), issued.chainArray());
    }

    /** Has shaken hands, with the newest version. */
    static TlsPair open(Engine engine) throws Exception {
        return open(client(engine), server(engine));
    }

    /** Has shaken hands, with this version, as {@code TLSv1.2}. */
    static TlsPair open(Engine engine, String protocol) throws Exception {
        return open(client(engine, protocol), server(engine));
    }

    /** Has shaken hands. */
    static TlsPair open(SslOptions client, SslOptions server) throws Exception {
        return shaken(fresh(client, server));
    }

    /** Is connected; the handshake happens at the first use. The options must say so too. */
    static TlsPair fresh(SslOptions client, SslOptions server) throws IOException {
        try (var listener = Net.listen(ANY)) {
            GreenSocket connected = Net.connect(listener.getLocalSocketAddress());
            GreenSocket accepted = listener.accept();
            return new TlsPair(GreenSsl.wrap(connected, client), GreenSsl.wrap(accepted, server));
        }
    }

    private static TlsPair shaken(TlsPair pair) throws Exception {
        var server = Green.spawn(() -> pair.server.startHandshake());
        try {
            pair.client.startHandshake();
            server.await();
        } catch (Throwable e) {
            server.kill();
            pair.close();
            throw e;
        }
        return pair;
    }

    @Override
    public void close() throws IOException {
        client.close();
        server.close();
    }
}
