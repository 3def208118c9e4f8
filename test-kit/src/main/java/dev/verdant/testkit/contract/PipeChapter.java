package dev.verdant.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.hub.HubChannel;
import dev.verdant.hub.HubProvider;
import dev.verdant.hub.PipeChannels;
import dev.verdant.hub.Readiness;
import dev.verdant.hub.SinkChannel;
import dev.verdant.hub.SourceChannel;
import dev.verdant.testkit.contract.HubDriver.Watched;
import java.io.IOException;
import java.net.SocketException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

/** Pipes. */
public abstract class PipeChapter extends HubChapter {

    /**
     * Creates the chapter.
     *
     * @param provider whose hubs are tested
     */
    protected PipeChapter(HubProvider provider) {
        super(provider);
    }

    // ---- bytes

    @Test
    void bytesComeOutAsTheyWentIn(TestReporter reporter) throws Exception {
        long seed = seed(reporter);
        var random = new Random(seed);
        var sent = new byte[3_000_000];
        random.nextBytes(sent);
        var received = new byte[sent.length];
        Ends ends = open();
        int gone = 0;
        int got = 0;
        while (got < sent.length) {
            if (gone < sent.length) {
                gone += write(random, ends.sink.channel, sent, gone);
            }
            ends.source.expect(Readiness.READ);
            int count = read(random, ends.source.channel, received, got);
            got += count;
            if (count == 0) {
                ends.source.await(Readiness.READ);
            }
        }
        assertThat(received).as("seed %d", seed).isEqualTo(sent);
    }

    private static int write(Random random, SinkChannel sink, byte[] from, int at) throws IOException {
        int length = Math.min(from.length - at, 1 + random.nextInt(150_000));
        return switch (random.nextInt(3)) {
            case 0 -> sink.write(from, at, length);
            case 1 -> sink.write(ByteBuffer.wrap(from, at, length).slice());
            default -> sink.write(ByteBuffer.allocateDirect(length).put(0, from, at, length));
        };
    }

    private static int read(Random random, SourceChannel source, byte[] to, int at) throws IOException {
        int length = Math.min(to.length - at, 1 + random.nextInt(150_000));
        if (random.nextBoolean()) {
            return source.read(to, at, length);
        }
        ByteBuffer direct = ByteBuffer.allocateDirect(length);
        int count = source.read(direct);
        direct.flip().get(to, at, Math.max(count, 0));
        return count;
    }

    @Test
    void anEmptyPipeGivesNothingAndTellsWhenThereIsSomething() throws Exception {
        Ends ends = open();
        for (int i = 0; i < 300; i++) {
            assertThat(ends.source.channel.read(new byte[5], 0, 5)).isZero();
            ends.source.expect(Readiness.READ);
            assertThat(ends.sink.channel.write(new byte[3], 0, 3)).isEqualTo(3);
            ends.source.await(Readiness.READ);
            assertThat(ends.source.channel.read(new byte[5], 0, 5)).isEqualTo(3);
        }
    }

    @Test
    void aFullPipeTakesNothingAndTellsWhenThereIsRoom() throws Exception {
        Ends ends = open();
        for (int i = 0; i < 3; i++) {
            int total = fill(ends.sink.channel);
            assertThat(total).isPositive();
            assertThat(ends.sink.channel.write(new byte[1], 0, 1)).isZero();
            driver().settle();
            ends.sink.expect(Readiness.WRITE);
            drain(ends.source.channel, total);
            ends.sink.await(Readiness.WRITE);
            assertThat(ends.sink.channel.write(new byte[1], 0, 1)).isEqualTo(1);
            drain(ends.source.channel, 1);
        }
    }

    private static int fill(SinkChannel sink) throws IOException {
        int total = 0;
        for (int count = -1; count != 0; total += count) {
            count = sink.write(new byte[10_000], 0, 10_000);
        }
        while (sink.write(new byte[1], 0, 1) == 1) {
            total++;
        }
        return total;
    }

    private void drain(SourceChannel source, int length) throws IOException {
        int[] rest = {length};
        driver().until("what was written", () -> {
            rest[0] -= source.read(new byte[rest[0]], 0, rest[0]);
            return rest[0] == 0;
        });
    }

    @Test
    void anEmptyBufferCarriesNothing() throws Exception {
        Ends ends = open();
        assertThat(ends.sink.channel.write(new byte[5], 2, 0)).isZero();
        assertThat(ends.source.channel.read(new byte[5], 2, 0)).isZero();
        ends.sink.channel.close();
        assertThat(ends.source.channel.read(new byte[0], 0, 0)).isZero();
    }

    @Test
    void aReadOnlyBufferIsNotReadInto() throws Exception {
        Ends ends = open();
        assertThatThrownBy(() -> ends.source.channel.read(ByteBuffer.allocate(5).asReadOnlyBuffer()))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(ends.sink.channel.write(ByteBuffer.allocate(5).asReadOnlyBuffer())).isEqualTo(5);
    }

    // ---- ends

    @Test
    void theEndComesAfterTheBytes() throws Exception {
        Ends ends = open();
        assertThat(ends.sink.channel.write(new byte[7], 0, 7)).isEqualTo(7);
        ends.sink.channel.close();
        ends.source.await(Readiness.READ);
        assertThat(ends.source.channel.read(new byte[100], 0, 100)).isEqualTo(7);
        for (int i = 0; i < 3; i++) {
            assertThat(ends.source.channel.read(new byte[100], 0, 100)).isEqualTo(-1);
        }
    }

    @Test
    void whoWaitsForBytesIsToldOfTheEnd() throws Exception {
        Ends ends = open();
        assertThat(ends.source.channel.read(new byte[100], 0, 100)).isZero();
        ends.source.channel.arm(Readiness.READ);
        driver().settle();
        ends.source.expect(Readiness.READ);
        ends.sink.channel.close();
        ends.source.await(Readiness.READ);
        assertThat(ends.source.channel.read(new byte[100], 0, 100)).isEqualTo(-1);
    }

    @Test
    void whatNobodyReadsDoesNotKeepTheHubBusy() throws Exception {
        Ends ends = open();
        ends.source.channel.arm(Readiness.READ);
        assertThat(ends.sink.channel.write(new byte[3], 0, 3)).isEqualTo(3);
        assertThat(driver().turnsFor(50 * HubDriver.MILLI)).isLessThanOrEqualTo(HubDriver.FEW_TURNS);
        ends.source.channel.arm(Readiness.READ);
        ends.sink.channel.close();
        assertThat(driver().turnsFor(50 * HubDriver.MILLI)).isLessThanOrEqualTo(HubDriver.FEW_TURNS);
        drain(ends.source.channel, 3);
        assertThat(ends.source.channel.read(new byte[1], 0, 1)).isEqualTo(-1);
    }

    @Test
    void aClosedEndIsNotCalledForWhatItHad() throws Exception {
        for (int i = 0; i < 50; i++) {
            Ends ends = open();
            ends.source.channel.arm(Readiness.READ);
            driver().settle();
            assertThat(ends.sink.channel.write(new byte[3], 0, 3)).isEqualTo(3);
            int calls = ends.source.calls;
            ends.source.channel.close();
            driver().settle();
            assertThat(ends.source.calls).isEqualTo(calls);
            ends.sink.channel.close();
        }
    }

    @Test
    void aPipeThatNobodyReadsIsBroken() throws Exception {
        Ends ends = open();
        ends.source.channel.close();
        for (int i = 0; i < 3; i++) {
            assertThatThrownBy(() -> ends.sink.channel.write(new byte[1], 0, 1)).isInstanceOf(SocketException.class)
                    .hasMessage("Broken pipe");
        }
    }

    @Test
    void whoWaitsForRoomIsToldThatNobodyReadsAnyMore() throws Exception {
        Ends ends = open();
        assertThat(fill(ends.sink.channel)).isPositive();
        driver().settle();
        ends.sink.expect(Readiness.WRITE);
        ends.sink.channel.arm(Readiness.WRITE);
        ends.source.channel.close();
        ends.sink.await(Readiness.WRITE);
        assertThatThrownBy(() -> ends.sink.channel.write(new byte[1], 0, 1)).hasMessage("Broken pipe");
    }

    @Test
    void theSourceMayBeClosedInsideItsCall() throws Exception {
        PipeChannels pipe = pipe();
        var calls = new ArrayList<Integer>();
        pipe.source().register(ops -> {
            calls.add(ops);
            pipe.source().close();
        });
        pipe.source().arm(Readiness.READ);
        assertThat(pipe.sink().write(new byte[1], 0, 1)).isEqualTo(1);
        driver().until("the call", () -> !calls.isEmpty());
        driver().settle();
        assertThat(calls).hasSize(1);
        assertThatThrownBy(() -> pipe.sink().write(new byte[1], 0, 1)).hasMessage("Broken pipe");
    }

    @Test
    void theSinkMayBeClosedInsideItsCall() throws Exception {
        PipeChannels pipe = pipe();
        var calls = new ArrayList<Integer>();
        pipe.sink().register(ops -> {
            calls.add(ops);
            pipe.sink().close();
        });
        pipe.sink().arm(Readiness.WRITE);
        driver().until("the call", () -> !calls.isEmpty());
        driver().settle();
        assertThat(calls).hasSize(1);
        assertThat(pipe.source().read(new byte[1], 0, 1)).isEqualTo(-1);
    }

    @Test
    void eitherEndMayCloseTheOtherInsideItsCall() throws Exception {
        PipeChannels pipe = pipe();
        var calls = new ArrayList<String>();
        pipe.source().register(_ -> {
            calls.add("source");
            pipe.sink().close();
        });
        pipe.sink().register(_ -> {
            calls.add("sink");
            pipe.source().close();
        });
        assertThat(pipe.sink().write(new byte[1], 0, 1)).isEqualTo(1);
        pipe.source().arm(Readiness.READ);
        pipe.sink().arm(Readiness.WRITE);
        driver().until("a call", () -> !calls.isEmpty());
        driver().settle();
        assertThat(pipe.source().isOpen()).isNotEqualTo(pipe.sink().isOpen());
    }

    // ---- what a pipe is not

    @Test
    void theNumberOfADescriptorIsToldOnlyWhileItIsOpen() throws Exception {
        Ends ends = open();
        var source = ends.source.channel.descriptor();
        var sink = ends.sink.channel.descriptor();
        assertThat(source.isPresent()).isEqualTo(sink.isPresent());
        assertThat(source.isPresent() && source.equals(sink)).as("both are %s", source).isFalse();
        ends.source.channel.close();
        ends.sink.channel.close();
        assertThat(ends.source.channel.descriptor()).isEmpty();
        assertThat(ends.sink.channel.descriptor()).isEmpty();
    }

    @Test
    void aPipeHasNoAddressesAndNoOptions() throws Exception {
        PipeChannels pipe = pipe();
        for (HubChannel end : List.of(pipe.source(), pipe.sink())) {
            assertThat(end.localAddress()).isNull();
            assertThat(end.supportedOptions()).isEmpty();
            assertThatThrownBy(() -> end.getOption(StandardSocketOptions.SO_RCVBUF))
                    .isInstanceOf(UnsupportedOperationException.class);
            assertThatThrownBy(() -> end.setOption(StandardSocketOptions.SO_RCVBUF, 1000))
                    .isInstanceOf(UnsupportedOperationException.class);
        }
    }

    @Test
    void aClosedEndSaysSo() throws Exception {
        Ends registered = open();
        PipeChannels unregistered = pipe();
        for (SourceChannel source : List.of(registered.source.channel, unregistered.source())) {
            source.close();
            source.close();
            assertClosed(() -> source.read(new byte[1], 0, 1));
            assertClosed(() -> source.read(ByteBuffer.allocateDirect(1)));
            assertClosed(source::localAddress);
            source.arm(Readiness.READ);
            source.shutdown();
            assertThat(source.isOpen()).isFalse();
        }
        for (SinkChannel sink : List.of(registered.sink.channel, unregistered.sink())) {
            sink.close();
            sink.close();
            assertClosed(() -> sink.write(new byte[1], 0, 1));
            assertClosed(() -> sink.write(ByteBuffer.allocateDirect(1)));
            sink.arm(Readiness.WRITE);
            sink.shutdown();
            assertThat(sink.isOpen()).isFalse();
        }
    }

    @Test
    void aHubTakesItsPipesWithIt() throws Exception {
        Ends ends = open();
        hub().close();
        for (HubChannel end : Arrays.asList(ends.source.channel, ends.sink.channel)) {
            assertThat(end.isOpen()).isFalse();
        }
    }

    // ---- tools

    private PipeChannels pipe() throws IOException {
        PipeChannels pipe = orSkip(() -> hub().openPipe());
        driver().own(pipe.source());
        driver().own(pipe.sink());
        return pipe;
    }

    private Ends open() throws IOException {
        PipeChannels pipe = pipe();
        return new Ends(driver().new Watched<>(pipe.source()).register(),
                driver().new Watched<>(pipe.sink()).register());
    }

    private record Ends(Watched<SourceChannel> source, Watched<SinkChannel> sink) {}
}
