package dev.verdant.hub.epoll;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.hub.Hub;
import dev.verdant.hub.ListenerChannel;
import dev.verdant.hub.Readiness;
import dev.verdant.hub.ReadinessHandler;
import dev.verdant.hub.SocketDomain;
import dev.verdant.hub.StreamChannel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Which events reach which handler. */
@Timeout(60)
class EpollReadinessTest {

    private static final int ALL = Readiness.READ | Readiness.WRITE | Readiness.ENDED;
    private static final byte[] HELLO = {1, 2, 3, 4, 5};

    private final Hub hub = new EpollHubProvider().open();

    @AfterEach
    void close() {
        hub.close();
    }

    /**
     * Both are ready in one poll. Whichever is called first closes the other and opens a connection that takes over
     * its number.
     */
    @Test
    void anEventOfAClosedChannelDoesNotReachItsSuccessor() throws Exception {
        ListenerChannel listener = Pair.listen(hub);
        for (int i = 0; i < 100; i++) {
            Pair first = Pair.connect(hub, listener);
            Pair second = Pair.connect(hub, listener);
            var calls = new ArrayList<String>();
            var successor = new ArrayList<StreamChannel>();
            StreamChannel a = first.server();
            StreamChannel b = second.server();
            a.register(_ -> replace(calls, "a", b, successor, listener));
            b.register(_ -> replace(calls, "b", a, successor, listener));
            first.client().write(HELLO, 0, 5);
            second.client().write(HELLO, 0, 5);

            assertThat(hub.poll(0)).isEqualTo(1);

            assertThat(calls).hasSize(1);
            assertThat(successor).hasSize(1);
            successor.forEach(StreamChannel::close);
            Objects.requireNonNull(listener.accept()).close();
            List.of(first.client(), second.client(), a, b).forEach(StreamChannel::close);
        }
    }

    private void replace(List<String> calls, String name, StreamChannel victim, List<StreamChannel> successor,
            ListenerChannel listener) {
        calls.add(name);
        String old = victim.toString();
        victim.close();
        try {
            StreamChannel heir = hub.openStream(SocketDomain.INTERNET);
            assertThat(heir.toString()).isEqualTo(old);
            assertThat(heir.connect(Pair.addressOf(listener))).isIn(true, false);
            heir.register(_ -> calls.add("heir of the other"));
            successor.add(heir);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aSuccessorGetsItsOwnEventWithTheNextPoll() throws Exception {
        Pair old = Pair.connect(hub);
        Pair young = Pair.connect(hub);
        young.client().write(HELLO, 0, 5);
        var ops = new AtomicInteger();
        registerWritable(old.server(), _ -> {
            old.server().close();
            registerQuietly(young.server(), ops);
        });

        assertThat(hub.poll(-1)).isEqualTo(1);
        assertThat(ops).hasValue(0);
        assertThat(hub.poll(-1)).isEqualTo(1);
        assertThat(ops).hasValue(Readiness.READ);
    }

    private static void registerQuietly(StreamChannel channel, AtomicInteger ops) {
        try {
            channel.register(ops::set);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void dataAndEndThatComeTogetherAreBothTold() throws Exception {
        for (int i = 0; i < 200; i++) {
            Pair pair = Pair.connect(hub);
            var ops = new AtomicInteger();
            pair.server().register(ops::set);
            pair.client().write(HELLO, 0, 5);
            pair.client().close();

            Pair.pollUntil(hub, () -> ops.get() == ALL);
            assertThat(pair.server().read(new byte[100], 0, 100)).isEqualTo(5);
            assertThat(pair.server().read(new byte[100], 0, 100)).isEqualTo(-1);
            pair.server().close();
        }
    }

    @Test
    void anEdgeComesOnceUntilTheNextOne() throws Exception {
        Pair pair = Pair.connect(hub);
        var calls = new AtomicInteger();
        pair.server().register(_ -> calls.incrementAndGet());
        pair.client().write(HELLO, 0, 5);
        hub.poll(-1);
        int before = calls.get();

        assertThat(hub.poll(1_000_000)).isZero();
        pair.client().write(HELLO, 0, 5);
        assertThat(hub.poll(-1)).isEqualTo(1);
        assertThat(calls).hasValue(before + 1);
    }

    @Test
    void dataIsToldAloneUntilSomebodyHasWaitedToWrite() throws Exception {
        Pair pair = Pair.connect(hub);
        var ops = new AtomicInteger();
        pair.server().register(ops::set);
        pair.client().write(HELLO, 0, 5);
        Pair.pollUntil(hub, () -> ops.get() != 0);
        assertThat(ops).hasValue(Readiness.READ);

        pair.server().arm(Readiness.WRITE);
        Pair.pollUntil(hub, () -> (ops.get() & Readiness.WRITE) != 0);
    }

    @Test
    void roomIsToldToWhoHasBegunToWaitForItOnAnotherThread() throws Exception {
        Pair pair = Pair.connect(hub);
        var ops = new AtomicInteger();
        pair.server().register(ops::set);
        var block = ByteBuffer.allocateDirect(1 << 16);
        while (pair.server().write(block.clear()) > 0) {
            // Until the peer's window is full, too.
        }
        Thread waiter = Thread.ofPlatform().start(() -> pair.server().arm(Readiness.WRITE));
        waiter.join();
        assertThat(hub.poll(1_000_000)).isZero();

        Pair.pollUntil(hub, () -> pair.client().read(block.clear()) >= 0 && (ops.get() & Readiness.WRITE) != 0);
        pair.server().close();
        pair.server().arm(Readiness.WRITE);
    }

    /** Linux reports a hang-up on a socket that has not been connected yet. */
    @Test
    void aChannelRegisteredBeforeItConnectsHasNotEnded() throws Exception {
        ListenerChannel listener = Pair.listen(hub);
        StreamChannel client = hub.openStream(SocketDomain.INTERNET);
        var ops = new AtomicInteger();
        client.register(o -> ops.accumulateAndGet(o, (a, b) -> a | b));
        assertThat(hub.poll(1_000_000)).isZero();
        assertThat(client.connect(Pair.addressOf(listener))).isIn(true, false);

        Pair.pollUntil(hub, () -> (ops.get() & Readiness.WRITE) != 0 && client.finishConnect());
        assertThat(ops).hasValue(Readiness.WRITE);
        Objects.requireNonNull(listener.accept());
    }

    @Test
    void aListenerRegisteredBeforeItIsBoundHasNotEnded() throws Exception {
        ListenerChannel listener = hub.openListener(SocketDomain.INTERNET);
        var ops = new AtomicInteger();
        listener.register(ops::set);
        assertThat(hub.poll(1_000_000)).isZero();
        listener.bind(Pair.loopback(), 10);
        assertThat(hub.openStream(SocketDomain.INTERNET).connect(Pair.addressOf(listener))).isIn(true, false);

        Pair.pollUntil(hub, () -> ops.get() != 0);
        assertThat(ops).hasValue(Readiness.READ);
    }

    @Test
    void aConnectIsNotFinishedBeforeItIs() throws Exception {
        StreamChannel client = hub.openStream(SocketDomain.INTERNET);
        assertThatThrownBy(client::finishConnect).hasMessage("No connection pending");
        assertThat(client.remoteAddress()).isNull();
        assertThat(client.localAddress()).isNull();
    }

    @Test
    void whatHandlersThrowComesOutOfThePollAfterAllWereCalled() throws Exception {
        var calls = new AtomicInteger();
        for (int i = 0; i < 3; i++) {
            registerWritable(Pair.connect(hub).server(), _ -> {
                throw new IllegalStateException("call " + calls.incrementAndGet());
            });
        }

        assertThatThrownBy(() -> hub.poll(-1)).isInstanceOf(IllegalStateException.class).hasMessage("call 1")
                .satisfies(e -> assertThat(e.getSuppressed()).extracting(Throwable::getMessage)
                        .containsExactly("call 2", "call 3"));
        assertThat(calls).hasValue(3);
        assertThat(hub.poll(0)).isZero();
    }

    @Test
    void aHandlerMayCloseTheHub() throws Exception {
        var calls = new AtomicInteger();
        Pair first = Pair.connect(hub);
        Pair second = Pair.connect(hub);
        for (StreamChannel channel : List.of(first.server(), second.server())) {
            registerWritable(channel, _ -> {
                calls.incrementAndGet();
                hub.close();
            });
        }

        assertThat(hub.poll(-1)).isEqualTo(1);
        assertThat(calls).hasValue(1);
        assertThat(first.server().isOpen()).isFalse();
        assertThat(second.server().isOpen()).isFalse();
    }

    @Test
    void aHandlerMayNotPoll() throws Exception {
        registerWritable(Pair.connect(hub).server(), _ -> hub.poll(0));
        assertThatThrownBy(() -> hub.poll(-1)).isInstanceOf(IllegalStateException.class)
                .hasMessage("poll called from a readiness handler");
    }

    @Test
    void registeringTwiceIsAnError() throws Exception {
        Pair pair = Pair.connect(hub);
        pair.server().register(_ -> {});
        assertThatThrownBy(() -> pair.server().register(_ -> {})).isInstanceOf(IllegalStateException.class)
                .hasMessageStartingWith("registered already: epoll UnixStream[fd=");
    }

    @Test
    void whatBelongsToTheHubsThreadIsRefusedElsewhere() throws Exception {
        Pair pair = Pair.connect(hub);
        pair.server().register(_ -> {});
        Throwable[] thrown = new Throwable[3];
        Thread.ofPlatform().start(() -> {
            thrown[0] = catchThrowable(pair.server()::close);
            thrown[1] = catchThrowable(() -> register(pair.client()));
            thrown[2] = catchThrowable(hub::close);
        }).join();
        assertThat(thrown).allSatisfy(e -> assertThat(e).isInstanceOf(IllegalStateException.class)
                .hasMessageStartingWith("called off the thread of epoll hub: by Thread["));
        assertThat(pair.server().isOpen()).isTrue();
    }

    /** Registers a channel that has room, so that its handler is called in the next poll. */
    private static void registerWritable(StreamChannel channel, ReadinessHandler handler) throws IOException {
        channel.register(handler);
        channel.arm(Readiness.WRITE);
    }

    private static void register(StreamChannel channel) {
        registerQuietly(channel, new AtomicInteger());
    }

    private static Throwable catchThrowable(Runnable call) {
        try {
            call.run();
            return new AssertionError("nothing was thrown");
        } catch (IllegalStateException e) {
            return e;
        }
    }
}
