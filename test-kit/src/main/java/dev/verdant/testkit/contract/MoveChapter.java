package dev.verdant.testkit.contract;

import static dev.verdant.testkit.contract.HubDriver.loopback;
import static dev.verdant.testkit.contract.HubDriver.portOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.hub.DatagramChannel;
import dev.verdant.hub.Hub;
import dev.verdant.hub.HubChannel;
import dev.verdant.hub.HubProvider;
import dev.verdant.hub.ListenerChannel;
import dev.verdant.hub.Readiness;
import dev.verdant.hub.SocketDomain;
import dev.verdant.hub.StreamChannel;
import dev.verdant.testkit.contract.HubDriver.End;
import dev.verdant.testkit.contract.HubDriver.Pair;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Proxy;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Channels that go from one hub to another. */
public abstract class MoveChapter extends HubChapter {

    private @Nullable HubDriver opened;

    /**
     * Creates the chapter.
     *
     * @param provider whose hubs are tested
     */
    protected MoveChapter(HubProvider provider) {
        super(provider);
    }

    @BeforeEach
    void openTheOtherHub() {
        opened = new HubDriver(provider());
    }

    @AfterEach
    void closeTheOtherHub() {
        other().close();
    }

    private HubDriver other() {
        HubDriver there = opened;
        if (there == null) {
            throw new IllegalStateException("between two tests");
        }
        return there;
    }

    // ---- readiness

    @Test
    void bytesThatNobodyHasReadAreToldOfThere() throws Exception {
        for (boolean toldHere : new boolean[]{true, false}) {
            Pair pair = driver().connect();
            pair.client.writeFully((byte) 1, (byte) 2);
            if (toldHere) {
                pair.server.await(Readiness.READ);
                driver().settle();
            }
            End there = move(pair.server);
            there.await(Readiness.READ);
            assertThat(there.readFully(2)).containsExactly(1, 2);
        }
    }

    @Test
    void nothingIsToldHereAnyMore() throws Exception {
        Pair pair = driver().connect();
        pair.server.channel.arm(Readiness.READ | Readiness.WRITE);
        pair.client.writeFully((byte) 1);
        End there = move(pair.server);
        int calls = pair.server.calls;
        pair.client.writeFully((byte) 2);
        driver().settle();
        assertThat(there.readFully(2)).containsExactly(1, 2);
        pair.client.writeFully((byte) 3);
        there.channel.arm(Readiness.READ);
        driver().settle();
        assertThat(pair.server.calls).isEqualTo(calls);
        assertThat(driver().turnsFor(20 * HubDriver.MILLI)).isLessThanOrEqualTo(HubDriver.FEW_TURNS);
    }

    @Test
    void roomToWriteIsToldOfThere() throws Exception {
        Pair pair = driver().connect();
        int total = pair.server.fill();
        pair.server.channel.arm(Readiness.WRITE);
        End there = move(pair.server);
        assertThat(pair.client.readFully(total)).isEqualTo(new byte[total]);
        there.await(Readiness.WRITE);
        there.writeFully((byte) 1);
    }

    @Test
    void anEndThatWasToldHereIsToldThere() throws Exception {
        for (boolean toldHere : new boolean[]{true, false}) {
            Pair pair = driver().connect();
            pair.client.writeFully((byte) 1);
            pair.client.channel.shutdownOutput();
            if (toldHere) {
                pair.server.await(Readiness.READ);
                driver().settle();
            }
            End there = move(pair.server);
            there.await(Readiness.READ);
            assertThat(there.readFully(1)).containsExactly(1);
            assertThat(there.read(new byte[1])).isEqualTo(-1);
        }
    }

    @Test
    void aChannelMovedBeforeItsEventIsDeliveredIsNotCalledHere() throws Exception {
        ListenerChannel listener = driver().listen();
        List<Pair> pairs = new ArrayList<>();
        var called = new ArrayList<Integer>();
        for (int i = 0; i < 2; i++) {
            Pair pair = driver().connectUnregistered(listener);
            pairs.add(pair);
            pair.client.writeFully((byte) i);
            int me = i;
            pair.server.channel.register(_ -> {
                if (called.isEmpty()) {
                    moveUnchecked(pairs.get(1 - me).server.channel);
                }
                called.add(me);
            });
            pair.server.channel.arm(Readiness.READ);
        }
        driver().until("a call", () -> !called.isEmpty());
        driver().settle();
        int stayed = called.getFirst();
        assertThat(called).containsOnly(stayed);
        End there = other().new End(pairs.get(1 - stayed).server.channel).register();
        assertThat(there.readFully(1)).containsExactly(1 - stayed);
    }

    @Test
    void aChannelMayMoveInsideItsOwnCall() throws Exception {
        Pair pair = driver().connectUnregistered(driver().listen());
        int[] calls = {0};
        pair.server.channel.register(_ -> {
            calls[0]++;
            moveUnchecked(pair.server.channel);
        });
        pair.client.writeFully((byte) 1);
        pair.server.channel.arm(Readiness.READ);
        driver().until("the call", () -> calls[0] > 0);
        driver().settle();
        assertThat(calls[0]).isEqualTo(1);
        assertThat(other().new End(pair.server.channel).register().readFully(1)).containsExactly(1);
    }

    @Test
    void aChannelMayGoToAndFro() throws Exception {
        Pair pair = driver().connect();
        End end = pair.server;
        for (int i = 0; i < 20; i++) {
            pair.client.writeFully((byte) i);
            boolean away = i % 2 == 0;
            end.channel.moveTo(away ? other().hub : hub());
            end = (away ? other() : driver()).new End(end.channel).register();
            end.await(Readiness.READ);
            assertThat(end.readFully(1)).containsExactly(i);
            end.writeFully((byte) -i);
            assertThat(pair.client.readFully(1)).containsExactly(-i);
        }
        end.channel.moveTo(hub());
    }

    @Test
    void manyChannelsMoveAndEachFindsItsBytes() throws Exception {
        ListenerChannel listener = driver().listen();
        List<Pair> pairs = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            pairs.add(driver().connect(listener));
            pairs.get(i).server.channel.arm(Readiness.READ);
            pairs.get(i).client.writeFully((byte) i);
            if (i % 3 == 0) {
                hub().poll(0);
            }
        }
        List<End> there = new ArrayList<>();
        for (Pair pair : pairs) {
            there.add(move(pair.server));
        }
        for (int i = 0; i < 100; i++) {
            assertThat(there.get(i).readFully(1)).containsExactly(i);
        }
    }

    // ---- what goes along

    @Test
    void optionsAndAddressesGoAlong() throws Exception {
        Pair pair = driver().connect();
        StreamChannel stream = pair.server.channel;
        stream.setOption(StandardSocketOptions.TCP_NODELAY, true);
        stream.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
        SocketAddress local = stream.localAddress();
        SocketAddress remote = stream.remoteAddress();
        move(pair.server);
        assertThat(stream.getOption(StandardSocketOptions.TCP_NODELAY)).isTrue();
        assertThat(stream.getOption(StandardSocketOptions.SO_KEEPALIVE)).isTrue();
        assertThat(stream.localAddress()).isEqualTo(local);
        assertThat(stream.remoteAddress()).isEqualTo(remote);
    }

    @Test
    void aChannelThatIsNotRegisteredMovesToo() throws Exception {
        Pair pair = driver().connectUnregistered(driver().listen());
        pair.client.writeFully((byte) 1);
        End there = move(pair.server);
        there.await(Readiness.READ);
        assertThat(there.readFully(1)).containsExactly(1);
    }

    @Test
    void aListenerAcceptsForItsNewHub() throws Exception {
        ListenerChannel listener = driver().listen();
        listener.register(_ -> {});
        StreamChannel client = driver().stream();
        boolean connected = client.connect(HubDriver.addressOf(listener));
        listener.moveTo(other().hub);
        var there = other().new Watched<>(other().own(listener)).register();
        there.await(Readiness.READ);
        End server = other().new End(other().accept(listener)).register();
        if (!connected) {
            driver().until("a connection", client::finishConnect);
        }
        driver().new End(client).register().writeFully((byte) 1);
        assertThat(server.readFully(1)).containsExactly(1);
    }

    @Test
    void aDatagramThatWaitsIsToldOfThere() throws Exception {
        DatagramChannel receiver = driver().own(orSkip(() -> hub().openDatagram(SocketDomain.INTERNET)));
        receiver.bind(loopback(0));
        receiver.register(_ -> {});
        DatagramChannel sender = driver().own(hub().openDatagram(SocketDomain.INTERNET));
        assertThat(sender.send(ByteBuffer.allocate(4), HubDriver.addressOf(receiver))).isTrue();
        driver().settle();
        receiver.moveTo(other().hub);
        var there = other().new Watched<>(other().own(receiver)).register();
        there.await(Readiness.READ);
        ByteBuffer target = ByteBuffer.allocate(10);
        assertThat(receiver.receive(target)).isNotNull();
        assertThat(target.position()).isEqualTo(4);
    }

    @Test
    void aMovedChannelIsClosedThere() throws Exception {
        ListenerChannel listener = driver().listen();
        int port = portOf(listener);
        listener.register(_ -> {});
        listener.moveTo(other().hub);
        listener.register(_ -> {});
        listener.arm(Readiness.READ);
        other().settle();
        listener.close();
        driver().listen(port, 1);
    }

    @Test
    void theOldHubTakesNoMovedChannelWithIt() throws Exception {
        Pair pair = other().connect();
        StreamChannel stream = pair.server.channel;
        stream.moveTo(hub());
        End here = driver().new End(driver().own(stream)).register();
        pair.client.writeFully((byte) 1);
        other().hub.close();
        assertThat(stream.isOpen()).isTrue();
        assertThat(here.readFully(1)).containsExactly(1);
    }

    @Test
    void theNewHubTakesItsMovedChannelsWithIt() throws Exception {
        Pair pair = driver().connect();
        move(pair.server);
        other().hub.close();
        assertThat(pair.server.channel.isOpen()).isFalse();
        assertThat(pair.client.read(new byte[1])).isEqualTo(-1);
    }

    // ---- what is refused

    @Test
    void aHubOfAnotherKindIsRefused() throws Exception {
        Pair pair = driver().connect();
        var stranger = (Hub) Proxy.newProxyInstance(Hub.class.getClassLoader(), new Class<?>[]{Hub.class},
                (_, method, _) -> {
                    if (method.getName().equals("toString")) {
                        return "a stranger";
                    }
                    throw new UnsupportedOperationException(method.getName());
                });
        assertThatThrownBy(() -> pair.server.channel.moveTo(stranger)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("a stranger");
        pair.client.writeFully((byte) 1);
        assertThat(pair.server.readFully(1)).containsExactly(1);
    }

    @Test
    void aRegisteredChannelMovesFromItsHubsThreadOnly() throws Exception {
        Pair pair = driver().connect();
        var moved = new FutureTask<Boolean>(() -> {
            pair.server.channel.moveTo(other().hub);
            return true;
        });
        Thread.ofPlatform().daemon().start(moved);
        assertThatThrownBy(() -> moved.get(20, TimeUnit.SECONDS)).isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(IllegalStateException.class);
        pair.client.writeFully((byte) 1);
        assertThat(pair.server.readFully(1)).containsExactly(1);
    }

    @Test
    void aClosedChannelSaysSo() throws Exception {
        Pair pair = driver().connect();
        for (HubChannel closed : List.of(pair.client.channel, driver().listen())) {
            closed.close();
            assertClosed(() -> closed.moveTo(other().hub));
        }
    }

    // ---- tools

    private End move(End end) throws IOException {
        end.channel.moveTo(other().hub);
        return other().new End(end.channel).register();
    }

    private void moveUnchecked(HubChannel channel) {
        try {
            channel.moveTo(other().hub);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
