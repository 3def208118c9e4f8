package dev.verdant.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.green.Green;
import dev.verdant.green.GreenExit;
import dev.verdant.green.GreenThread;
import dev.verdant.green.Timeout;
import dev.verdant.green.net.ConcurrentUseException;
import dev.verdant.green.net.GreenSocket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Random;

/** Writes that gather, and reads that scatter. */
@AnyOrder
class SeveralBuffersTest {

    private static final int MIB = 1 << 20;
    private static final int HEADER = 12;

    /** Returns a message of a header, which tells the number, an empty buffer, and a body in two parts, one of the heap and one direct. */
    private static ByteBuffer[] message(int number) {
        var body = new byte[MIB];
        new Random(number).nextBytes(body);
        return new ByteBuffer[]{ByteBuffer.allocate(HEADER).putInt(number).putLong(MIB).flip(), ByteBuffer.allocate(0),
                ByteBuffer.wrap(body, 0, MIB / 3).asReadOnlyBuffer(),
                ByteBuffer.allocateDirect(MIB - MIB / 3).put(0, body, MIB / 3, MIB - MIB / 3)};
    }

    private static void read(GreenSocket socket, ByteBuffer... targets) throws Exception {
        ByteBuffer last = targets[targets.length - 1];
        while (last.hasRemaining()) {
            assertThat(socket.read(targets)).isPositive();
        }
    }

    @HubTest
    void messagesOfAHeadAndAMebibyteArriveWhole() throws Exception {
        try (var pair = SocketPair.open()) {
            int messages = Counts.of(1000);
            var writer = Green.spawn(() -> {
                for (int i = 0; i < messages; i++) {
                    ByteBuffer[] message = message(i);
                    pair.client().writeFully(message);
                    assertThat(message).allMatch(part -> !part.hasRemaining());
                }
                pair.client().shutdownOutput();
            });
            var header = ByteBuffer.allocateDirect(HEADER);
            var body = ByteBuffer.allocate(MIB);
            var expected = new byte[MIB];
            for (int i = 0; i < messages; i++) {
                read(pair.server(), header.clear(), body.clear());
                assertThat(header.getInt(0)).isEqualTo(i);
                assertThat(header.getLong(4)).isEqualTo(MIB);
                new Random(i).nextBytes(expected);
                assertThat(body.array()).isEqualTo(expected);
            }
            assertThat(pair.server().read(header.clear(), body.clear())).isEqualTo(-1);
            writer.await();
        }
    }

    @HubTest
    void nothingInAllBuffersIsNothingToDo() throws Exception {
        try (var pair = SocketPair.open()) {
            pair.client().writeFully(new ByteBuffer[0]);
            pair.client().writeFully(ByteBuffer.allocate(0), ByteBuffer.allocateDirect(0));
            assertThat(pair.server().read(new ByteBuffer[0])).isZero();
            assertThat(pair.server().read(ByteBuffer.allocate(0), ByteBuffer.allocateDirect(0))).isZero();
        }
    }

    @HubTest
    void aReadIntoSeveralWaitsForAsLongAsTheSocketSays() throws Exception {
        try (var pair = SocketPair.open()) {
            pair.server().setSoTimeout(20);
            assertThatThrownBy(() -> pair.server().read(ByteBuffer.allocate(1), ByteBuffer.allocate(1)))
                    .isInstanceOf(SocketTimeoutException.class);
            pair.client().sendAll(new byte[]{1, 2, 3});
            var first = ByteBuffer.allocate(2);
            var second = ByteBuffer.allocateDirect(2);
            while (second.position() == 0) {
                assertThat(pair.server().read(first, second)).isPositive();
            }
            assertThat(first.array()).containsExactly(1, 2);
            assertThat(second.get(0)).isEqualTo((byte) 3);
        }
    }

    @HubTest
    void whatWasReadAheadComesFirst() throws Exception {
        try (var pair = SocketPair.open()) {
            pair.server().unread(ByteBuffer.wrap(new byte[]{1, 2, 3}));
            var first = ByteBuffer.allocate(1);
            var second = ByteBuffer.allocate(5);
            assertThat(pair.server().read(first, second)).isEqualTo(3);
            assertThat(first.array()).containsExactly(1);
            assertThat(second.array()).containsExactly(2, 3, 0, 0, 0);
            pair.client().sendAll(new byte[]{4});
            assertThat(pair.server().read(first, second)).isOne();
            assertThat(second.position()).isEqualTo(3);
        }
    }

    @HubTest
    void aReadOnlyTargetIsRefused() throws Exception {
        try (var pair = SocketPair.open()) {
            assertThatThrownBy(
                    () -> pair.server().read(ByteBuffer.allocate(1), ByteBuffer.allocate(1).asReadOnlyBuffer()))
                    .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("not read-only");
        }
    }

    @HubTest
    void aWriteOfSeveralThatATimeoutEndsSaysHowMuchWentAndShutsTheOutput() throws Exception {
        try (var pair = SocketPair.open()) {
            ByteBuffer[] much = {ByteBuffer.allocate(HEADER), ByteBuffer.allocate(16 << 20),
                    ByteBuffer.allocateDirect(16 << 20)};
            assertThatThrownBy(() -> Timeout.call(Duration.ofMillis(20), () -> pair.client().writeFully(much)))
                    .isInstanceOf(Timeout.class)
                    .satisfies(e -> assertThat(e.getSuppressed()).extracting(Throwable::getMessage)
                            .containsExactly("A write of 33554444 bytes ended after " + gone(much)
                                    + ", by Timeout of 20 ms; the output is shut"));
            assertThatThrownBy(() -> pair.client().writeFully(ByteBuffer.allocate(1), ByteBuffer.allocate(1)))
                    .isInstanceOf(SocketException.class).hasMessageContaining("the output is shut");
            assertThat(drain(pair.server())).isEqualTo(gone(much)).isPositive();
        }
    }

    @HubTest
    void aWriteOfSeveralThatAKillEndsShutsTheOutput() throws Exception {
        try (var pair = SocketPair.open()) {
            ByteBuffer[] much = {ByteBuffer.allocateDirect(HEADER), ByteBuffer.allocateDirect(32 << 20)};
            GreenThread<?> writer = Green.spawn(() -> pair.client().writeFully(much));
            Turns.untilWaits(writer);
            writer.kill();
            assertThatThrownBy(writer::await).isInstanceOf(GreenExit.class);
            assertThatThrownBy(() -> pair.client().sendAll(new byte[1])).hasMessageContaining("the output is shut");
            assertThat(drain(pair.server())).isEqualTo(gone(much)).isPositive();
        }
    }

    @HubTest
    void aReadIntoSeveralThatATimeoutEndsTakesNothing() throws Exception {
        try (var pair = SocketPair.open()) {
            var first = ByteBuffer.allocate(2);
            var second = ByteBuffer.allocate(2);
            assertThatThrownBy(() -> Timeout.call(Duration.ofMillis(20), () -> pair.server().read(first, second)))
                    .isInstanceOf(Timeout.class);
            pair.client().writeFully(ByteBuffer.wrap(new byte[]{1}), ByteBuffer.wrap(new byte[]{2, 3}));
            read(pair.server(), first, second.limit(1));
            assertThat(first.array()).containsExactly(1, 2);
            assertThat(second.get(0)).isEqualTo((byte) 3);
        }
    }

    @HubTest
    void aCloseEndsAWriteOfSeveral() throws Exception {
        try (var pair = SocketPair.open()) {
            GreenThread<?> writer = Green.spawn(
                    () -> pair.client().writeFully(ByteBuffer.allocate(1), ByteBuffer.allocateDirect(32 << 20)));
            Turns.untilWaits(writer);
            pair.client().close();
            assertThatThrownBy(writer::await).isInstanceOf(SocketException.class).hasMessage("Socket closed");
        }
    }

    @HubTest
    void aSecondWriterOfSeveralIsToldWhoWrites() throws Exception {
        try (var pair = SocketPair.open()) {
            GreenThread<?> writer = Green.spawn(
                    () -> pair.client().writeFully(ByteBuffer.allocate(1), ByteBuffer.allocateDirect(32 << 20)));
            Turns.untilWaits(writer);
            assertThatThrownBy(() -> pair.client().writeFully(ByteBuffer.allocate(1), ByteBuffer.allocate(1)))
                    .isInstanceOf(ConcurrentUseException.class);
            writer.kill();
        }
    }

    private static long gone(ByteBuffer... sources) {
        long gone = 0;
        for (ByteBuffer source : sources) {
            gone += source.position();
        }
        return gone;
    }

    private static long drain(GreenSocket socket) throws Exception {
        long drained = 0;
        for (byte[] part = socket.recv(MIB); part.length > 0; part = socket.recv(MIB)) {
            drained += part.length;
        }
        return drained;
    }
}
