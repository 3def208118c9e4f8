package dev.verdant.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.hub.HubChannel;
import dev.verdant.hub.HubProvider;
import dev.verdant.hub.Readiness;
import dev.verdant.hub.StreamChannel;
import dev.verdant.testkit.contract.HubDriver.Pair;
import dev.verdant.testkit.contract.HubDriver.Watched;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Readiness that is told anew. */
public abstract class RecheckChapter extends HubChapter {

    /**
     * Creates the chapter.
     *
     * @param provider whose hubs are tested
     */
    protected RecheckChapter(HubProvider provider) {
        super(provider);
    }

    @Test
    void bytesAreToldOfAgainWithoutAnybodyReading() throws Exception {
        Pair pair = driver().connect();
        pair.client.writeFully((byte) 1);
        for (int i = 0; i < 5; i++) {
            assertToldAnew(pair.server, Readiness.READ);
        }
        assertThat(pair.server.readFully(1)).containsExactly(1);
    }

    @Test
    void roomToWriteIsToldOfAgainWithoutAnybodyWriting() throws Exception {
        Pair pair = driver().connect();
        for (int i = 0; i < 5; i++) {
            assertToldAnew(pair.client, Readiness.WRITE);
        }
    }

    @Test
    void theEndIsToldOfAgain() throws Exception {
        Pair pair = driver().connect();
        pair.client.channel.shutdownOutput();
        assertThat(pair.server.read(new byte[1])).isEqualTo(-1);
        for (int i = 0; i < 3; i++) {
            assertToldAnew(pair.server, Readiness.READ);
        }
    }

    @Test
    void aConnectionThatWaitsIsToldOfAgain() throws Exception {
        var listener = driver().new Watched<>(driver().listen()).register();
        StreamChannel client = driver().stream();
        if (!client.connect(HubDriver.addressOf(listener.channel))) {
            driver().until("a connection", client::finishConnect);
        }
        for (int i = 0; i < 3; i++) {
            assertToldAnew(listener, Readiness.READ);
        }
        assertThat(driver().own(driver().accept(listener.channel))).isNotNull();
    }

    private <C extends HubChannel> void assertToldAnew(Watched<C> watched, int op) throws IOException {
        watched.channel.arm(op);
        driver().settle();
        watched.told = 0;
        watched.channel.recheck(op);
        driver().until("anew " + Readiness.describe(op), () -> watched.toldOf(op));
    }

    @Test
    void whatIsNotPossibleIsNotTold() throws Exception {
        Pair pair = driver().connect();
        int total = pair.client.fill();
        assertThat(pair.client.channel.read(new byte[1], 0, 1)).isZero();
        driver().settle();
        pair.client.told = 0;
        pair.client.channel.recheck(Readiness.READ | Readiness.WRITE);
        int _ = driver().turnsFor(20 * HubDriver.MILLI);
        // Room comes as soon as the peer's buffer has taken all, and the operating system moves bytes when it likes.
        assertThat(pair.client.toldOf(Readiness.READ)).isFalse();

        assertThat(pair.server.readFully(total)).isEqualTo(new byte[total]);
        pair.server.writeFully((byte) 1);
        driver().until("both", () -> pair.client.toldOf(Readiness.READ | Readiness.WRITE));
    }

    @Test
    void aFullBufferIsNotToldOf() throws Exception {
        Pair pair = driver().connect();
        fillForGood(pair);
        pair.client.told = 0;
        pair.client.channel.recheck(Readiness.WRITE);
        int _ = driver().turnsFor(20 * HubDriver.MILLI);
        assertThat(pair.client.toldOf(Readiness.WRITE)).isFalse();
    }

    private void fillForGood(Pair pair) throws IOException {
        int more;
        do {
            more = pair.client.fill();
            int _ = driver().turnsFor(20 * HubDriver.MILLI);
            more += pair.client.fill();
        } while (more > 0);
        driver().settle();
    }

    @Test
    void aHandlerMayAskForMore() throws Exception {
        Pair pair = driver().connectUnregistered(driver().listen());
        pair.client.writeFully((byte) 1);
        int[] calls = {0};
        pair.server.channel.register(_ -> {
            calls[0]++;
            if (calls[0] < 5) {
                recheck(pair.server.channel);
            }
        });
        pair.server.channel.arm(Readiness.READ);
        driver().until("five calls", () -> calls[0] >= 5);
    }

    private static void recheck(HubChannel channel) {
        try {
            channel.recheck(Readiness.READ);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void nothingIsLostBetweenALookAndAWait() throws Exception {
        Pair pair = driver().connect();
        for (int i = 0; i < 300; i++) {
            assertThat(pair.server.channel.read(new byte[1], 0, 1)).isZero();
            pair.server.channel.recheck(Readiness.READ);
            if (i % 2 == 0) {
                hub().poll(0);
            }
            pair.server.told = 0;
            pair.client.writeFully((byte) i);
            driver().until("a byte", () -> pair.server.toldOf(Readiness.READ));
            assertThat(pair.server.readFully(1)).containsExactly(i);
        }
    }

    @Test
    void onlyTheHubsThreadMayAsk() throws Exception {
        Pair pair = driver().connect();
        var asked = new FutureTask<Boolean>(() -> {
            pair.server.channel.recheck(Readiness.READ);
            return true;
        });
        Thread.ofPlatform().daemon().start(asked);
        assertThatThrownBy(() -> asked.get(20, TimeUnit.SECONDS)).isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(IllegalStateException.class);
    }

    @Test
    void aClosedChannelSaysSo() throws Exception {
        Pair pair = driver().connect();
        var listener = driver().new Watched<>(driver().listen()).register();
        for (HubChannel closed : List.of(pair.client.channel, listener.channel)) {
            closed.close();
            assertClosed(() -> closed.recheck(Readiness.READ));
        }
    }
}
