package dev.verdant.testkit.contract;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.hub.HubOptions;
import dev.verdant.hub.HubProvider;
import dev.verdant.hub.Readiness;
import dev.verdant.hub.StreamChannel;
import dev.verdant.testkit.contract.HubDriver.End;
import dev.verdant.testkit.contract.HubDriver.Pair;
import java.io.IOException;
import java.net.SocketException;
import java.util.Random;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

/** Urgent data. */
public abstract class UrgentChapter extends HubChapter {

    private static final int MANY = 300;

    /**
     * Creates the chapter.
     *
     * @param provider whose hubs are tested
     */
    protected UrgentChapter(HubProvider provider) {
        super(provider);
    }

    @Test
    void anUrgentByteIsNotInTheStream() throws Exception {
        Pair pair = driver().connect();
        sendAround(pair);
        assertThat(text(pair.server, 4)).isEqualTo("abcd");
        assertThat(pair.server.channel.read(new byte[10], 0, 10)).isZero();
    }

    @Test
    void anUrgentByteInLineIsWhereItWasSent() throws Exception {
        Pair pair = driver().connect();
        inLine(pair.server.channel);
        sendAround(pair);
        assertThat(text(pair.server, 5)).isEqualTo("ab!cd");
    }

    @Test
    void theOptionIsKept() throws Exception {
        StreamChannel stream = driver().connect().client.channel;
        Assumptions.assumeTrue(stream.supportedOptions().contains(HubOptions.SO_OOBINLINE),
                "the hub leaves no urgent data in line");
        assertThat(stream.getOption(HubOptions.SO_OOBINLINE)).isFalse();
        for (boolean value : new boolean[]{true, false}) {
            stream.setOption(HubOptions.SO_OOBINLINE, value);
            assertThat(stream.getOption(HubOptions.SO_OOBINLINE)).isEqualTo(value);
        }
        stream.close();
        assertClosed(() -> stream.getOption(HubOptions.SO_OOBINLINE));
        assertClosed(() -> stream.setOption(HubOptions.SO_OOBINLINE, true));
    }

    /** Every read stops at the mark, so what lies behind it is there without a new event. */
    @Test
    void aReaderThatTakesAShortReadForDrainedMissesNothing(TestReporter reporter) throws Exception {
        long seed = seed(reporter);
        var random = new Random(seed);
        Pair pair = driver().connect();
        boolean inLine = random.nextBoolean();
        if (inLine) {
            inLine(pair.server.channel);
        }
        var sent = new StringBuilder();
        var received = new StringBuilder();
        for (int i = 0; i < MANY; i++) {
            String before = "a".repeat(random.nextInt(4));
            String behind = "b".repeat(1 + random.nextInt(4));
            pair.client.writeFully(before.getBytes(US_ASCII));
            if (random.nextInt(4) == 0) {
                driver().settle();
            }
            urgent(pair.client, '!');
            pair.client.writeFully(behind.getBytes(US_ASCII));
            sent.append(before).append(inLine ? "!" : "").append(behind);
            readAsALoopDoes(pair.server, received, sent.length());
            assertThat(received.toString()).as("seed %d", seed).isEqualTo(sent.toString());
        }
    }

    private static void readAsALoopDoes(End end, StringBuilder received, int length) throws IOException {
        while (received.length() < length) {
            end.expect(Readiness.READ);
            var bytes = new byte[100];
            int count = end.channel.read(bytes, 0, bytes.length);
            received.append(new String(bytes, 0, count, US_ASCII));
            boolean drained = count == 0 || count < bytes.length && !end.toldOf(Readiness.URGENT);
            if (drained && received.length() < length) {
                end.await(Readiness.READ);
            }
        }
    }

    @Test
    void anUrgentByteAloneStopsNothing() throws Exception {
        Pair pair = driver().connect();
        assertThat(pair.server.channel.read(new byte[1], 0, 1)).isZero();
        pair.server.channel.arm(Readiness.READ);
        urgent(pair.client, '!');
        driver().settle();
        assertThat(driver().turnsFor(20 * HubDriver.MILLI)).isLessThanOrEqualTo(HubDriver.FEW_TURNS);
        pair.client.writeFully((byte) 'x');
        assertThat(text(pair.server, 1)).isEqualTo("x");
    }

    @Test
    void theEndComesBehindAnUrgentByte() throws Exception {
        Pair pair = driver().connect();
        sendAround(pair);
        pair.client.channel.shutdownOutput();
        assertThat(text(pair.server, 4)).isEqualTo("abcd");
        assertThat(pair.server.read(new byte[10])).isEqualTo(-1);
    }

    @Test
    void onlyTheLowEightBitsAreSent() throws Exception {
        Pair pair = driver().connect();
        inLine(pair.server.channel);
        urgent(pair.client, 0x1234);
        assertThat(pair.server.readFully(1)).containsExactly(0x34);
    }

    @Test
    void urgentDataThatHasNoRoomWouldBlock() throws Exception {
        Pair pair = driver().connect();
        urgent(pair.client, '!');
        int total = pair.client.fill();
        boolean taken = true;
        for (int i = 0; i < 1_000_000 && taken; i++) {
            taken = pair.client.channel.sendUrgent('!');
        }
        assertThat(taken).isFalse();
        assertThat(pair.server.readFully(total)).isEqualTo(new byte[total]);
        pair.client.await(Readiness.WRITE);
        driver().until("room for a byte", () -> pair.client.channel.sendUrgent('!'));
    }

    @Test
    void urgentDataToNobodyFails() throws Exception {
        Pair pair = driver().connect();
        urgent(pair.client, '!');
        pair.server.reset();
        driver().until("the reset", () -> {
            try {
                return pair.client.channel.read(new byte[10], 0, 10) < 0;
            } catch (SocketException e) {
                return true;
            }
        });
        assertThatThrownBy(() -> pair.client.channel.sendUrgent('!')).isInstanceOf(SocketException.class)
                .satisfies(e -> assertThat(e.getMessage()).isIn("Broken pipe", "Connection reset"));
    }

    @Test
    void aClosedStreamSendsNoUrgentData() throws Exception {
        Pair pair = driver().connect();
        urgent(pair.client, '!');
        pair.client.channel.shutdownOutput();
        assertThatThrownBy(() -> pair.client.channel.sendUrgent('!')).isInstanceOf(SocketException.class)
                .hasMessage("Broken pipe");
        pair.client.channel.close();
        assertClosed(() -> pair.client.channel.sendUrgent('!'));
    }

    private void sendAround(Pair pair) throws IOException {
        pair.client.writeFully("ab".getBytes(US_ASCII));
        urgent(pair.client, '!');
        pair.client.writeFully("cd".getBytes(US_ASCII));
    }

    private void urgent(End end, int data) throws IOException {
        assertThat(orSkip(() -> end.channel.sendUrgent(data))).isTrue();
    }

    private void inLine(StreamChannel channel) throws IOException {
        Boolean _ = orSkip(() -> {
            channel.setOption(HubOptions.SO_OOBINLINE, true);
            return true;
        });
    }

    private static String text(End end, int length) throws IOException {
        return new String(end.readFully(length), US_ASCII);
    }
}
