package dev.verdant.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.green.EventLoop;
import dev.verdant.green.EventLoopGroup;
import dev.verdant.green.Green;
import dev.verdant.green.GreenExit;
import dev.verdant.green.GreenThread;
import dev.verdant.green.LoopClosedException;
import dev.verdant.green.net.ConcurrentUseException;
import dev.verdant.green.net.GreenSocket;
import dev.verdant.green.net.Net;
import dev.verdant.hub.HubProvider;
import dev.verdant.hub.Hubs;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Assumptions;

class MoveTest {

    private static final InetSocketAddress ANY = new InetSocketAddress("127.0.0.1", 0);

    private static EventLoop other(HubProvider hub) {
        return EventLoop.start(options -> options.hub(hub).name("other"));
    }

    private static EventLoop here() {
        return Objects.requireNonNull(EventLoop.current());
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    @HubTest
    void aSocketThatMovesTakesItsUnreadDataAndItsEndWithIt(HubProvider hub) throws Exception {
        try (var other = other(hub); var pair = SocketPair.open()) {
            var socket = pair.server();
            pair.client().sendAll(bytes("read here, read there"));
            assertThat(text(socket.getInputStream().readNBytes(10))).isEqualTo("read here,");
            pair.client().shutdownOutput();
            int channels = here().snapshot().channels();
            socket.moveTo(other);
            assertThat(here().snapshot().channels()).isEqualTo(channels - 1);
            other.spawn(() -> {
                assertThat(here().snapshot().channels()).isEqualTo(1);
                assertThat(text(socket.getInputStream().readAllBytes())).isEqualTo(" read there");
                assertThat(socket.recv(1)).isEmpty();
                socket.sendAll(bytes("answer"));
                socket.close();
                assertThat(here().snapshot().channels()).isZero();
            }).await();
            assertThat(text(pair.client().getInputStream().readAllBytes())).isEqualTo("answer");
        }
    }

    @HubTest
    void whatWasReadAheadMovesWithTheSocket(HubProvider hub) throws Exception {
        try (var other = other(hub); var pair = SocketPair.open()) {
            var socket = pair.server();
            pair.client().sendAll(bytes("seen here, "));
            assertThat(socket.peek(ByteBuffer.allocate(4))).isEqualTo(4);
            int ahead = socket.getInputStream().available();
            assertThat(ahead).isEqualTo(11);
            socket.moveTo(other);
            pair.client().sendAll(bytes("read there"));
            pair.client().shutdownOutput();
            other.spawn(() -> {
                assertThat(socket.getInputStream().available()).isEqualTo(ahead);
                assertThat(text(socket.getInputStream().readAllBytes())).isEqualTo("seen here, read there");
            }).await();
        }
    }

    @HubTest
    void anEndThatWasSeenAheadMovesWithTheSocket(HubProvider hub) throws Exception {
        try (var other = other(hub); var pair = SocketPair.open()) {
            pair.client().close();
            assertThat(pair.server().peek(ByteBuffer.allocate(4))).isEqualTo(-1);
            pair.server().moveTo(other);
            other.spawn(() -> {
                assertThat(pair.server().peek(ByteBuffer.allocate(4))).isEqualTo(-1);
                assertThat(pair.server().recv(1)).isEmpty();
            }).await();
        }
    }

    @HubTest
    void whatArrivesAfterTheMoveWakesWhoWaitsOnTheNewLoop(HubProvider hub) throws Exception {
        try (var other = other(hub); var pair = SocketPair.open()) {
            pair.server().setSoTimeout(10_000);
            pair.server().moveTo(other);
            var reader = other.spawn(() -> text(pair.server().recv(100)));
            while (!isWaiting(reader)) {
                Green.sleep(java.time.Duration.ofMillis(1));
            }
            pair.client().sendAll(bytes("late"));
            assertThat(reader.await()).isEqualTo("late");
            var atEnd = other.spawn(() -> pair.server().recv(100));
            pair.client().close();
            assertThat(atEnd.await()).isEmpty();
        }
    }

    private static boolean isWaiting(GreenThread<?> thread) {
        return thread.isAlive() && thread.thread().getState() == Thread.State.WAITING
                || thread.isAlive() && thread.thread().getState() == Thread.State.TIMED_WAITING;
    }

    @HubTest
    void aResetIsSeenOnTheNewLoop(HubProvider hub) throws Exception {
        try (var other = other(hub); var pair = SocketPair.open()) {
            pair.client().setSoLinger(true, 0);
            pair.client().close();
            pair.server().moveTo(other);
            other.spawn(() -> assertThatThrownBy(() -> pair.server().recv(1)).isInstanceOf(SocketException.class)
                    .hasMessage("Connection reset")).await();
        }
    }

    @HubTest
    void optionsAndTimeLimitsMoveAsWell(HubProvider hub) throws Exception {
        try (var other = other(hub); var pair = SocketPair.open()) {
            pair.server().setTcpNoDelay(true);
            pair.server().setSoTimeout(5);
            pair.server().moveTo(other);
            other.spawn(() -> {
                assertThat(pair.server().getTcpNoDelay()).isTrue();
                assertThatThrownBy(() -> pair.server().recv(1)).isInstanceOf(SocketTimeoutException.class);
            }).await();
        }
    }

    @HubTest
    void anAcceptedConnectionMovesBeforeItsFirstRead(HubProvider hub) throws Exception {
        try (var other = other(hub); var listener = Net.listen(ANY)) {
            for (int i = 0; i < Counts.of(1_000); i++) {
                var client = Net.connect(listener.getLocalSocketAddress());
                var accepted = listener.accept();
                accepted.moveTo(other);
                var echo = other.spawn(() -> {
                    try (accepted) {
                        accepted.sendAll(accepted.recv(10));
                    }
                });
                client.sendAll(bytes("moved"));
                assertThat(text(client.getInputStream().readAllBytes())).isEqualTo("moved");
                client.close();
                echo.await();
            }
            assertThat(other.snapshot().channels()).isZero();
        }
    }

    @HubTest
    void aSocketInUseStaysAndTheRefusalNamesItsUser(HubProvider hub) throws Exception {
        try (var other = other(hub); var pair = SocketPair.open()) {
            var reader = Green.spawn("the reader", () -> text(pair.server().recv(10)));
            Turns.untilWaits(reader);
            assertThatThrownBy(() -> pair.server().moveTo(other)).isInstanceOf(ConcurrentUseException.class)
                    .hasMessageContaining("the reader")
                    .hasMessageContaining("localport=" + pair.server().getLocalPort());
            pair.client().sendAll(bytes("undisturbed"));
            assertThat(reader.await()).isEqualTo("undisturbe");
            pair.server().moveTo(other);
            assertThat(other.spawn(() -> text(pair.server().recv(10))).await()).isEqualTo("d");
        }
    }

    @HubTest
    void aSocketThatIsWrittenToStays(HubProvider hub) throws Exception {
        try (var other = other(hub); var pair = SocketPair.open()) {
            var writer = Green.spawn("the writer", () -> pair.server().sendAll(new byte[32 << 20]));
            Turns.untilWaits(writer);
            assertThatThrownBy(() -> pair.server().moveTo(other)).isInstanceOf(ConcurrentUseException.class)
                    .hasMessageContaining("the writer");
            var reading = Green.spawn(() -> pair.client().getInputStream().readNBytes(32 << 20).length);
            writer.await();
            assertThat(reading.await()).isEqualTo(32 << 20);
            pair.server().moveTo(other);
        }
    }

    @HubTest
    void theSameLoopChangesNothing() throws Exception {
        try (var pair = SocketPair.open()) {
            int channels = here().snapshot().channels();
            pair.server().moveTo(here());
            assertThat(here().snapshot().channels()).isEqualTo(channels);
            pair.client().sendAll(bytes("x"));
            assertThat(text(pair.server().recv(1))).isEqualTo("x");
        }
    }

    @HubTest
    void aSocketThatIsNotConnectedOrClosedDoesNotMove(HubProvider hub) throws Exception {
        try (var other = other(hub); var pair = SocketPair.open(); var fresh = new GreenSocket()) {
            assertThatThrownBy(() -> fresh.moveTo(other)).isInstanceOf(SocketException.class)
                    .hasMessage("Socket is not connected");
            pair.server().close();
            assertThatThrownBy(() -> pair.server().moveTo(other)).isInstanceOf(SocketException.class)
                    .hasMessage("Socket is closed");
        }
    }

    @HubTest
    void aClosedTargetRefusesAndTheSocketStaysUsable(HubProvider hub) throws Exception {
        var other = other(hub);
        other.close();
        try (var pair = SocketPair.open()) {
            assertThatThrownBy(() -> pair.server().moveTo(other)).isInstanceOf(LoopClosedException.class)
                    .hasMessageContaining("other");
            pair.client().sendAll(bytes("still here"));
            assertThat(text(pair.server().recv(10))).isEqualTo("still here");
        }
    }

    @HubTest
    void aLoopOnAnotherKindOfHubIsRefusedWithAdvice(HubProvider hub) throws Exception {
        var otherKind = Hubs.providers().stream()
                .filter(provider -> provider.unusable().isEmpty() && !provider.name().equals(hub.name())).findAny();
        Assumptions.assumeTrue(otherKind.isPresent(), "only one hub runs here");
        try (var other = other(otherKind.get()); var pair = SocketPair.open()) {
            assertThatThrownBy(() -> pair.server().moveTo(other)).isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("target: the loop 'other' on " + otherKind.get().name() + " (expected: a loop on "
                            + hub.name() + " like the socket's; name one hub for both)");
            pair.client().sendAll(bytes("still here"));
            assertThat(text(pair.server().recv(10))).isEqualTo("still here");
        }
    }

    @HubTest
    void aThreadOnNoLoopMovesSocketsToo(HubProvider hub) throws Exception {
        try (var other = other(hub); var pair = SocketPair.open()) {
            var moved = new java.util.concurrent.CompletableFuture<Void>();
            Thread.ofPlatform().start(() -> {
                try {
                    pair.server().moveTo(other);
                    moved.complete(null);
                } catch (IOException | RuntimeException e) {
                    moved.completeExceptionally(e);
                }
            });
            moved.get();
            pair.client().sendAll(bytes("x"));
            assertThat(other.spawn(() -> text(pair.server().recv(1))).await()).isEqualTo("x");
        }
    }

    // ---- under load

    @HubTest(seconds = 60)
    void bytesKeepTheirOrderHoweverOftenTheirSocketMoves(HubProvider hub) throws Exception {
        long seed = new Random().nextLong();
        System.out.println("seed " + seed);
        var random = new Random(seed);
        byte[] sent = new byte[Counts.of(20_000) * 500];
        random.nextBytes(sent);
        try (var group = EventLoopGroup.start(2, options -> options.hub(hub)); var pair = SocketPair.open()) {
            var writer = Green.spawn(() -> {
                var pieces = new Random(seed);
                for (int from = 0; from < sent.length;) {
                    int count = Math.min(sent.length - from, 1 + pieces.nextInt(4_000));
                    pair.client().getOutputStream().write(sent, from, count);
                    from += count;
                    if (pieces.nextInt(4) == 0) {
                        Green.sleep();
                    }
                }
                pair.client().shutdownOutput();
            });
            byte[] got = new byte[sent.length];
            int moves = 0;
            int filled = 0;
            for (int count = 0; count >= 0;) {
                int at = filled;
                int want = Math.clamp(sent.length - at, 1, 1 + random.nextInt(3_000));
                EventLoop loop = group.next();
                pair.server().moveTo(loop);
                moves++;
                count = loop.spawn(() -> {
                    byte[] part = pair.server().recv(want);
                    System.arraycopy(part, 0, got, Math.min(at, got.length), part.length);
                    return part.length == 0 ? -1 : part.length;
                }).await();
                filled += Math.max(0, count);
            }
            writer.await();
            assertThat(filled).isEqualTo(sent.length);
            assertThat(got).isEqualTo(sent);
            assertThat(moves).isGreaterThan(20);
        }
    }

    @HubTest(seconds = 60)
    void aCloseInTheMiddleOfAMoveLeavesNothing(HubProvider hub) throws Exception {
        long seed = new Random().nextLong();
        System.out.println("seed " + seed);
        var random = new Random(seed);
        try (var group = EventLoopGroup.start(2, options -> options.hub(hub))) {
            for (int i = 0; i < Counts.of(2_000); i++) {
                var pair = SocketPair.open();
                var mover = group.next().spawn(() -> move(pair.server(), group, 4));
                int turns = random.nextInt(4);
                var closer = switch (random.nextInt(3)) {
                    case 0 -> Green.spawn(() -> close(pair.server(), turns));
                    case 1 -> group.next().spawn(() -> close(pair.server(), turns));
                    default -> null;
                };
                if (closer == null) {
                    var thread = Thread.ofPlatform().start(() -> close(pair.server(), 0));
                    thread.join();
                } else {
                    closer.await();
                }
                mover.await();
                assertThat(pair.client().recv(1)).isEmpty();
                pair.client().close();
            }
            assertEmpty(group);
        }
    }

    private static void close(GreenSocket socket, int turns) {
        try {
            for (int i = 0; i < turns; i++) {
                Green.sleep();
            }
            socket.close();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static void move(GreenSocket socket, EventLoopGroup group, int times) {
        try {
            for (int i = 0; i < times; i++) {
                socket.moveTo(group.next());
            }
        } catch (SocketException e) {
            assertThat(e).hasMessageMatching("Socket (is )?closed");
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static void assertEmpty(EventLoopGroup group) throws Exception {
        for (var loop : group.loops()) {
            assertThat(loop.spawn(() -> loop.snapshot().channels()).await()).isZero();
        }
    }

    @HubTest(seconds = 60)
    void aKillInTheMiddleOfAMoveArrivesAfterIt(HubProvider hub) throws Exception {
        try (var group = EventLoopGroup.start(2, options -> options.hub(hub))) {
            for (int i = 0; i < Counts.of(2_000); i++) {
                try (var pair = SocketPair.open()) {
                    var moving = new AtomicBoolean();
                    var mover = Green.spawn(() -> {
                        moving.set(true);
                        for (int turn = 0;; turn++) {
                            pair.server().moveTo(group.next());
                            if (turn % 4 == 3) {
                                Green.sleep();
                            }
                        }
                    });
                    while (!moving.get()) {
                        Green.sleep();
                    }
                    mover.kill();
                    assertThatThrownBy(mover::await).isInstanceOf(GreenExit.class);
                    pair.client().sendAll(bytes("alive"));
                    pair.server().moveTo(here());
                    assertThat(text(pair.server().recv(5))).isEqualTo("alive");
                }
            }
            assertEmpty(group);
        }
    }

    @HubTest(seconds = 60)
    void aTargetThatClosesInTheMiddleOfAMoveClosesTheSocketOrRefuses(HubProvider hub) throws Exception {
        for (int i = 0; i < Counts.of(500); i++) {
            var other = other(hub);
            try (var pair = SocketPair.open()) {
                var closer = Thread.ofPlatform().start(other::close);
                boolean stayed = false;
                try {
                    pair.server().moveTo(other);
                } catch (LoopClosedException e) {
                    stayed = !pair.server().isClosed();
                } catch (SocketException e) {
                    assertThat(e).hasMessage("Socket closed");
                }
                closer.join();
                if (stayed) {
                    pair.server().close();
                }
                assertThat(pair.client().recv(1)).isEmpty();
            }
        }
    }
}
