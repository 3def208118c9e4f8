package dev.verdant.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.green.Green;
import dev.verdant.green.Timeout;
import dev.verdant.green.net.ConcurrentUseException;
import dev.verdant.green.net.GreenSocket;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;

/** {@code available} and {@code peek}, and the reads after them. */
class ReadAheadTest {

    private static final int READ_AHEAD = 8 * 1024;

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.US_ASCII);
    }

    private static String peek(GreenSocket socket, int most) throws IOException {
        var shown = ByteBuffer.allocate(most);
        int count = socket.peek(shown);
        return count < 0 ? "end" : text(Arrays.copyOf(shown.array(), count));
    }

    @HubTest
    void peekShowsWhatTheNextReadGivesAndTakesNothing() throws Exception {
        try (var pair = SocketPair.open()) {
            pair.client().sendAll(bytes("hello"));
            assertThat(peek(pair.server(), 2)).isEqualTo("he");
            assertThat(peek(pair.server(), 99)).isEqualTo("hello");
            assertThat(pair.server().getInputStream().available()).isEqualTo(5);
            assertThat(text(pair.server().recv(3))).isEqualTo("hel");
            assertThat(peek(pair.server(), 99)).isEqualTo("lo");
            assertThat(text(pair.server().recv(99))).isEqualTo("lo");
        }
    }

    @HubTest
    void peekWaitsUntilThereIsSomething() throws Exception {
        try (var pair = SocketPair.open()) {
            var peeker = Green.spawn(() -> peek(pair.server(), 9));
            Turns.untilWaits(peeker);
            assertThat(peeker.isDone()).isFalse();
            pair.client().sendAll(bytes("now"));
            assertThat(peeker.await()).isEqualTo("now");
        }
    }

    @HubTest
    void peekSeesWhatHasComeMeanwhile() throws Exception {
        try (var pair = SocketPair.open()) {
            pair.client().sendAll(bytes("a"));
            assertThat(peek(pair.server(), 9)).isEqualTo("a");
            pair.client().sendAll(bytes("b"));
            String seen = peek(pair.server(), 9);
            long patience = System.nanoTime() + 5_000_000_000L;
            while (seen.equals("a") && System.nanoTime() < patience) {
                Green.sleep();
                seen = peek(pair.server(), 9);
            }
            assertThat(seen).isEqualTo("ab");
        }
    }

    @HubTest
    void peekThatEndsEarlyTakesNothing() throws Exception {
        try (var pair = SocketPair.open()) {
            pair.server().setSoTimeout(2);
            assertThatThrownBy(() -> peek(pair.server(), 9)).isInstanceOf(SocketTimeoutException.class)
                    .hasMessage("Read timed out");
            assertThatThrownBy(() -> Timeout.call(Duration.ofMillis(1), () -> peek(pair.server(), 9)))
                    .isInstanceOfAny(Timeout.class);
            pair.client().sendAll(bytes("whole"));
            pair.server().setSoTimeout(0);
            assertThat(text(pair.server().getInputStream().readNBytes(5))).isEqualTo("whole");
        }
    }

    @HubTest
    void peekTellsTheEndAgainAndAgainAndSoDoesARead() throws Exception {
        try (var pair = SocketPair.open()) {
            pair.client().sendAll(bytes("x"));
            pair.client().shutdownOutput();
            assertThat(pair.server().getInputStream().readNBytes(1)).containsExactly('x');
            assertThat(peek(pair.server(), 9)).isEqualTo("end");
            assertThat(peek(pair.server(), 9)).isEqualTo("end");
            assertThat(pair.server().recv(9)).isEmpty();
            assertThat(pair.server().getInputStream().available()).isZero();
        }
    }

    @HubTest
    void aResetThatTheReadAheadMetIsToldOnceTheBytesAreRead() throws Exception {
        try (var pair = SocketPair.open()) {
            pair.client().sendAll(bytes("last words"));
            var in = pair.server().getInputStream();
            assertThat(peek(pair.server(), 1)).isEqualTo("l");
            pair.client().setSoLinger(true, 0);
            pair.client().close();
            String all = peek(pair.server(), 99);
            assertThat(all).isEqualTo("last words");
            assertThat(in.available()).isEqualTo(10);
            assertThat(text(in.readNBytes(10))).isEqualTo("last words");
            for (int i = 0; i < 3; i++) {
                assertThat(in.available()).isZero();
                assertThatThrownBy(in::read).isInstanceOf(SocketException.class).hasMessage("Connection reset");
            }
        }
    }

    @HubTest
    void availableNeverWaitsAndCountsWhatIsThere() throws Exception {
        try (var pair = SocketPair.open()) {
            var in = pair.server().getInputStream();
            assertThat(in.available()).isZero();
            pair.client().sendAll(new byte[3 * READ_AHEAD]);
            assertThat(in.available()).isPositive().isLessThanOrEqualTo(READ_AHEAD);
            assertThat(in.readNBytes(3 * READ_AHEAD)).hasSize(3 * READ_AHEAD);
            assertThat(in.available()).isZero();
        }
    }

    @HubTest
    void askingAgainAndAgainWhatIsAvailableLetsTheSenderRun() throws Exception {
        try (var pair = SocketPair.open()) {
            var in = pair.server().getInputStream();
            var sender = Green.spawn(() -> pair.client().sendAll(bytes("x")));
            while (in.available() == 0) {
                Thread.onSpinWait(); // No wait, no yield.
            }
            sender.await();
            assertThat(in.read()).isEqualTo('x');
        }
    }

    @HubTest
    void availableWhileAnotherReadsIsZeroAndDisturbsNobody() throws Exception {
        try (var pair = SocketPair.open()) {
            var reader = Green.spawn(() -> text(pair.server().recv(9)));
            Turns.untilWaits(reader);
            assertThat(pair.server().getInputStream().available()).isZero();
            assertThatThrownBy(() -> peek(pair.server(), 9)).isInstanceOf(ConcurrentUseException.class);
            pair.client().sendAll(bytes("for him"));
            assertThat(reader.await()).isEqualTo("for him");
        }
    }

    @HubTest
    void shuttingTheInputForgetsWhatWasReadAhead() throws Exception {
        try (var pair = SocketPair.open()) {
            pair.client().sendAll(bytes("unread"));
            var in = pair.server().getInputStream();
            assertThat(peek(pair.server(), 9)).isEqualTo("unread");
            pair.server().shutdownInput();
            assertThat(in.available()).isZero();
            assertThat(in.read()).isEqualTo(-1);
        }
    }

    @HubTest
    void bytesArriveAsSentHoweverReadsPeeksAndAvailablesAreMixed() throws Exception {
        long seed = new Random().nextLong();
        System.out.println("seed " + seed);
        var random = new Random(seed);
        for (int round = 0; round < Counts.of(500); round++) {
            byte[] sent = new byte[1 + random.nextInt(60_000)];
            random.nextBytes(sent);
            try (var pair = SocketPair.open()) {
                var writer = Green.spawn(() -> {
                    pair.client().sendAll(sent);
                    pair.client().shutdownOutput();
                });
                assertThat(readOddly(pair.server(), random)).as("seed %d, round %d", seed, round).isEqualTo(sent);
                writer.await();
            }
        }
    }

    private static byte[] readOddly(GreenSocket socket, Random random) throws IOException {
        var got = new ByteArrayOutputStream();
        var in = socket.getInputStream();
        while (true) {
            int most = 1 + random.nextInt(20_000);
            switch (random.nextInt(4)) {
                case 0 -> {
                    int there = in.available();
                    got.write(in.readNBytes(there));
                }
                case 1 -> {
                    var shown = ByteBuffer.allocate(most);
                    int count = socket.peek(shown);
                    byte[] same = in.readNBytes(Math.max(count, 0));
                    assertThat(same).isEqualTo(Arrays.copyOf(shown.array(), Math.max(count, 0)));
                    got.write(same);
                    if (count < 0) {
                        return got.toByteArray();
                    }
                }
                case 2 -> {
                    var direct = ByteBuffer.allocateDirect(most);
                    int count = socket.read(direct);
                    if (count < 0) {
                        return got.toByteArray();
                    }
                    byte[] part = new byte[count];
                    direct.flip().get(part);
                    got.write(part);
                }
                default -> {
                    byte[] part = socket.recv(most);
                    if (part.length == 0) {
                        return got.toByteArray();
                    }
                    got.write(part);
                }
            }
        }
    }
}
