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

    /** A client that trusts {@link Certificates#CA}; shakes hands at the first use. */
    static SslOptions.Builder clientOptions(Engine engine) {
        return SslOptions.forClient().engine(engine).caCerts(Certificates.CA.certificate()).doHandshakeOnConnect(false);
    }

    /** A server that shows {@link #ISSUED}; shakes hands at the first use. */
    static SslOptions.Builder serverOptions(Engine engine) {
        return SslOptions.forServer().engine(engine).certificate(identity(ISSUED)).doHandshakeOnConnect(false);
    }

    static Identity identity(Certificates.Issued issued) {
        return Identity.of(issued.key(), issued.chainArray());
    }

    /** Has shaken hands, with the newest version. */
    static TlsPair open(Engine engine) throws Exception {
        return open(clientOptions(engine).build(), serverOptions(engine).build());
    }

    /** Has shaken hands, with this version, as {@code TLSv1.2}. */
    static TlsPair open(Engine engine, String protocol) throws Exception {
        return open(clientOptions(engine).protocols(protocol).build(), serverOptions(engine).build());
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
