package dev.verdant.conformance.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.conformance.AnyOrder;
import dev.verdant.conformance.HubTest;
import dev.verdant.conformance.NotSimulated;
import dev.verdant.conformance.Turns;
import dev.verdant.green.EventLoop;
import dev.verdant.green.Green;
import dev.verdant.green.GreenExit;
import dev.verdant.green.GreenThread;
import dev.verdant.green.Timeout;
import dev.verdant.green.ssl.Engine;
import dev.verdant.green.ssl.GreenSSLSocket;
import dev.verdant.green.ssl.GreenSSLSocketFactory;
import java.io.IOException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLHandshakeException;
import org.jspecify.annotations.Nullable;

/** The handshakes of one loop take turns. */
class TlsTurnsTest {

    private static final int MANY = 20;

    /** Clients that say hello and hear nothing. */
    private static final class Line implements AutoCloseable {

        private final Engine engine;
        private final List<Runnable> closes = new ArrayList<>();
        private final List<GreenThread<?>> members = new ArrayList<>();

        Line(Engine engine) {
            this.engine = engine;
        }

        GreenSSLSocket socket(Duration handshakeTimeout, Runnable said) throws IOException {
            var factory = new GreenSSLSocketFactory(
                    TlsPair.clientOptions(engine).handshakeTimeout(handshakeTimeout).build());
            var socket = factory.createSocket(new Stub() {
                @Override
                public int tryWrite(ByteBuffer source) throws IOException {
                    said.run();
                    return super.tryWrite(source);
                }
            }, "localhost", 1, true);
            closes.add(() -> {
                try {
                    socket.close();
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            return socket;
        }

        GreenThread<@Nullable Void> add(GreenSSLSocket socket) {
            var member = Green.<@Nullable Void>spawn(() -> {
                socket.startHandshake();
                return null;
            });
            members.add(member);
            return member;
        }

        @Override
        public void close() {
            closes.forEach(Runnable::run);
            for (GreenThread<?> member : members) {
                assertThatThrownBy(member::await).isInstanceOfAny(IOException.class, GreenExit.class, Timeout.class);
            }
        }
    }

    private static final Duration LONG = Duration.ofSeconds(60);

    @HubTest(seconds = 60)
    @AnyOrder(false) // It is about who runs when.
    void everybodyElseHasATurnBetweenTwoStepsOfHandshakes(Engine engine) throws Exception {
        var turns = new AtomicInteger();
        var saidAt = new ArrayList<Integer>();
        var counting = Green.spawn(() -> {
            while (true) {
                turns.incrementAndGet();
                Green.sleep();
            }
        });
        try (var line = new Line(engine)) {
            for (int i = 0; i < MANY; i++) {
                line.add(line.socket(LONG, () -> saidAt.add(turns.get())));
            }
            Turns.until(() -> saidAt.size() == MANY);
        }
        assertThat(saidAt).as("the turns at which hellos were said").doesNotHaveDuplicates();
        counting.kill();
    }

    @HubTest(seconds = 60)
    @NotSimulated("it lets a nanosecond pass by itself")
    void whoIsInLineMayBeKilledTimedOutAndClosed(Engine engine) throws Exception {
        var said = new ArrayList<String>();
        try (var line = new Line(engine)) {
            line.add(line.socket(LONG, () -> said.add("first")));
            line.add(line.socket(LONG, () -> said.add("second"))); // It gets the turn while the next is being killed.
            GreenSSLSocket killed = line.socket(LONG, () -> said.add("killed"));
            var victim = line.add(killed);
            GreenSSLSocket late = line.socket(Duration.ofNanos(1), () -> said.add("late"));
            var tooLate = line.add(late);
            GreenSSLSocket called = line.socket(LONG, () -> said.add("called away"));
            var away = Green.spawn(() -> Timeout.call(Duration.ZERO, () -> called.startHandshake()));
            GreenSSLSocket closed = line.socket(LONG, () -> said.add("closed"));
            var shut = line.add(closed);
            line.add(line.socket(LONG, () -> said.add("last")));
            Green.sleep(); // All are in line, and whose turn it is has given way.
            assertThat(said).isEmpty();
            closed.close();
            victim.kill();
            assertThatThrownBy(victim::await).isInstanceOf(GreenExit.class);
            assertThatThrownBy(tooLate::await).isInstanceOf(SSLHandshakeException.class)
                    .hasMessageContaining("was not done within");
            assertThatThrownBy(away::await).isInstanceOf(Timeout.class);
            assertThatThrownBy(shut::await).isInstanceOf(SocketException.class);
            Turns.until(() -> said.contains("last"));
            assertThat(said).containsExactly("first", "second", "last");
            assertThat(List.of(killed, late, called, closed)).allMatch(GreenSSLSocket::isClosed);
        }
    }

    @HubTest(seconds = 60)
    void eachLoopHasATurnOfItsOwn(Engine engine) throws Exception {
        var said = new AtomicInteger();
        try (var other = EventLoop.start()) {
            var there = other.spawn(() -> {
                try (var line = new Line(engine)) {
                    for (int i = 0; i < MANY; i++) {
                        line.add(line.socket(LONG, said::incrementAndGet));
                    }
                    Turns.until(() -> said.get() == MANY);
                }
            });
            try (var line = new Line(engine)) {
                var here = new ArrayList<String>();
                line.add(line.socket(LONG, () -> here.add("said")));
                Turns.until(() -> here.size() == 1);
            }
            there.await();
        }
    }

    /** A record that is long in coming: a byte is always there, and the next one five milliseconds later. */
    private static final class Dribble extends Stub {

        private static final byte[] BEGIN = {22, 3, 3, 0x3F, (byte) 0xFF, 2, 0, 0x3F, (byte) 0xFB};

        private int count;

        @Override
        public int tryRead(ByteBuffer target) {
            Green.sleep(Duration.ofMillis(5));
            target.put(count < BEGIN.length ? BEGIN[count] : 0);
            count++;
            return 1;
        }

        @Override
        public boolean awaitReadable(@Nullable Duration timeout) {
            return true;
        }
    }

    @HubTest(seconds = 60)
    void aPeerThatAlwaysHasAByteMoreIsLeftWhenTheHandshakesTimeIsOver(Engine engine) throws Exception {
        var factory = new GreenSSLSocketFactory(
                TlsPair.clientOptions(engine).handshakeTimeout(Duration.ofMillis(100)).build());
        try (var socket = factory.createSocket(new Dribble(), "localhost", 1, true)) {
            assertThatThrownBy(socket::startHandshake).isInstanceOf(SSLHandshakeException.class)
                    .hasMessageContaining("was not done within 100 ms");
            assertThat(socket.isClosed()).isTrue();
        }
    }

    @HubTest
    void whoClosesSecondReturnsWhenTheConnectionIsClosed(Engine engine) throws Exception {
        var go = new CountDownLatch(1);
        var closes = new AtomicInteger();
        var factory = new GreenSSLSocketFactory(TlsPair.clientOptions(engine).build());
        var socket = factory.createSocket(new Stub() {
            @Override
            public void close() throws IOException {
                closes.incrementAndGet();
                Turns.until(() -> go.getCount() == 0);
                super.close();
            }
        }, "localhost", 1, true);
        var first = Green.<@Nullable Void>spawn(() -> {
            socket.close();
            return null;
        });
        Turns.until(() -> closes.get() == 1);
        var second = Green.<@Nullable Void>spawn(() -> {
            socket.close();
            return null;
        });
        for (int i = 0; i < 10; i++) {
            Green.sleep();
        }
        assertThat(second.isDone()).as("before the first has ended").isFalse();
        go.countDown();
        second.await();
        first.await();
        assertThat(closes).hasValue(1);
        socket.close();
    }
}
