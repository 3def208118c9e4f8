package dev.verdant.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.green.EventLoop;
import dev.verdant.green.Green;
import dev.verdant.green.GreenThread;
import dev.verdant.green.net.GreenServerSocket;
import dev.verdant.green.net.GreenSocket;
import dev.verdant.green.net.Net;
import dev.verdant.green.net.SocketHandler;
import dev.verdant.green.net.StopServe;
import dev.verdant.green.net.Unfinished;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;

@SuppressWarnings("try") // Closing early, and closing that waits, are what is tested.
class StopTest {

    private static final InetSocketAddress ANY = new InetSocketAddress("127.0.0.1", 0);

    /** A server whose handlers answer when they are told to, and clients that have been accepted. */
    private static final class Busy implements AutoCloseable {

        final CountDownLatch goOn = new CountDownLatch(1);
        final GreenServerSocket listener;
        final GreenThread<?> serving;
        final List<GreenSocket> clients = new ArrayList<>();

        Busy(int connections) throws Exception {
            this(connections, 1000);
        }

        Busy(int connections, int concurrency) throws Exception {
            var begun = new CountDownLatch(Math.min(connections, concurrency));
            listener = Net.listen(ANY);
            serving = serve(listener, socket -> {
                begun.countDown();
                goOn.await();
                socket.sendAll(new byte[]{7});
            }, concurrency);
            for (int i = 0; i < connections; i++) {
                clients.add(Net.connect(listener.getLocalSocketAddress()));
            }
            begun.await();
        }

        void assertAllAnswered() throws IOException {
            for (var client : clients) {
                assertThat(client.recv(2)).containsExactly(7);
                assertThat(client.recv(2)).isEmpty();
            }
        }

        @Override
        public void close() throws Exception {
            goOn.countDown();
            listener.close();
            serving.await();
            for (var client : clients) {
                client.close();
            }
        }
    }

    private static GreenThread<?> serve(GreenServerSocket listener, SocketHandler handler, int concurrency) {
        return Green.spawn(() -> Net.serve(listener, handler, concurrency));
    }

    @HubTest
    void stopClosesTheListenerAndWaitsForTheHandlers() throws Exception {
        try (var busy = new Busy(5)) {
            var stop = Green.spawn(() -> Net.stop(busy.listener, Duration.ofSeconds(10)));
            Turns.until(busy.listener::isClosed);
            assertThatThrownBy(() -> Net.connect(busy.listener.getLocalSocketAddress()))
                    .isInstanceOf(ConnectException.class);
            assertThat(stop.isDone()).isFalse();
            assertThat(busy.serving.isDone()).as("serve keeps the loop for the handlers").isFalse();
            busy.goOn.countDown();
            assertThat(stop.await()).isEmpty();
            busy.serving.await();
            busy.assertAllAnswered();
        }
    }

    @HubTest
    @NotSimulated(NotSimulated.JDK_SOCKETS)
    void whoWaitsInTheBacklogWhenTheStopBeginsIsServed() throws Exception {
        try (var listener = Net.listen(ANY)) {
            var serving = serve(listener, socket -> socket.sendAll(new byte[1]), 1000);
            Turns.untilWaits(serving);
            var clients = new ArrayList<Socket>();
            var connecting = new Thread(() -> {
                try {
                    for (int i = 0; i < 20; i++) {
                        clients.add(new Socket(InetAddress.getLoopbackAddress(), listener.getLocalPort()));
                    }
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            connecting.start();
            while (connecting.isAlive()) {
                Thread.onSpinWait(); // The loop is held, so that nobody is accepted yet.
            }
            assertThat(Net.stop(listener, Duration.ofSeconds(10))).isEmpty();
            serving.await();
            assertThat(clients).hasSize(20);
            for (var client : clients) {
                try (client) {
                    assertThat(client.getInputStream().read()).isZero();
                }
            }
        }
    }

    @HubTest
    void whoFindsNoPlaceWhenTheStopBeginsIsNotWaitedFor() throws Exception {
        try (var listener = Net.listen(ANY)) {
            var serving = serve(listener, socket -> socket.recv(1), 1);
            try (var served = Net.connect(listener.getLocalSocketAddress());
                    var waiting = Net.connect(listener.getLocalSocketAddress())) {
                served.setSoTimeout(1); // Until it has its handler, and the other waits for one.
                assertThatThrownBy(() -> served.recv(1)).isInstanceOf(SocketTimeoutException.class);
                var stop = Green.spawn(() -> Net.stop(listener, null));
                Turns.until(listener::isClosed);
                served.setSoTimeout(0);
                served.sendAll(new byte[1]);
                assertThat(stop.await()).isEmpty();
                assertThat(waiting.isClosed()).isFalse();
            }
            serving.await();
        }
    }

    @HubTest
    void whoHasNotFinishedIsReturnedAndCanBeKilled() throws Exception {
        try (var listener = Net.listen(ANY)) {
            var serving = serve(listener, socket -> socket.recv(1), 10);
            var reading = Net.connect(listener.getLocalSocketAddress());
            var done = Net.connect(listener.getLocalSocketAddress());
            done.sendAll(new byte[1]);
            assertThat(done.recv(1)).isEmpty();
            var left = Net.stop(listener, Duration.ofMillis(20));
            assertThat(left).hasSize(1);
            Unfinished one = left.getFirst();
            assertThat(one.connection().getPort()).isEqualTo(reading.getLocalPort());
            assertThat(one.waitsFor()).startsWith("readability of GreenSocket[");
            assertThat(one).asString().contains(" waits for readability of ");
            serving.await();
            assertThat(one.handler().isAlive()).as("serve returns after the grace, the handler goes on").isTrue();
            one.handler().kill();
            assertThat(reading.recv(1)).isEmpty();
            reading.close();
            done.close();
        }
    }

    @HubTest
    void zeroDoesNotWait() throws Exception {
        try (var busy = new Busy(3)) {
            assertThat(Net.stop(busy.listener, Duration.ZERO)).hasSize(3);
            busy.serving.await();
            assertThat(busy.clients.getFirst().isClosed()).isFalse();
            busy.goOn.countDown();
            busy.assertAllAnswered();
        }
    }

    @HubTest
    void stoppingTwiceWaitsTwice() throws Exception {
        try (var busy = new Busy(2)) {
            assertThat(Net.stop(busy.listener, Duration.ofMillis(5))).hasSize(2);
            var second = Green.spawn(() -> Net.stop(busy.listener, null));
            var third = Green.spawn(() -> Net.stop(busy.listener, Duration.ofSeconds(10)));
            Turns.untilWaits(second);
            Turns.untilWaits(third);
            busy.goOn.countDown();
            assertThat(second.await()).isEmpty();
            assertThat(third.await()).isEmpty();
            assertThat(Net.stop(busy.listener, null)).isEmpty();
            busy.assertAllAnswered();
        }
    }

    @HubTest
    void aListenerThatNobodyServesIsClosed() throws Exception {
        var listener = Net.listen(ANY);
        assertThat(Net.stop(listener, null)).isEmpty();
        assertThat(listener.isClosed()).isTrue();
        assertThat(Net.stop(listener, null)).isEmpty();
        try (var unbound = new GreenServerSocket()) {
            assertThatThrownBy(() -> Net.stop(unbound, null)).isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("expected: a listener that is bound");
        }
    }

    @HubTest
    void aThreadOnNoLoopMayStop() throws Exception {
        try (var busy = new Busy(2)) {
            var left = new CompletableFuture<List<Unfinished>>();
            Thread.ofPlatform().start(() -> {
                try {
                    left.complete(Net.stop(busy.listener, null));
                } catch (Exception e) {
                    left.completeExceptionally(e);
                }
            });
            Timeouts.until(busy.listener::isClosed);
            assertThat(left).isNotDone();
            busy.goOn.countDown();
            assertThat(left.get()).isEmpty();
            busy.assertAllAnswered();
        }
    }

    @HubTest
    void aHandlerMayStopItsOwnServerAndAnswerAfterwards() throws Exception {
        try (var listener = Net.listen(ANY)) {
            var goOn = new CountDownLatch(1);
            var serving = serve(listener, socket -> {
                if (socket.recv(1)[0] == 's') {
                    assertThat(Net.stop(listener, null)).isEmpty();
                } else {
                    goOn.await();
                }
                Green.sleep();
                socket.sendAll(new byte[]{7});
            }, 10);
            try (var working = Net.connect(listener.getLocalSocketAddress());
                    var stopping = Net.connect(listener.getLocalSocketAddress());
                    var alsoStopping = Net.connect(listener.getLocalSocketAddress())) {
                working.sendAll(new byte[]{'w'});
                stopping.sendAll(new byte[]{'s'});
                alsoStopping.sendAll(new byte[]{'s'});
                Timeouts.until(listener::isClosed);
                assertThat(serving.isDone()).isFalse();
                goOn.countDown();
                serving.await();
                for (var client : List.of(working, stopping, alsoStopping)) {
                    assertThat(client.recv(1)).containsExactly(7);
                }
            }
        }
    }

    @HubTest
    void serveReturnsThoughItWaitsForRoom() throws Exception {
        try (var busy = new Busy(2, 1)) {
            Green.sleep();
            var stop = Green.spawn(() -> Net.stop(busy.listener, null));
            Turns.untilWaits(stop);
            busy.goOn.countDown();
            assertThat(stop.await()).isEmpty();
            busy.serving.await();
            assertThat(busy.clients.getFirst().recv(1)).containsExactly(7);
        }
    }

    @HubTest
    void aHandlerThatAsksToStopAfterTheServingHasEndedHarmsNobody() throws Exception {
        var goOn = new AtomicBoolean();
        var loop = Objects.requireNonNull(EventLoop.current());
        try (var listener = Net.listen(ANY)) {
            var afterwards = Green.spawn(() -> {
                Net.serve(listener, socket -> {
                    Timeouts.until(goOn::get);
                    throw new StopServe();
                });
                goOn.set(true);
                Green.sleep(Duration.ofMillis(20));
                return "undisturbed";
            });
            try (var client = Net.connect(listener.getLocalSocketAddress())) {
                Timeouts.until(() -> loop.snapshot().threads().size() == 3);
                listener.close();
                assertThat(client.recv(1)).isEmpty();
            }
            assertThat(afterwards.await()).isEqualTo("undisturbed");
        }
    }

    @HubTest
    void anInterruptedStopLeavesTheHandlersAlone() throws Exception {
        try (var busy = new Busy(1)) {
            var stop = Green.spawn(() -> Net.stop(busy.listener, null));
            Turns.untilWaits(stop);
            stop.thread().interrupt();
            assertThatThrownBy(stop::await).isInstanceOf(InterruptedException.class);
            busy.goOn.countDown();
            busy.assertAllAnswered();
        }
    }
}
