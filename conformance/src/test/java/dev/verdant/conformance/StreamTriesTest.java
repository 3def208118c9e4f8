package dev.verdant.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.green.Green;
import dev.verdant.green.Timeout;
import dev.verdant.green.net.ConcurrentUseException;
import dev.verdant.green.net.GreenSocket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** The calls that only try, the calls that only wait, and bytes that are given back. */
@AnyOrder
class StreamTriesTest {

    private static final Duration SHORT = Duration.ofMillis(20);

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
    }

    private static String text(ByteBuffer filled) {
        return StandardCharsets.US_ASCII.decode(filled.duplicate().flip()).toString();
    }

    /** Fills what the connection takes without a reader; returns how much that was. */
    private static long fill(GreenSocket socket) throws Exception {
        long sent = 0;
        var block = ByteBuffer.allocate(64 * 1024);
        do {
            for (int count = 1; count > 0; sent += count) {
                block.clear();
                count = socket.tryWrite(block);
            }
        } while (socket.awaitWritable(SHORT));
        return sent;
    }

    @HubTest
    void aTryReadTellsNothingDataAndEndApart() throws Exception {
        try (var pair = SocketPair.open()) {
            var target = ByteBuffer.allocate(9);
            assertThat(pair.server().tryRead(target)).isZero();
            pair.client().writeFully(bytes("hello"));
            assertThat(pair.server().awaitReadable(null)).isTrue();
            Turns.until(() -> isRead(pair.server(), target));
            assertThat(text(target)).isEqualTo("hello");
            assertThat(pair.server().tryRead(ByteBuffer.allocate(0))).isZero();
            pair.client().shutdownOutput();
            while (pair.server().tryRead(target) == 0) {
                assertThat(pair.server().awaitReadable(null)).isTrue();
            }
            assertThat(pair.server().tryRead(target)).isEqualTo(-1);
            assertThat(pair.server().awaitReadable(null)).isTrue();
        }
    }

    @HubTest
    void aTryWriteAfterAWriteThatEndedEarlySaysSoThoughNothingHasMadeRoom() throws Exception {
        try (var pair = SocketPair.open()) {
            assertThatThrownBy(() -> Timeout.call(SHORT, () -> pair.client().sendAll(new byte[32 << 20])))
                    .isInstanceOf(Timeout.class);
            assertThatThrownBy(() -> pair.client().tryWrite(bytes("more"))).isInstanceOf(SocketException.class)
                    .hasMessageContaining("the output is shut");
        }
    }

    private static boolean isRead(GreenSocket socket, ByteBuffer target) {
        try {
            return socket.tryRead(target) > 0;
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @HubTest
    void aWaitToReadEndsWithItsTimeAndTakesNothing() throws Exception {
        try (var pair = SocketPair.open()) {
            assertThat(pair.server().tryRead(ByteBuffer.allocate(1))).isZero();
            assertThat(pair.server().awaitReadable(Duration.ZERO)).isFalse();
            long begin = Green.nanoTime();
            assertThat(pair.server().awaitReadable(SHORT)).isFalse();
            assertThat(Green.nanoTime() - begin).isGreaterThanOrEqualTo(SHORT.toNanos());
            pair.client().writeFully(bytes("x"));
            assertThat(pair.server().awaitReadable(null)).isTrue();
            assertThat(pair.server().recv(9)).hasSize(1);
        }
    }

    @HubTest
    void aTryWriteTakesWhatThereIsRoomForAndAWaitEndsWhenThereIsMore() throws Exception {
        try (var pair = SocketPair.open()) {
            long sent = fill(pair.client());
            assertThat(pair.client().tryWrite(bytes("x"))).isZero();
            var waiter = Green.spawn(() -> pair.client().awaitWritable(null));
            Turns.untilWaits(waiter);
            for (long left = sent; left > 0;) {
                left -= pair.server().recv(1 << 20).length;
            }
            assertThat(waiter.await()).isTrue();
            assertThat(pair.client().tryWrite(bytes("x"))).isEqualTo(1);
        }
    }

    @HubTest
    void aWaitToWriteThatIsCutOffLeavesTheOutputOpen() throws Exception {
        try (var pair = SocketPair.open()) {
            long sent = fill(pair.client());
            assertThat(Timeout.callOrElse(SHORT, () -> pair.client().awaitWritable(null), false)).isFalse();
            var drain = Green.spawn(() -> {
                for (long left = sent + 1; left > 0;) {
                    left -= pair.server().recv(1 << 20).length;
                }
            });
            pair.client().writeFully(bytes("x"));
            drain.await();
        }
    }

    @HubTest
    void aWaitClaimsItsDirection() throws Exception {
        try (var pair = SocketPair.open()) {
            assertThat(pair.server().tryRead(ByteBuffer.allocate(1))).isZero();
            var waiter = Green.spawn(() -> pair.server().awaitReadable(null));
            Turns.untilWaits(waiter);
            assertThatThrownBy(() -> pair.server().tryRead(ByteBuffer.allocate(1)))
                    .isInstanceOf(ConcurrentUseException.class);
            pair.client().writeFully(bytes("x"));
            assertThat(waiter.await()).isTrue();
        }
    }

    @HubTest
    void aCloseEndsBothWaits() throws Exception {
        try (var pair = SocketPair.open()) {
            fill(pair.client());
            assertThat(pair.client().tryRead(ByteBuffer.allocate(1))).isZero();
            var reader = Green.spawn(() -> pair.client().awaitReadable(null));
            var writer = Green.spawn(() -> pair.client().awaitWritable(null));
            Turns.untilWaits(reader);
            Turns.untilWaits(writer);
            pair.client().close();
            assertThatThrownBy(reader::await).isInstanceOf(SocketException.class);
            assertThatThrownBy(writer::await).isInstanceOf(SocketException.class);
            assertThatThrownBy(() -> pair.client().tryRead(ByteBuffer.allocate(1)))
                    .isInstanceOf(SocketException.class);
        }
    }

    @HubTest
    void bytesThatAreGivenBackAreReadFirstHoweverMany() throws Exception {
        try (var pair = SocketPair.open()) {
            pair.client().writeFully(bytes("world"));
            var shown = ByteBuffer.allocate(2);
            assertThat(pair.server().peek(shown)).isPositive();
            var many = new byte[20_000];
            many[19_999] = '!';
            pair.server().unread(ByteBuffer.wrap(many));
            pair.server().unread(bytes("hello "));
            assertThat(pair.server().awaitReadable(null)).isTrue();
            var all = pair.server().getInputStream().readNBytes(20_011);
            assertThat(new String(all, 0, 6, StandardCharsets.US_ASCII)).isEqualTo("hello ");
            assertThat(new String(all, 20_005, 6, StandardCharsets.US_ASCII)).isEqualTo("!world");
        }
    }

    @HubTest
    void bytesThatAreGivenBackAtTheEndAreReadBeforeTheEndIsToldAgain() throws Exception {
        try (var pair = SocketPair.open()) {
            pair.client().shutdownOutput();
            assertThat(pair.server().recv(1)).isEmpty();
            pair.server().unread(bytes("late"));
            assertThat(pair.server().recv(9)).hasSize(4);
            assertThat(pair.server().recv(9)).isEmpty();
        }
    }
}
