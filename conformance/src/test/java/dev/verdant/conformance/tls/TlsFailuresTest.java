package dev.verdant.conformance.tls;

import static org.assertj.core.api.Assertions.assertThat;

import dev.verdant.conformance.Counts;
import dev.verdant.conformance.HubTest;
import dev.verdant.conformance.NotSimulated;
import dev.verdant.conformance.Turns;
import dev.verdant.green.EventLoop;
import dev.verdant.green.Green;
import dev.verdant.green.GreenExit;
import dev.verdant.green.net.GreenSocket;
import dev.verdant.green.net.Net;
import dev.verdant.green.ssl.Engine;
import dev.verdant.green.ssl.GreenSSLSocket;
import dev.verdant.green.ssl.GreenSsl;
import dev.verdant.green.ssl.SslOptions;
import io.netty.util.ReferenceCounted;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.lang.reflect.Field;
import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLEngine;
import org.jspecify.annotations.Nullable;

/** Handshakes that fail by the thousand leave nothing behind; slow ones hold up nobody. */
class TlsFailuresTest {

    private static final int WAYS = 8;

    /** How many engines of these options live: each of BoringSSL's keeps its context. The JDK's are the collector's. */
    private static int engines(SslOptions options) throws ReflectiveOperationException {
        if (options.engine() == Engine.JDK) {
            return 0;
        }
        Object context = field(options, "context");
        return ((ReferenceCounted) field(context, "context")).refCnt() - 1;
    }

    private static Object field(Object of, String name) throws ReflectiveOperationException {
        Field field = of.getClass().getDeclaredField(name);
        field.setAccessible(true);
        return Objects.requireNonNull(field.get(of));
    }

    private static long directBytes() {
        return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("direct")).mapToLong(BufferPoolMXBean::getMemoryUsed).sum()
                + io.netty.buffer.UnpooledByteBufAllocator.DEFAULT.metric().usedDirectMemory();
    }

    /** One handshake that fails, in one of several ways, at some point. */
    private static void fail(SslOptions options, boolean weAreClient, int way, Random random, long seed)
            throws Exception {
        try (var listener = Net.listen(TlsPair.ANY)) {
            GreenSocket theirs = Net.connect(listener.getLocalSocketAddress());
            GreenSSLSocket ours = GreenSsl.wrap(listener.accept(), options);
            var shaking = Green.spawn(() -> ours.startHandshake());
            try (var peer = RawPeer.of(theirs, !weAreClient, random.nextBoolean() ? "TLSv1.2" : "TLSv1.3")) {
                switch (way) {
                    case 0 -> theirs.close();
                    case 1 -> {
                        theirs.setSoLinger(true, 0);
                        theirs.close();
                    }
                    case 2 -> theirs.sendAll(bytes(random, 1 + random.nextInt(300)));
                    case 3 -> theirs.sendAll(RawPeer.record(RawPeer.ALERT, (byte) 2, (byte) 40));
                    case 4 -> {
                        Turns.untilWaits(shaking);
                        shaking.kill();
                    }
                    case 5 -> {
                        Turns.untilWaits(shaking);
                        ours.close();
                    }
                    default -> {
                        // Goes on well for some steps, and then not: cut, or damaged.
                        peer.engine.beginHandshake();
                        for (int steps = random.nextInt(3); steps >= 0 && peer.engine
                                .getHandshakeStatus() != javax.net.ssl.SSLEngineResult.HandshakeStatus.NOT_HANDSHAKING; steps--) {
                            peer.step();
                        }
                        if (way == 6) {
                            theirs.sendAll(RawPeer.record(RawPeer.HANDSHAKE, bytes(random, 40)));
                        }
                    }
                }
                if (!theirs.isClosed()) {
                    theirs.shutdownOutput();
                }
                try {
                    shaking.await();
                } catch (IOException | GreenExit e) {
                    // As it should be.
                }
                assertThat(ours.isClosed()).as("way %s, -Dverdant.seed=%s", way, seed).isTrue();
            } finally {
                ours.close();
            }
        }
    }

    private static byte[] bytes(Random random, int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }

    @HubTest(seconds = 300)
    void tenThousandFailedHandshakesLeaveNothingBehind(Engine engine) throws Exception {
        long seed = Long.getLong("verdant.seed", new Random().nextLong());
        var random = new Random(seed);
        var server = TlsPair.serverOptions(engine).build();
        var client = TlsPair.clientOptions(engine).serverName("localhost").build();
        for (int i = 0; i < 2 * WAYS; i++) {
            fail(i % 2 == 0 ? server : client, i % 2 != 0, i / 2, random, seed);
        }
        long before = directBytes();
        EventLoop loop = Objects.requireNonNull(EventLoop.current());
        int threads = loop.snapshot().threads().size();
        for (int i = 0; i < Counts.of(10_000); i++) {
            int way = i / 2 % WAYS;
            fail(i % 2 == 0 ? server : client, i % 2 != 0, way, random, seed);
        }
        // A task that nobody waits for any more may still be running.
        Turns.until(() -> {
            try {
                return engines(server) + engines(client) == 0;
            } catch (ReflectiveOperationException e) {
                throw new LinkageError("the fields have other names", e);
            }
        });
        Turns.until(() -> loop.snapshot().threads().size() <= threads);
        // The pool keeps some buffers for the next one, no more than it says.
        assertThat(directBytes() - before).isLessThan(64L * (56 + 17) * 1024);
    }

    // ---- slow ones

    /** Takes its time: until the test says so. */
    private static final class Slow extends javax.net.ssl.X509ExtendedKeyManager {

        private final javax.net.ssl.X509ExtendedKeyManager manager = new RawPeer.Always(TlsPair.ISSUED);
        private final CountDownLatch go = new CountDownLatch(1);
        private final AtomicInteger waiting = new AtomicInteger();
        private final Set<Thread> threads = ConcurrentHashMap.newKeySet();

        private void take() {
            threads.add(Thread.currentThread());
            waiting.incrementAndGet();
            try {
                go.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        @Override
        public @Nullable String chooseEngineServerAlias(String type, Principal @Nullable [] issuers,
                @Nullable SSLEngine engine) {
            take();
            return manager.chooseEngineServerAlias(type, issuers, engine);
        }

        @Override
        public @Nullable String chooseServerAlias(String type, Principal @Nullable [] issuers,
                @Nullable Socket socket) {
            return manager.chooseServerAlias(type, issuers, socket);
        }

        @Override
        public @Nullable String chooseClientAlias(String[] types, Principal @Nullable [] issuers,
                @Nullable Socket socket) {
            return null;
        }

        @Override
        public String[] getClientAliases(String type, Principal @Nullable [] issuers) {
            return manager.getClientAliases(type, issuers);
        }

        @Override
        public String[] getServerAliases(String type, Principal @Nullable [] issuers) {
            return manager.getServerAliases(type, issuers);
        }

        @Override
        public X509Certificate[] getCertificateChain(String alias) {
            return manager.getCertificateChain(alias);
        }

        @Override
        public PrivateKey getPrivateKey(String alias) {
            return manager.getPrivateKey(alias);
        }
    }

    @HubTest(seconds = 60)
    @NotSimulated("in virtual time the tasks of engines run on the loop")
    void aHundredSlowHandshakesHoldUpNobodyElse(Engine engine) throws Exception {
        var slow = new Slow();
        var server = SslOptions.forServer().engine(engine).keyManager(slow).doHandshakeOnConnect(false)
                .handshakeTimeout(Duration.ofSeconds(50)).build();
        var client = TlsPair.clientOptions(engine).serverName("localhost").handshakeTimeout(Duration.ofSeconds(50))
                .build();
        var pairs = new ArrayList<TlsPair>();
        var ends = new ArrayList<dev.verdant.green.GreenThread<?>>();
        try {
            for (int i = 0; i < 100; i++) {
                var pair = TlsPair.fresh(client, server);
                pairs.add(pair);
                ends.add(Green.spawn(() -> pair.server().startHandshake()));
                ends.add(Green.spawn(() -> pair.client().startHandshake()));
            }
            Turns.until(() -> slow.waiting.get() > 0);
            // Meanwhile others talk as if nothing were.
            try (var listener = Net.listen(TlsPair.ANY);
                    var near = Net.connect(listener.getLocalSocketAddress());
                    var far = listener.accept()) {
                for (int i = 0; i < 1000; i++) {
                    near.sendAll(new byte[]{1});
                    assertThat(far.recv(1)).hasSize(1);
                }
            }
            assertThat(ends).noneMatch(dev.verdant.green.GreenThread::isDone);
            slow.go.countDown();
            for (var each : ends) {
                each.await();
            }
        } finally {
            slow.go.countDown(); // Whatever has failed.
            for (var pair : pairs) {
                pair.close();
            }
        }
        assertThat(slow.threads).isNotEmpty().noneMatch(Thread::isVirtual)
                .noneMatch(thread -> thread.getName().contains("test"));
    }
}
