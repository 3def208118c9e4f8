package dev.verdant.conformance.tls;

import dev.verdant.green.Green;
import dev.verdant.green.net.GreenSocket;
import dev.verdant.green.net.Net;
import dev.verdant.green.ssl.Engine;
import dev.verdant.green.ssl.GreenSSLSocket;
import dev.verdant.green.ssl.GreenSsl;
import dev.verdant.green.ssl.SslOptions;
import java.io.IOException;
import java.util.EnumMap;
import java.util.Map;

/**
 * Our end of a connection, and a peer whose records the test makes; hands have been shaken.
 *
 * @param socket our end
 * @param peer the other one
 */
record Ours(GreenSSLSocket socket, RawPeer peer) implements AutoCloseable {

    /** Made once: options are dear. */
    private static final Map<Engine, SslOptions> CLIENTS = new EnumMap<>(Engine.class);
    private static final Map<Engine, SslOptions> SERVERS = new EnumMap<>(Engine.class);

    static Ours open(Engine engine, boolean weAreClient, String version) throws Exception {
        return open(weAreClient
                ? CLIENTS.computeIfAbsent(engine, each -> TlsPair.clientOptions(each).build())
                : SERVERS.computeIfAbsent(engine, each -> TlsPair.serverOptions(each).build()), weAreClient, version);
    }

    static Ours open(SslOptions options, boolean weAreClient, String version) throws Exception {
        try (var listener = Net.listen(TlsPair.ANY)) {
            GreenSocket there = Net.connect(listener.getLocalSocketAddress());
            GreenSocket here = listener.accept();
            GreenSSLSocket ours = GreenSsl.wrap(weAreClient ? there : here, options);
            RawPeer peer = RawPeer.of(weAreClient ? here : there, !weAreClient, version);
            var shaking = Green.spawn(() -> ours.startHandshake());
            peer.shake();
            shaking.await();
            return new Ours(ours, peer);
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
        peer.close();
    }
}
