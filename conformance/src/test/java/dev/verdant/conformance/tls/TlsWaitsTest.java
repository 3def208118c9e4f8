package dev.verdant.conformance.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.conformance.HubTest;
import dev.verdant.conformance.NotSimulated;
import dev.verdant.conformance.Turns;
import dev.verdant.green.Green;
import dev.verdant.green.GreenExit;
import dev.verdant.green.net.Net;
import dev.verdant.green.ssl.Engine;
import dev.verdant.green.ssl.GreenSsl;
import dev.verdant.green.ssl.SslOptions;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.X509ExtendedTrustManager;

/** Who waits for whom inside a connection, and for how long. */
class TlsWaitsTest {

    /** Believes everybody, when it is let. */
    private static final class Slow extends X509ExtendedTrustManager {

        private final int from;
        private final CountDownLatch go = new CountDownLatch(1);
        private final CountDownLatch asked = new CountDownLatch(1);
        private final AtomicInteger count = new AtomicInteger();

        /** Is slow from this question on, the first being 1. */
        Slow(int from) {
            this.from = from;
        }

        private void check() throws CertificateException {
            if (count.incrementAndGet() >= from) {
                asked.countDown();
                try {
                    if (!go.await(20, TimeUnit.SECONDS)) {
                        throw new CertificateException("nobody let it go on");
                    }
                } catch (InterruptedException e) {
                    throw new CertificateException(e);
                }
            }
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
                throws CertificateException {
            check();
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
                throws CertificateException {
            check();
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) throws CertificateException {
            check();
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }

    private static SslOptions.Builder trusting(Slow trust, Engine engine) {
        return SslOptions.forClient().engine(engine).trustManager(trust).doHandshakeOnConnect(false);
    }

    @HubTest(seconds = 30)
    void aReadsTimePassesWhileAnotherShakesHands(Engine engine) throws Exception {
        try (var listener = Net.listen(TlsPair.ANY);
                var client = GreenSsl.wrap(Net.connect(listener.getLocalSocketAddress()),
                        TlsPair.clientOptions(engine).handshakeTimeout(Duration.ofSeconds(20)).build());
                var _ = listener.accept()) {
            var writer = Green.spawn(() -> {
                client.sendAll(new byte[1]);
                return null;
            });
            Turns.untilWaits(writer);
            client.setSoTimeout(100);
            long begin = System.nanoTime();
            assertThatThrownBy(() -> client.recv(1)).isInstanceOf(SocketTimeoutException.class);
            assertThat(client.awaitReadable(Duration.ofMillis(10))).isFalse();
            assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(10));
            assertThat(client.isClosed()).isFalse();
            writer.kill();
            assertThatThrownBy(writer::await).isInstanceOf(GreenExit.class);
        }
    }

    @HubTest(seconds = 30)
    @NotSimulated(NotSimulated.JDK_TIME)
    void aHandshakesTimePassesWhileAManagerOfOursBlocks(Engine engine) throws Exception {
        var slow = new Slow(1);
        SslOptions client = trusting(slow, engine).handshakeTimeout(Duration.ofMillis(300)).build();
        try (var pair = TlsPair.fresh(client, TlsPair.server(engine))) {
            var server = Green.spawn(() -> {
                assertThatThrownBy(pair.server()::startHandshake).isInstanceOf(java.io.IOException.class);
                return null;
            });
            assertThatThrownBy(pair.client()::startHandshake).isInstanceOf(SSLHandshakeException.class)
                    .hasMessageContaining("was not done within 300 ms");
            assertThat(pair.client().isClosed()).isTrue();
            assertThat(slow.asked.getCount()).as("that it was the manager who blocked").isZero();
            server.await();
        } finally {
            slow.go.countDown();
        }
    }

    /** Only the JDK's engine renegotiates at a server's wish. */
    @HubTest(seconds = 30)
    @NotSimulated(NotSimulated.JDK_SOCKETS)
    void aWriterWaitsForTheReadersTaskWithoutHoldingTheLoop() throws Exception {
        var slow = new Slow(2);
        var context = RawPeer.context(TlsPair.ISSUED);
        try (var listener = context.getServerSocketFactory().createServerSocket(0, 1,
                InetAddress.getLoopbackAddress())) {
            var forgotten = new CountDownLatch(1);
            var peer = new FutureTask<byte[]>(() -> {
                try (SSLSocket socket = (SSLSocket) listener.accept()) {
                    socket.setEnabledProtocols(new String[]{"TLSv1.2"});
                    socket.startHandshake();
                    forgotten.await();
                    socket.startHandshake();
                    byte[] got = socket.getInputStream().readNBytes(4);
                    socket.getOutputStream().write(got);
                    return got;
                }
            });
            Thread.ofPlatform().daemon().start(peer);
            SslOptions options = trusting(slow, Engine.JDK).protocols("TLSv1.2").checkHostname(false).build();
            try (var client = GreenSsl.wrap(Net.connect(listener.getLocalSocketAddress()), options)) {
                client.startHandshake();
                client.getSession().invalidate(); // Or it is resumed, and no certificate checked.
                forgotten.countDown();
                var reader = Green.spawn(() -> client.recv(4));
                while (slow.asked.getCount() > 0) {
                    Green.sleep(Duration.ofMillis(1));
                }
                var writer = Green.spawn(() -> {
                    client.sendAll(new byte[]{1, 2, 3, 4});
                    return null;
                });
                long begin = System.nanoTime();
                for (int i = 0; i < 20; i++) {
                    Green.sleep(Duration.ofMillis(1));
                }
                assertThat(Duration.ofNanos(System.nanoTime() - begin)).as("twenty turns while the writer waits")
                        .isLessThan(Duration.ofSeconds(5));
                slow.go.countDown();
                writer.await();
                assertThat(reader.await()).containsExactly(1, 2, 3, 4);
                while (!peer.isDone()) {
                    Green.sleep(Duration.ofMillis(1));
                }
                assertThat(peer.get()).containsExactly(1, 2, 3, 4);
            } finally {
                forgotten.countDown();
                slow.go.countDown();
            }
        }
    }
}
