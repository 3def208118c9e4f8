package dev.verdant.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.green.EventLoop;
import dev.verdant.green.Green;
import dev.verdant.green.GreenExit;
import dev.verdant.green.GreenThread;
import dev.verdant.green.Timeout;
import dev.verdant.green.net.ConcurrentUseException;
import dev.verdant.green.net.GreenServerSocket;
import dev.verdant.green.net.GreenSocket;
import dev.verdant.green.net.Net;
import dev.verdant.green.net.Selection;
import dev.verdant.green.net.Trampoline;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

class TrampolineTest {

    private static final Duration LONG = Duration.ofSeconds(20);
    private static final Duration SHORT = Duration.ofMillis(30);

    private static GreenServerSocket listen() throws IOException {
        return Net.listen(new InetSocketAddress("127.0.0.1", 0));
    }

    private static void fill(GreenSocket socket) {
        var chunk = ByteBuffer.allocate(1 << 20);
        assertThatThrownBy(() -> {
            while (true) {
                Timeout.call(Duration.ofMillis(200), () -> {
                    socket.writeFully(chunk.clear());
                    return null;
                });
            }
        }).isInstanceOf(Timeout.class);
    }

    @HubTest
    void aSocketBecomesReadableWhenBytesComeAndTheyAreStillThere() throws Exception {
        try (var pair = SocketPair.open()) {
            var waiter = Green.spawn(() -> {
                Trampoline.awaitReadable(pair.server(), null);
                return pair.server().recv(10);
            });
            Turns.untilWaits(waiter);
            assertThat(waiter.isDone()).isFalse();
            pair.client().sendAll(new byte[]{1, 2, 3});
            assertThat(waiter.await()).containsExactly(1, 2, 3);
        }
    }

    @HubTest
    void bytesThatWereThereBeforeAreFoundEachTime() throws Exception {
        try (var pair = SocketPair.open()) {
            pair.client().sendAll(new byte[]{1, 2, 3});
            for (int i = 0; i < 3; i++) {
                Trampoline.awaitReadable(pair.server(), LONG);
            }
            assertThat(pair.server().recv(2)).containsExactly(1, 2);
            Trampoline.awaitReadable(pair.server(), Duration.ZERO);
            assertThat(pair.server().recv(2)).containsExactly(3);
        }
    }

    @HubTest
    void whatIsNotReadableInTimeSaysSoAndStaysUsable() throws Exception {
        try (var pair = SocketPair.open()) {
            assertThatThrownBy(() -> Trampoline.awaitReadable(pair.server(), SHORT))
                    .isInstanceOf(SocketTimeoutException.class)
                    .hasMessageContaining(pair.server().toString());
            assertThatThrownBy(() -> Trampoline.awaitReadable(pair.server(), Duration.ZERO))
                    .isInstanceOf(SocketTimeoutException.class);
            pair.client().sendAll(new byte[]{7});
            assertThat(pair.server().recv(1)).containsExactly(7);
        }
    }

    @HubTest
    void theEndOfTheStreamIsReadable() throws Exception {
        try (var pair = SocketPair.open()) {
            pair.client().close();
            Trampoline.awaitReadable(pair.server(), LONG);
            assertThat(pair.server().recv(1)).isEmpty();
            Trampoline.awaitReadable(pair.server(), LONG);
            assertThat(pair.server().recv(1)).isEmpty();
        }
    }

    @HubTest
    void aSocketIsWritableUntilItsPeerReadsNoMore() throws Exception {
        try (var pair = SocketPair.open()) {
            Trampoline.awaitWritable(pair.client(), Duration.ZERO);
            fill(pair.client());
            assertThatThrownBy(() -> Trampoline.awaitReadable(pair.client(), SHORT))
                    .isInstanceOf(SocketTimeoutException.class);
        }
    }

    @HubTest
    void aFullSocketBecomesWritableWhenItsPeerReads() throws Exception {
        try (var pair = SocketPair.open()) {
            var writer = Green.spawn(() -> {
                pair.client().writeFully(ByteBuffer.allocate(64 << 20));
                return null;
            });
            while (writer.thread().getState() == Thread.State.RUNNABLE) {
                Green.sleep(Duration.ofMillis(1));
            }
            assertThatThrownBy(() -> Trampoline.awaitWritable(pair.client(), SHORT))
                    .isInstanceOf(ConcurrentUseException.class)
                    .hasMessageContaining("writes");
            long left = 64 << 20;
            while (left > 0) {
                left -= pair.server().recv(1 << 20).length;
            }
            writer.await();
            Trampoline.awaitWritable(pair.client(), LONG);
        }
    }

    @HubTest
    void aListenerIsReadableWhenAConnectionWaits() throws Exception {
        try (var listener = listen()) {
            assertThatThrownBy(() -> Trampoline.awaitReadable(listener, Duration.ZERO))
                    .isInstanceOf(SocketTimeoutException.class);
            var waiter = Green.spawn(() -> {
                Trampoline.awaitReadable(listener, LONG);
                return listener.accept();
            });
            try (var client = Net.connect(listener.getLocalSocketAddress()); var server = waiter.await()) {
                assertThat(server.getPort()).isEqualTo(client.getLocalPort());
            }
            assertThatThrownBy(() -> Trampoline.awaitWritable(listener, LONG))
                    .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("expected");
        }
    }

    @HubTest
    void aSecondReaderIsRefusedAndTheFirstUndisturbed() throws Exception {
        try (var pair = SocketPair.open()) {
            var first = Green.spawn(() -> {
                Trampoline.awaitReadable(pair.server(), LONG);
                return null;
            });
            Turns.untilWaits(first);
            assertThatThrownBy(() -> pair.server().recv(1)).isInstanceOf(ConcurrentUseException.class);
            assertThatThrownBy(() -> Trampoline.awaitReadable(pair.server(), LONG))
                    .isInstanceOf(ConcurrentUseException.class);
            pair.client().sendAll(new byte[]{1});
            first.await();
        }
    }

    @HubTest
    void aCloseEndsTheWait() throws Exception {
        try (var pair = SocketPair.open()) {
            var waiter = Green.spawn(() -> {
                Trampoline.awaitReadable(pair.server(), null);
                return null;
            });
            Turns.untilWaits(waiter);
            pair.server().close();
            assertThatThrownBy(waiter::await).isInstanceOf(SocketException.class).hasMessageContaining("closed");
            assertThatThrownBy(() -> Trampoline.awaitReadable(pair.server(), LONG)).isInstanceOf(SocketException.class);
        }
    }

    @HubTest
    void aKillATimeoutAndAnInterruptEndTheWaitAndLeaveTheSocketOpen() throws Exception {
        try (var pair = SocketPair.open()) {
            var killed = waiting(pair.server());
            killed.kill();
            assertThatThrownBy(killed::await).isInstanceOf(GreenExit.class);
            assertThatThrownBy(() -> Timeout.call(SHORT, () -> {
                Trampoline.awaitReadable(pair.server(), null);
                return null;
            })).isInstanceOf(Timeout.class);
            var interrupted = waiting(pair.server());
            interrupted.thread().interrupt();
            assertThatThrownBy(interrupted::await).isInstanceOf(InterruptedException.class);
            assertThat(pair.server().isClosed()).isFalse();
            pair.client().sendAll(new byte[]{1});
            assertThat(pair.server().recv(1)).containsExactly(1);
        }
    }

    private GreenThread<Void> waiting(GreenSocket socket) {
        GreenThread<Void> waiter = Green.spawn(() -> {
            Trampoline.awaitReadable(socket, null);
            return null;
        });
        Turns.untilWaits(waiter);
        return waiter;
    }

    @HubTest
    void aSocketOfAnotherLoopCanBeWaitedFor() throws Exception {
        try (var pair = SocketPair.open()) {
            try (var other = EventLoop.start()) {
                assertThatThrownBy(() -> other.spawn(() -> {
                    Trampoline.awaitReadable(pair.server(), Duration.ZERO);
                    return null;
                }).await()).isInstanceOf(SocketTimeoutException.class);
                pair.client().sendAll(new byte[]{1});
                Trampoline.awaitReadable(pair.server(), LONG);
                other.spawn(() -> {
                    Trampoline.awaitReadable(pair.server(), Duration.ZERO);
                    return null;
                }).await();
                assertThat(pair.server().recv(1)).containsExactly(1);
            }
        }
    }

    @HubTest
    void selectReturnsAllThatAreReady() throws Exception {
        int count = 20;
        var clients = new ArrayList<GreenSocket>();
        var servers = new ArrayList<GreenSocket>();
        for (int i = 0; i < count; i++) {
            var pair = SocketPair.open();
            clients.add(pair.client());
            servers.add(pair.server());
        }
        assertThat(Net.select(servers, List.of(), SHORT).isEmpty()).isTrue();
        var waiter = Green.spawn(() -> Net.select(servers, List.of(), LONG));
        Turns.untilWaits(waiter);
        var expected = new ArrayList<GreenSocket>();
        for (int i = 0; i < count; i += 3) {
            clients.get(i).sendAll(new byte[]{(byte) i});
            expected.add(servers.get(i));
        }
        Selection first = waiter.await();
        assertThat(first.readable()).isNotEmpty().isSubsetOf(expected);
        assertThat(first.writable()).isEmpty();
        Selection second = Net.select(servers, List.of(clients.get(1)), Duration.ZERO);
        assertThat(second.readable()).containsExactlyElementsOf(expected);
        assertThat(second.writable()).containsExactly(clients.get(1));
        for (int i = 0; i < count; i++) {
            clients.get(i).close();
            servers.get(i).close();
        }
    }

    @HubTest
    void selectOfNothingWithoutATimeoutIsRefused() {
        assertThatThrownBy(() -> Net.select(List.of(), List.of(), null)).isInstanceOf(IllegalArgumentException.class);
    }

    @HubTest
    void selectLeavesAllClaimsBackIfOneIsTaken() throws Exception {
        try (var pair = SocketPair.open()) {
            var reader = Green.spawn(() -> pair.server().recv(1));
            Turns.untilWaits(reader);
            assertThatThrownBy(() -> Net.select(List.of(pair.client(), pair.server()), List.of(), LONG))
                    .isInstanceOf(ConcurrentUseException.class);
            pair.server().sendAll(new byte[]{1});
            assertThat(pair.client().recv(1)).containsExactly(1);
            pair.client().sendAll(new byte[]{2});
            assertThat(reader.await()).containsExactly(2);
        }
    }
}
