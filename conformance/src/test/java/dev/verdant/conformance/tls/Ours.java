package dev.verdant.conformance.tls;

import dev.verdant.green.Green;
import dev.verdant.green.net.GreenSocket;
import dev.verdant.green.net.Net;
import dev.verdant.green.ssl.Engine;
import dev.verdant.green.ssl.GreenSSLSocket;
import dev.verdant.green.ssl.GreenSsl;
import dev.verdant.green.ssl.SslOptions;
import java.io.IOException;

/**
 * Our end of a connection, and a peer whose records the test makes; hands have been shaken.
 *
 * @param socket our end
 * @param peer the other one
 */
record Ours(GreenSSLSocket socket, RawPeer peer) implements AutoCloseable {

    static Ours open(Engine engine, boolean weAreClient, String version) throws Exception {
        return open(weAreClient ? TlsPair.client(engine) : TlsPair.server(engine), weAreClient, version);
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
