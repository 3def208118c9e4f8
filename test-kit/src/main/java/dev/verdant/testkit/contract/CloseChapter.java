package dev.verdant.testkit.contract;

import static dev.verdant.testkit.contract.HubDriver.MILLI;
import static dev.verdant.testkit.contract.HubDriver.addressOf;
import static dev.verdant.testkit.contract.HubDriver.loopback;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.hub.HubChannel;
import dev.verdant.hub.HubProvider;
import dev.verdant.hub.ListenerChannel;
import dev.verdant.hub.Readiness;
import dev.verdant.hub.SocketDomain;
import dev.verdant.hub.StreamChannel;
import dev.verdant.testkit.contract.HubDriver.Pair;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Handlers that close, open and throw; and what is left of a channel, and of a hub, once it is closed. */
public abstract class CloseChapter extends HubChapter {

    private static final byte[] HELLO = {1, 2, 3, 4, 5};

    /**
     * Creates the chapter.
     *
     * @param provider whose hubs are tested
     */
    protected CloseChapter(HubProvider provider) {
        super(provider);
    }

    // ---- from inside a handler

    @Test
    void aHandlerMayCloseItsOwnChannel() throws Exception {
        Pair pair = driver().connectUnregistered(driver().listen());
        var calls = new ArrayList<Integer>();
        pair.server.channel.register(ops -> {
            calls.add(ops);
            pair.server.channel.close();
        });
        pair.server.channel.arm(Readiness.READ);
        pair.client.writeFully(HELLO);
        driver().until("the call", () -> !calls.isEmpty());
        driver().turnsFor(20 * MILLI);
        assertThat(calls).hasSize(1);
        assertThat(pair.server.channel.isOpen()).isFalse();
    }

    @Test
    void aChannelThatIsClosedByAnotherHandlerOfTheSamePollIsNotCalled() throws Exception {
        ListenerChannel listener = driver().listen();
        List<Pair> pairs = new ArrayList<>();
        var called = new ArrayList<Integer>();
        for (int i = 0; i < 20; i++) {
            Pair pair = driver().connectUnregistered(listener);
            int me = i;
            pairs.add(pair);
            pair.server.channel.register(_ -> {
                called.add(me);
                pairs.forEach(other -> other.server.channel.close());
            });
            pair.server.channel.arm(Readiness.READ);
        }
        for (Pair pair : pairs) {
            pair.client.writeFully(HELLO);
        }
        driver().until("one call", () -> !called.isEmpty());
        driver().turnsFor(20 * MILLI);
        assertThat(called).hasSize(1);
    }

    @Test
    void aHandlerMayRegisterAChannel() throws Exception {
        ListenerChannel listener = driver().listen();
        Pair old = driver().connectUnregistered(listener);
        Pair young = driver().connectUnregistered(listener);
        young.client.writeFully(HELLO);
        var called = new ArrayList<String>();
        old.server.channel.register(_ -> {
            if (called.isEmpty()) {
                called.add("old");
                registerUnchecked(young.server.channel, () -> called.add("young"));
                young.server.channel.arm(Readiness.READ);
            }
        });
        old.server.channel.arm(Readiness.READ);
        old.client.writeFully(HELLO);
        driver().until("both calls", () -> called.size() >= 2);
        assertThat(called).startsWith("old", "young");
    }

    /**
     * Both are ready in one poll. Whichever is called first closes the other and opens a connection, which takes over the number of its
     * descriptor wherever numbers are given out lowest first.
     */
    @Test
    void anEventOfAClosedChannelNeverReachesItsSuccessor() throws Exception {
        ListenerChannel listener = driver().listen();
        for (int i = 0; i < 100; i++) {
            Pair first = driver().connectUnregistered(listener);
            Pair second = driver().connectUnregistered(listener);
            var called = new ArrayList<String>();
            var heirs = new ArrayList<HubDriver.End>();
            first.server.channel.register(_ -> replace("first", second, called, heirs, listener));
            second.server.channel.register(_ -> replace("second", first, called, heirs, listener));
            for (Pair pair : List.of(first, second)) {
                pair.server.channel.arm(Readiness.READ);
                pair.client.writeFully(HELLO);
                pair.client.channel.shutdownOutput();
            }
            driver().until("one call", () -> !called.isEmpty());
            driver().settle();

            String survivor = called.getFirst();
            assertThat(called).containsOnly(survivor);
            HubDriver.End heir = heirs.getFirst();
            assertThat(heir.told & (Readiness.READ | Readiness.ENDED)).as("what the successor was told").isZero();
            driver().until("the successor's connection", heir.channel::finishConnect);
            var peer = driver().new End(driver().accept(listener)).register();
            peer.writeFully(HELLO);
            assertThat(heir.readFully(5)).isEqualTo(HELLO);
            heir.channel.close();
            peer.channel.close();
            first.close();
            second.close();
        }
    }

    private void replace(String me, Pair victim, List<String> called, List<HubDriver.End> heirs,
            ListenerChannel listener) {
        called.add(me);
        if (!heirs.isEmpty()) {
            return;
        }
        victim.server.channel.close();
        try {
            StreamChannel heir = driver().stream();
            boolean _ = heir.connect(addressOf(listener));
            heirs.add(driver().new End(heir).register());
            heir.arm(Readiness.READ | Readiness.WRITE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void theOldHandlerIsNeverCalledForTheNewChannel() throws Exception {
        ListenerChannel listener = driver().listen();
        for (int i = 0; i < 100; i++) {
            Pair old = driver().connect(listener);
            old.client.channel.arm(Readiness.READ | Readiness.WRITE);
            old.server.channel.arm(Readiness.READ | Readiness.WRITE);
            driver().hub.poll(0);
            old.close();
            int calls = old.client.calls + old.server.calls;
            Pair young = driver().connect(listener);
            young.client.writeFully(HELLO);
            assertThat(young.server.readFully(5)).isEqualTo(HELLO);
            young.close();
            assertThat(old.client.calls + old.server.calls).isEqualTo(calls);
        }
    }

    @Test
    void manyChannelsMayBeOpenedAndClosedWithinOnePoll() throws Exception {
        ListenerChannel listener = driver().listen();
        Pair trigger = driver().connectUnregistered(listener);
        var done = new ArrayList<String>();
        trigger.server.channel.register(_ -> {
            for (int i = 0; i < 50; i++) {
                try {
                    StreamChannel client = hub().openStream(SocketDomain.INTERNET);
                    boolean _ = client.connect(addressOf(listener));
                    client.register(_ -> {});
                    client.arm(Readiness.WRITE);
                    StreamChannel server = listener.accept();
                    client.close();
                    if (server != null) {
                        server.register(_ -> {});
                        server.arm(Readiness.READ);
                        server.close();
                    }
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
            done.add("done");
        });
        trigger.server.channel.arm(Readiness.READ);
        trigger.client.writeFully(HELLO);
        driver().until("the call", () -> !done.isEmpty());
        driver().settle();
    }

    @Test
    void aHandlerThatThrowsDisturbsNoOther() throws Exception {
        ListenerChannel listener = driver().listen();
        List<Pair> pairs = new ArrayList<>();
        var called = new ArrayList<Integer>();
        boolean[] mayThrow = {true};
        for (int i = 0; i < 4; i++) {
            Pair pair = driver().connectUnregistered(listener);
            int me = i;
            pairs.add(pair);
            pair.client.writeFully(HELLO);
            pair.server.channel.register(_ -> {
                called.add(me);
                if (mayThrow[0] && me == 3) {
                    throw new StackOverflowError("call " + called.size());
                }
                if (mayThrow[0] && me != 2) {
                    throw new IllegalStateException("call " + called.size());
                }
            });
            pair.server.channel.arm(Readiness.READ);
        }
        List<Throwable> thrown = new ArrayList<>();
        driver().until("all calls", () -> {
            try {
                hub().poll(MILLI);
            } catch (IllegalStateException | StackOverflowError e) {
                thrown.add(e);
                thrown.addAll(List.of(e.getSuppressed()));
            }
            return called.contains(0) && called.contains(1) && called.contains(2) && called.contains(3);
        });
        assertThat(thrown).hasSizeGreaterThanOrEqualTo(3)
                .allSatisfy(e -> assertThat(e).hasMessageStartingWith("call "));
        // All four were ready, so one poll has called them all; only hubs that told of writing first had more to throw.
        mayThrow[0] = false;
        called.clear();
        driver().settle();
        for (Pair pair : pairs) {
            assertThat(pair.server.channel.read(new byte[10], 0, 10)).isEqualTo(5);
            pair.server.channel.arm(Readiness.READ);
            pair.client.writeFully(HELLO);
        }
        driver().until("all calls",
                () -> called.contains(0) && called.contains(1) && called.contains(2) && called.contains(3));
    }

    @Test
    void whatHandlersThrowComesOutTogetherAfterTheLast() throws Exception {
        ListenerChannel listener = driver().listen();
        var order = new ArrayList<String>();
        for (int i = 0; i < 3; i++) {
            Pair pair = driver().connectUnregistered(listener);
            pair.client.writeFully(HELLO);
            pair.server.channel.register(_ -> {
                order.add("call");
                throw new IllegalStateException("call " + order.size());
            });
            pair.server.channel.arm(Readiness.READ);
        }
        assertThatThrownBy(() -> driver().poll(-1)).isInstanceOf(IllegalStateException.class).hasMessage("call 1")
                .satisfies(e -> assertThat(e.getSuppressed()).extracting(Throwable::getMessage)
                        .containsExactly("call 2", "call 3"));
        assertThat(order).hasSize(3);
    }

    // ---- afterwards

    @Test
    void closingTwiceDoesNothing() throws Exception {
        Pair pair = driver().connect();
        for (HubChannel channel : List.of(pair.client.channel, driver().listen(), driver().stream())) {
            assertThat(channel.isOpen()).isTrue();
            channel.close();
            channel.close();
            assertThat(channel.isOpen()).isFalse();
        }
        HubChannel successor = driver().stream();
        pair.client.channel.close();
        assertThat(successor.isOpen()).isTrue();
        successor.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
    }

    @Test
    void theDescriptorIsGoneWhenCloseReturns() throws Exception {
        Set<String> before = descriptors();
        Pair pair = driver().connect();
        pair.client.channel.arm(Readiness.READ | Readiness.WRITE);
        pair.server.channel.arm(Readiness.READ);
        ListenerChannel listener = driver().listen();
        listener.register(_ -> {});
        listener.arm(Readiness.READ);
        driver().settle();
        pair.close();
        listener.close();
        assertNoneLeftOf(before);
    }

    @Test
    void theDescriptorIsGoneWhenAHandlerHasClosedIt() throws Exception {
        ListenerChannel listener = driver().listen();
        Set<String> without = descriptors();
        Pair pair = driver().connectUnregistered(listener);
        boolean hasDescriptors = descriptors().size() > without.size(); // A simulated channel has none.
        List<Set<String>> seen = new ArrayList<>();
        pair.server.channel.register(_ -> {
            try {
                Set<String> before = descriptors();
                pair.server.channel.close();
                Set<String> after = descriptors();
                assertThat(after).hasSizeLessThanOrEqualTo(before.size());
                before.removeAll(after);
                seen.add(before);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        pair.server.channel.arm(Readiness.READ);
        pair.client.writeFully(HELLO);
        driver().until("the call", () -> !seen.isEmpty());
        assertThat(seen.getFirst()).hasSize(hasDescriptors ? 1 : 0);
    }

    @Test
    void aClosedStreamSaysSo() throws Exception {
        Pair pair = driver().connect();
        Pair unregistered = driver().connectUnregistered(driver().listen());
        for (StreamChannel closed : List.of(pair.client.channel, unregistered.client.channel, driver().stream())) {
            closed.close();
            assertClosed(() -> closed.read(new byte[1], 0, 1));
            assertClosed(() -> closed.read(ByteBuffer.allocate(1)));
            assertClosed(() -> closed.read(ByteBuffer.allocateDirect(1)));
            assertClosed(() -> closed.write(new byte[1], 0, 1));
            assertClosed(() -> closed.write(ByteBuffer.allocate(1)));
            assertClosed(() -> closed.write(ByteBuffer.allocateDirect(1)));
            assertClosed(() -> closed.bind(loopback(0)));
            assertClosed(() -> closed.connect(loopback(1)));
            assertClosed(closed::finishConnect);
            assertClosed(closed::shutdownInput);
            assertClosed(closed::shutdownOutput);
            assertClosed(closed::remoteAddress);
            assertClosedChannel(closed);
        }
    }

    @Test
    void aClosedListenerSaysSo() throws Exception {
        ListenerChannel registered = driver().listen();
        registered.register(_ -> {});
        for (ListenerChannel closed : List.of(registered, driver().listen(),
                driver().own(hub().openListener(SocketDomain.INTERNET)))) {
            closed.close();
            assertClosed(closed::accept);
            assertClosed(() -> closed.bind(loopback(0), 1));
            assertClosedChannel(closed);
        }
    }

    private static void assertClosedChannel(HubChannel closed) {
        assertClosed(closed::localAddress);
        assertClosed(() -> closed.setOption(StandardSocketOptions.SO_REUSEADDR, true));
        assertClosed(() -> closed.getOption(StandardSocketOptions.SO_REUSEADDR));
        closed.arm(Readiness.READ | Readiness.WRITE);
        closed.shutdown();
        closed.close();
        assertThat(closed.supportedOptions()).isNotEmpty();
    }

    @Test
    void aClosedChannelCannotBeRegistered() throws Exception {
        StreamChannel closed = driver().connectUnregistered(driver().listen()).client.channel;
        closed.close();
        assertClosed(() -> closed.register(_ -> {}));
    }

    @Test
    void aChannelIsRegisteredOnce() throws Exception {
        Pair pair = driver().connect();
        assertThatThrownBy(() -> pair.client.channel.register(_ -> {})).isInstanceOf(IllegalStateException.class);
        pair.server.writeFully(HELLO);
        assertThat(pair.client.readFully(5)).isEqualTo(HELLO);
    }

    @Test
    void aHubTakesItsRegisteredChannelsWithIt() throws Exception {
        List<HubChannel> registered = new ArrayList<>();
        try (var peers = new HubDriver(provider())) {
            ListenerChannel peer = peers.listen();
            StreamChannel client = driver().stream();
            if (!client.connect(addressOf(peer))) {
                driver().until("a connection", client::finishConnect);
            }
            client.register(_ -> {});
            client.arm(Readiness.READ);
            registered.add(client);
            ListenerChannel listener = driver().listen();
            int port = HubDriver.portOf(listener);
            listener.register(_ -> {});
            registered.add(listener);
            var end = peers.new End(peers.accept(peer)).register();

            hub().close();

            assertThat(registered).allMatch(channel -> !channel.isOpen());
            assertThat(end.read(new byte[1])).isEqualTo(-1);
            peers.listen(port, 1);
            assertClosed(() -> client.read(new byte[1], 0, 1));
            assertClosed(listener::accept);
        }
        hub().close();
        hub().wakeup();
        registered.forEach(HubChannel::close);
    }

    @Test
    void aHandlerMayCloseTheHub() throws Exception {
        ListenerChannel listener = driver().listen();
        var calls = new ArrayList<String>();
        List<Pair> pairs = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            Pair pair = driver().connectUnregistered(listener);
            pairs.add(pair);
            pair.client.writeFully(HELLO);
            pair.server.channel.register(_ -> {
                calls.add("call");
                hub().close();
            });
            pair.server.channel.arm(Readiness.READ);
        }
        assertThat(driver().poll(-1)).isEqualTo(1);
        assertThat(calls).hasSize(1);
        assertThat(pairs).allMatch(pair -> !pair.server.channel.isOpen());
    }

    @Test
    void aClosedHubIsOfNoFurtherUse() throws Exception {
        StreamChannel left = driver().connectUnregistered(driver().listen()).client.channel;
        hub().close();
        assertThatThrownBy(() -> hub().poll(0)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> left.register(_ -> {})).isInstanceOf(Exception.class);
        assertThatThrownBy(() -> hub().openStream(SocketDomain.INTERNET)).isInstanceOf(SocketException.class);
        assertThatThrownBy(() -> hub().openListener(SocketDomain.INTERNET)).isInstanceOf(SocketException.class);
        assertThat(hub().name()).isEqualTo(provider().name());
    }

    private static void registerUnchecked(HubChannel channel, Runnable called) {
        try {
            channel.register(_ -> called.run());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
