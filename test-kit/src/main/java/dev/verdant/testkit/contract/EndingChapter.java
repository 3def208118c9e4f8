package dev.verdant.testkit.contract;

import static dev.verdant.testkit.contract.HubDriver.FEW_TURNS;
import static dev.verdant.testkit.contract.HubDriver.MILLI;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.hub.HubProvider;
import dev.verdant.hub.ListenerChannel;
import dev.verdant.hub.Readiness;
import dev.verdant.testkit.contract.HubDriver.End;
import dev.verdant.testkit.contract.HubDriver.Pair;
import java.io.IOException;
import java.net.SocketException;
import java.net.StandardSocketOptions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Ends of streams, and resets, which are none. */
public abstract class EndingChapter extends HubChapter {

    private static final String RESET = "Connection reset";
    private static final int MANY = 200;

    /**
     * Creates the chapter.
     *
     * @param provider whose hubs are tested
     */
    protected EndingChapter(HubProvider provider) {
        super(provider);
    }

    @Test
    void whoEndsFirstCanStillRead() throws Exception {
        for (boolean clientFirst : new boolean[]{true, false}) {
            Pair pair = driver().connect();
            End first = clientFirst ? pair.client : pair.server;
            End second = clientFirst ? pair.server : pair.client;
            first.writeFully((byte) 1);
            first.channel.shutdownOutput();
            assertThat(second.readFully(1)).containsExactly(1);
            assertEnded(second);
            sendAndReceive(second, first, 300_000);
            second.channel.shutdownOutput();
            assertEnded(first);
            assertThat(first.channel.isOpen()).isTrue();
            pair.close();
        }
    }

    private static void sendAndReceive(End from, End to, int length) throws IOException {
        for (int i = 0; i < length; i += 10_000) {
            from.writeFully(new byte[10_000]);
            to.readFully(10_000);
        }
    }

    @Test
    void bothMayEndAtOnce() throws Exception {
        Pair pair = driver().connect();
        pair.client.writeFully((byte) 1);
        pair.server.writeFully((byte) 2);
        pair.client.channel.shutdownOutput();
        pair.server.channel.shutdownOutput();
        assertThat(pair.server.readFully(1)).containsExactly(1);
        assertThat(pair.client.readFully(1)).containsExactly(2);
        assertEnded(pair.client);
        assertEnded(pair.server);
    }

    @Test
    void nothingIsWrittenAfterTheOutputHasEnded() throws Exception {
        Pair pair = driver().connect();
        pair.client.channel.shutdownOutput();
        pair.client.channel.shutdownOutput();
        assertThatThrownBy(() -> pair.client.channel.write(new byte[1], 0, 1)).isInstanceOf(SocketException.class)
                .hasMessage("Broken pipe");
        pair.server.writeFully((byte) 1);
        assertThat(pair.client.readFully(1)).containsExactly(1);
    }

    @Test
    void readsEndOnceTheInputHasEnded() throws Exception {
        Pair pair = driver().connect();
        pair.server.channel.shutdownInput();
        assertThat(pair.server.channel.read(new byte[1], 0, 1)).isEqualTo(-1);
        pair.server.channel.shutdownInput();
        pair.server.writeFully((byte) 1);
        assertThat(pair.client.readFully(1)).containsExactly(1);
    }

    @Test
    void aCloseEndsTheStreamOfThePeer() throws Exception {
        Pair pair = driver().connect();
        pair.client.writeFully((byte) 1, (byte) 2);
        pair.client.channel.close();
        assertThat(pair.server.readFully(2)).containsExactly(1, 2);
        assertEnded(pair.server);
    }

    @Test
    void aCloseDoesNotWaitForWhatIsUnsentAndDoesNotLoseIt() throws Exception {
        Pair pair = driver().connect();
        int total = pair.client.fill();
        pair.client.channel.setOption(StandardSocketOptions.SO_LINGER, 5);
        long start = System.nanoTime();
        pair.client.channel.close();
        assertThat(System.nanoTime() - start).isLessThan(HubDriver.SECOND);
        assertThat(pair.server.readFully(total)).isEqualTo(new byte[total]);
        assertEnded(pair.server);
    }

    @Test
    void anEndFollowedByACloseLosesNothing() throws Exception {
        Pair pair = driver().connect();
        int total = pair.client.fill();
        pair.client.channel.shutdownOutput();
        pair.client.channel.close();
        assertThat(pair.server.readFully(total)).isEqualTo(new byte[total]);
        assertEnded(pair.server);
    }

    @Test
    void aResetThatFollowsAnEndIsToldToWhoWrites() throws Exception {
        Pair pair = driver().connect();
        pair.client.channel.shutdownOutput();
        assertEnded(pair.server);
        pair.client.reset();
        assertThatThrownBy(() -> driver().until("an error", () -> pair.server.channel.write(new byte[100], 0, 100) < 0))
                .isInstanceOf(SocketException.class)
                .satisfies(e -> assertThat(e.getMessage()).isIn("Broken pipe", RESET));
    }

    @Test
    void whoWritesToOneThatIsGoneFindsOut() throws Exception {
        Pair pair = driver().connect();
        pair.client.channel.close();
        assertThatThrownBy(() -> driver().until("an error", () -> pair.server.channel.write(new byte[100], 0, 100) < 0))
                .isInstanceOf(SocketException.class)
                .satisfies(e -> assertThat(e.getMessage()).isIn("Broken pipe", RESET));
    }

    @Test
    void aResetIsNotAnEndOfStreamHoweverOftenOneAsks() throws Exception {
        Pair pair = driver().connect();
        pair.client.reset();
        assertReset(pair.server);
    }

    @Test
    void aResetWakesWhoWaitsToRead() throws Exception {
        Pair pair = driver().connect();
        assertThat(pair.server.channel.read(new byte[1], 0, 1)).isZero();
        pair.server.channel.arm(Readiness.READ);
        driver().settle();
        pair.server.told = 0;
        pair.client.reset();
        driver().until("READ", () -> pair.server.toldOf(Readiness.READ));
        assertReset(pair.server);
    }

    @Test
    void aResetWakesWhoWaitsToWrite() throws Exception {
        Pair pair = driver().connect();
        pair.server.fill();
        driver().settle();
        pair.server.fill();
        pair.server.channel.arm(Readiness.WRITE);
        pair.server.told = 0;
        pair.client.reset();
        driver().until("WRITE", () -> pair.server.toldOf(Readiness.WRITE));
        assertThatThrownBy(() -> pair.server.channel.write(new byte[1], 0, 1)).isInstanceOf(SocketException.class);
    }

    /** The operating system tells an error once, and an end of stream from then on. */
    @Test
    void aResetThatAWriterWasToldIsNotAnEndOfStreamToTheReader() throws Exception {
        Pair pair = driver().connect();
        assertThat(pair.server.channel.read(new byte[1], 0, 1)).isZero();
        pair.server.channel.arm(Readiness.READ);
        driver().settle();
        pair.server.told = 0;
        pair.client.reset();
        driver().until("READ", () -> pair.server.toldOf(Readiness.READ));
        assertThatThrownBy(() -> pair.server.channel.write(new byte[1], 0, 1)).isInstanceOf(SocketException.class)
                .hasMessage(RESET);
        assertReset(pair.server);
        assertThatThrownBy(() -> pair.server.channel.write(new byte[1], 0, 1)).isInstanceOf(SocketException.class);
        assertReset(pair.server);
    }

    @Test
    void unreadInputAtCloseResetsThePeer() throws Exception {
        for (int i = 0; i < 20; i++) {
            Pair pair = driver().connect();
            pair.server.writeFully((byte) 1);
            driver().settle();
            pair.client.channel.arm(Readiness.READ);
            driver().until("READ", () -> pair.client.toldOf(Readiness.READ));
            pair.client.channel.close();
            assertReset(pair.server);
        }
    }

    /** What the loops do: a short read means that nothing more is there, unless the end has been told of. */
    @Test
    void dataAndTheEndThatComeTogetherAreBothRead() throws Exception {
        ListenerChannel listener = driver().listen(0, MANY);
        for (int i = 0; i < MANY; i++) {
            Pair pair = driver().connectUnregistered(listener);
            boolean registeredBefore = i % 2 == 0;
            if (registeredBefore) {
                pair.server.register();
                pair.server.channel.arm(Readiness.READ);
                driver().hub.poll(0);
            }
            pair.client.writeFully((byte) 1, (byte) 2, (byte) 3);
            pair.client.channel.close();
            if (!registeredBefore) {
                pair.server.register();
            }
            assertThat(readAsLoopsDo(pair.server)).isEqualTo(3);
            pair.close();
        }
    }

    @Test
    void dataAndAResetThatComeTogetherAreToldAndAreNoEnd() throws Exception {
        ListenerChannel listener = driver().listen(0, MANY);
        for (int i = 0; i < MANY; i++) {
            Pair pair = driver().connectUnregistered(listener);
            if (i % 2 == 0) {
                pair.server.register();
                pair.server.channel.arm(Readiness.READ);
                driver().hub.poll(0);
            }
            pair.client.writeFully((byte) 1, (byte) 2, (byte) 3);
            pair.client.reset();
            if (i % 2 == 1) {
                pair.server.register();
            }
            assertThatThrownBy(() -> readAsLoopsDo(pair.server)).isInstanceOf(SocketException.class).hasMessage(RESET);
            assertReset(pair.server);
            pair.close();
        }
    }

    /** Reads to the end of the stream and returns how many bytes came. */
    private int readAsLoopsDo(End end) throws IOException {
        var large = new byte[100];
        boolean drained = false;
        for (int total = 0;;) {
            if (drained) {
                end.await(Readiness.READ);
            }
            int count = end.channel.read(large, 0, large.length);
            if (count < 0) {
                return total;
            }
            total += count;
            drained = !end.toldOf(Readiness.ENDED);
        }
    }

    @Test
    void anEndThatNobodyReadsDoesNotKeepTheHubBusy() throws Exception {
        Pair pair = driver().connect();
        pair.server.channel.arm(Readiness.READ);
        pair.client.channel.close();
        assertThat(driver().turnsFor(100 * MILLI)).as("polls in 100 ms").isLessThanOrEqualTo(FEW_TURNS);
        assertEnded(pair.server);
        pair.server.channel.arm(Readiness.READ);
        assertThat(driver().turnsFor(100 * MILLI)).as("polls in 100 ms").isLessThanOrEqualTo(FEW_TURNS);
    }

    @Test
    void aResetThatNobodyReadsDoesNotKeepTheHubBusy() throws Exception {
        Pair pair = driver().connect();
        pair.server.channel.arm(Readiness.READ | Readiness.WRITE);
        pair.client.reset();
        assertThat(driver().turnsFor(100 * MILLI)).as("polls in 100 ms").isLessThanOrEqualTo(FEW_TURNS);
        assertReset(pair.server);
    }

    @Test
    void bytesThatNobodyReadsDoNotKeepTheHubBusy() throws Exception {
        Pair pair = driver().connect();
        for (int i = 0; i < 3; i++) {
            pair.server.channel.arm(Readiness.READ);
            pair.client.writeFully((byte) 1);
            assertThat(driver().turnsFor(50 * MILLI)).as("polls in 50 ms").isLessThanOrEqualTo(FEW_TURNS);
        }
        assertThat(pair.server.readFully(3)).containsExactly(1, 1, 1);
    }

    @Test
    void roomThatNobodyFillsDoesNotKeepTheHubBusy() throws Exception {
        Pair pair = driver().connect();
        pair.client.channel.arm(Readiness.WRITE);
        pair.server.channel.arm(Readiness.READ | Readiness.WRITE);
        assertThat(driver().turnsFor(50 * MILLI)).as("polls in 50 ms").isLessThanOrEqualTo(FEW_TURNS);
        assertThat(pair.client.toldOf(Readiness.WRITE)).isTrue();
    }

    @Test
    void aConnectionThatNobodyAcceptsDoesNotKeepTheHubBusy() throws Exception {
        ListenerChannel listener = driver().listen();
        listener.register(_ -> {});
        listener.arm(Readiness.READ);
        boolean _ = driver().stream().connect(HubDriver.addressOf(listener));
        assertThat(driver().turnsFor(50 * MILLI)).as("polls in 50 ms").isLessThanOrEqualTo(FEW_TURNS);
        driver().accept(listener);
    }

    @Test
    void aStreamThatIsShutDownTellsWhoWaitsAndThePeer() throws Exception {
        Pair pair = driver().connect();
        pair.server.fill();
        driver().settle();
        pair.server.fill();
        assertThat(pair.server.channel.read(new byte[1], 0, 1)).isZero();
        pair.server.channel.arm(Readiness.READ | Readiness.WRITE);
        driver().settle();
        pair.server.told = 0;
        Thread.ofPlatform().start(pair.server.channel::shutdown).join();
        driver().until("both ends", () -> pair.server.toldOf(Readiness.READ | Readiness.WRITE));
        assertThat(pair.server.channel.isOpen()).isTrue();
        assertThat(pair.server.channel.read(new byte[1], 0, 1)).isEqualTo(-1);
        assertThatThrownBy(() -> pair.server.channel.write(new byte[1], 0, 1)).isInstanceOf(SocketException.class);
        while (pair.client.read(new byte[100_000]) > 0) {
            // On to the end.
        }
        pair.server.channel.shutdown();
    }

    private static void assertEnded(End end) throws IOException {
        assertThat(end.read(new byte[10])).isEqualTo(-1);
        for (int i = 0; i < 3; i++) {
            assertThat(end.channel.read(new byte[10], 0, 10)).isEqualTo(-1);
        }
    }

    private static void assertReset(End end) {
        for (int i = 0; i < 3; i++) {
            assertThat(failureOfRead(end)).isInstanceOf(SocketException.class).hasMessage(RESET);
        }
    }

    /** Reads what came before the failure, too. */
    private static @Nullable Exception failureOfRead(End end) {
        try {
            while (end.read(new byte[10]) >= 0) {
                // On to the end.
            }
            return null;
        } catch (IOException e) {
            return e;
        }
    }
}
