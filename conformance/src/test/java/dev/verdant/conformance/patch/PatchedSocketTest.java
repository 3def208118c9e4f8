package dev.verdant.conformance.patch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.conformance.HubTest;
import dev.verdant.conformance.NotSimulated;
import dev.verdant.conformance.Turns;
import dev.verdant.green.EventLoop;
import dev.verdant.green.Green;
import dev.verdant.green.GreenExit;
import dev.verdant.green.Timeout;
import dev.verdant.green.net.PatchedServerSocket;
import dev.verdant.green.net.PatchedSocket;
import dev.verdant.hub.HubProvider;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;

/** What code that knows nothing of loops finds in its sockets. What they have in common with the JDK's is compared by {@code SocketDifferentialTest}. */
@Tag("both")
class PatchedSocketTest {

    private static final InetSocketAddress ANY = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0);

    private static final Duration SHORT = Duration.ofMillis(50);

    @BeforeAll
    static void startTheLoopsOfThoseWhoAreOnNone() throws IOException {
        Patched.warmUp();
    }

    /** Two ends of a connection. */
    private record Pair(Socket client, Socket server) implements AutoCloseable {

        static Pair open() throws IOException {
            try (var listener = listening()) {
                var client = Patched.socket();
                client.connect(listener.getLocalSocketAddress());
                return new Pair(client, listener.accept());
            }
        }

        @Override
        public void close() throws IOException {
            client.close();
            server.close();
        }
    }

    private static ServerSocket listening() throws IOException {
        var listener = Patched.listener();
        listener.bind(ANY);
        return listener;
    }

    private static void write(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String read(Socket socket, int length) throws IOException {
        return new String(socket.getInputStream().readNBytes(length), StandardCharsets.UTF_8);
    }

    private static EventLoop other(HubProvider hub) {
        return EventLoop.start(options -> options.hub(hub).name("other"));
    }

    private static int channelsHere() {
        return Objects.requireNonNull(EventLoop.current()).snapshot().channels();
    }

    // ---- where it waits

    @HubTest
    void aWaitIsOnTheLoopOfWhoeverWaitsWhereverTheSocketWasMade(HubProvider hub) throws Exception {
        try (var other = other(hub); var pair = Pair.open()) {
            int before = channelsHere();
            var reader = other.spawn(() -> {
                int mine = channelsHere();
                String text = read(pair.server(), 5);
                return text + (channelsHere() - mine);
            });
            Turns.until(() -> channelsHere() == before - 1);
            write(pair.client(), "hello");
            assertThat(reader.await()).isEqualTo("hello1");
            write(pair.server(), "back");
            assertThat(read(pair.client(), 4)).isEqualTo("back");
        }
    }

    @HubTest
    void twoLoopsMayReadAndWriteAtATime(HubProvider hub) throws Exception {
        try (var other = other(hub); var pair = Pair.open()) {
            var reader = Green.spawn(() -> read(pair.server(), 3));
            Turns.untilWaits(reader);
            var writer = other.spawn(() -> {
                write(pair.server(), "from the other loop");
                return null;
            });
            writer.await();
            assertThat(read(pair.client(), 19)).isEqualTo("from the other loop");
            write(pair.client(), "yes");
            assertThat(reader.await()).isEqualTo("yes");
        }
    }

    @HubTest
    void whoComesSecondWaitsForHisTurnAndGetsWhatFollows() throws Exception {
        try (var pair = Pair.open()) {
            var first = Green.spawn(() -> read(pair.server(), 3));
            Turns.untilWaits(first);
            var second = Green.spawn(() -> pair.server().getInputStream().read());
            Turns.untilWaits(second);
            write(pair.client(), "one");
            assertThat(first.await()).isEqualTo("one");
            write(pair.client(), "2");
            assertThat(second.await()).isEqualTo('2');
        }
    }

    @HubTest
    void severalMayAcceptAtATime() throws Exception {
        try (var listener = listening()) {
            var acceptors = Stream.generate(() -> Green.spawn(listener::accept)).limit(3).toList();
            acceptors.forEach(Turns::untilWaits);
            var ports = new HashSet<Integer>();
            for (var _ : acceptors) {
                try (var client = Patched.socket()) {
                    client.connect(listener.getLocalSocketAddress());
                    ports.add(client.getLocalPort());
                }
            }
            for (var acceptor : acceptors) {
                try (var accepted = acceptor.await()) {
                    assertThat(ports.remove(accepted.getPort())).as("one of them").isTrue();
                }
            }
        }
    }

    @HubTest
    void aTurnThatDoesNotComeInTimeIsAReadThatTimedOut() throws Exception {
        try (var pair = Pair.open()) {
            var first = Green.spawn(() -> pair.server().getInputStream().read());
            Turns.untilWaits(first);
            pair.server().setSoTimeout(30);
            assertThatThrownBy(() -> pair.server().getInputStream().read()).isInstanceOf(SocketTimeoutException.class)
                    .hasMessage("Read timed out");
            write(pair.client(), "x");
            assertThat(first.await()).isEqualTo('x');
        }
    }

    /** A socket that is waited for on another loop, and a loop that does not turn until the body has ended. */
    private static void whileItsLoopIsBusy(HubProvider hub, Body body) throws Exception {
        var isOver = new AtomicBoolean();
        try (var other = other(hub); var pair = Pair.open()) {
            var reader = other.spawn(() -> pair.server().getInputStream().read());
            Turns.untilWaits(reader);
            write(pair.client(), "x");
            assertThat(reader.await()).isEqualTo('x');
            var begun = new AtomicBoolean();
            var busy = other.spawn(() -> {
                begun.set(true);
                while (!isOver.get()) {
                    Thread.onSpinWait();
                }
            });
            Turns.until(begun::get);
            try {
                body.run(pair.server());
            } finally {
                isOver.set(true);
            }
            busy.await();
        }
    }

    private interface Body {
        void run(Socket socket) throws Exception;
    }

    @HubTest
    @NotSimulated(NotSimulated.NEVER_IDLE)
    void aReadTimesOutInTimeThoughTheSocketsLoopIsBusy(HubProvider hub) throws Exception {
        whileItsLoopIsBusy(hub, socket -> {
            socket.setSoTimeout(30);
            assertThatThrownBy(() -> socket.getInputStream().read()).isInstanceOf(SocketTimeoutException.class)
                    .hasMessage("Read timed out");
        });
    }

    // ---- whose loop has ended

    @HubTest
    @NotSimulated(NotSimulated.MACHINE)
    void aConnectionOutlivesTheLoopItWasMadeOn(HubProvider hub) throws Exception {
        Pair pair;
        try (var other = other(hub)) {
            pair = other.spawn(() -> {
                var made = Pair.open();
                write(made.client(), "before");
                assertThat(read(made.server(), 6)).isEqualTo("before");
                return made;
            }).await();
        }
        try (pair) {
            write(pair.client(), "after");
            assertThat(read(pair.server(), 5)).isEqualTo("after");
        }
    }

    // ---- threads of other kinds

    private static final Map<FutureTask<?>, Thread> THREADS = new ConcurrentHashMap<>();

    private static <T> FutureTask<T> onPlatformThread(Callable<T> body) {
        return on(Thread.ofPlatform().daemon().name("platform"), body);
    }

    private static <T> FutureTask<T> on(Thread.Builder builder, Callable<T> body) {
        var task = new FutureTask<>(body);
        THREADS.put(task, builder.start(task));
        return task;
    }

    private static Thread threadOf(FutureTask<?> task) {
        return Objects.requireNonNull(THREADS.get(task));
    }

    /** The loop turns meanwhile. */
    private static <T> T get(FutureTask<T> task) throws Exception {
        Turns.until(task::isDone);
        THREADS.remove(task);
        return task.get();
    }

    @HubTest
    @NotSimulated(NotSimulated.MACHINE)
    void aPlatformThreadIsParkedAndServedByTheProcessesLoop() throws Exception {
        try (var pair = Pair.open()) {
            int before = channelsHere();
            var reader = onPlatformThread(() -> read(pair.server(), 5));
            Turns.until(() -> threadOf(reader).getState() == Thread.State.WAITING && channelsHere() == before - 1);
            write(pair.client(), "hello");
            assertThat(get(reader)).isEqualTo("hello");
            var soon = onPlatformThread(() -> {
                pair.server().setSoTimeout(20);
                return pair.server().getInputStream().read();
            });
            assertThatThrownBy(() -> get(soon)).cause().isInstanceOf(SocketTimeoutException.class);
        }
    }

    @HubTest
    @NotSimulated(NotSimulated.MACHINE)
    void anInterruptOfAPlatformThreadClosesNothingAndIsKept() throws Exception {
        try (var pair = Pair.open()) {
            var reader = onPlatformThread(() -> read(pair.server(), 5) + Thread.currentThread().isInterrupted());
            Turns.until(() -> threadOf(reader).getState() == Thread.State.WAITING);
            threadOf(reader).interrupt();
            Turns.until(() -> threadOf(reader).getState() == Thread.State.WAITING);
            write(pair.client(), "hello");
            assertThat(get(reader)).isEqualTo("hellotrue");
            assertThat(pair.server().isClosed()).isFalse();
        }
    }

    @HubTest
    @NotSimulated(NotSimulated.MACHINE)
    void anInterruptOfAVirtualThreadClosesTheSocketAsTheJdksDo() throws Exception {
        for (boolean onLoop : List.of(true, false)) {
            try (var pair = Pair.open()) {
                var socket = pair.server();
                FutureTask<Integer> reader = onLoop
                        ? on(Thread.ofVirtual(), () -> socket.getInputStream().read())
                        : get(onPlatformThread(() -> on(Thread.ofVirtual(), () -> socket.getInputStream().read())));
                Turns.until(() -> threadOf(reader).getState() == Thread.State.WAITING);
                threadOf(reader).interrupt();
                assertThatThrownBy(() -> get(reader)).cause().isExactlyInstanceOf(SocketException.class)
                        .hasMessage("Closed by interrupt");
                assertThat(socket.isClosed()).isTrue();
            }
        }
    }

    // ---- being called away

    @HubTest
    void aTimeoutClosesTheSocketAndSurfacesAsASocketExceptionAndTheBoundaryThrowsTheTimeout() throws Exception {
        try (var pair = Pair.open()) {
            var seen = new Exception[1];
            assertThatThrownBy(() -> Timeout.call(SHORT, () -> {
                try {
                    return pair.server().getInputStream().read();
                } catch (IOException e) {
                    seen[0] = e;
                    throw e;
                }
            })).isInstanceOf(Timeout.class).satisfies(e -> assertThat(e.getSuppressed()).containsExactly(seen[0]));
            assertThat(seen[0]).isExactlyInstanceOf(SocketException.class).hasMessage("Closed by Timeout of 50 ms");
            assertThat(pair.client().getInputStream().read()).as("what the peer sees").isEqualTo(-1);
            assertThatThrownBy(() -> pair.server().getInputStream().read()).isInstanceOf(SocketException.class);
        }
    }

    @HubTest
    void aKillInAWriteClosesTheSocketAndEndsTheThreadByTheKill() throws Exception {
        try (var pair = Pair.open()) {
            var seen = new Exception[1];
            var writer = Green.spawn(() -> {
                try {
                    while (true) {
                        pair.server().getOutputStream().write(new byte[1 << 20]);
                    }
                } catch (IOException e) {
                    seen[0] = e;
                    throw e;
                }
            });
            Turns.untilWaits(writer);
            writer.kill();
            assertThatThrownBy(writer::await).isInstanceOf(GreenExit.class);
            assertThat(seen[0]).isExactlyInstanceOf(SocketException.class).hasMessageStartingWith("Closed by ");
            pair.client().getInputStream().transferTo(OutputStream.nullOutputStream());
        }
    }

    @HubTest
    void aTimeoutInAConnectOrAnAcceptClosesToo() throws Exception {
        try (var listener = listening()) {
            assertThatThrownBy(() -> Timeout.call(SHORT, listener::accept)).isInstanceOf(Timeout.class)
                    .satisfies(e -> assertThat(e.getSuppressed()[0]).isExactlyInstanceOf(SocketException.class));
            assertThat(listener.isClosed()).isTrue();
            assertThatThrownBy(listener::accept).isInstanceOf(SocketException.class);
        }
    }

    @HubTest
    void aKillEndsALoopThatAcceptsUntilItsListenerIsClosed() throws Exception {
        try (var listener = listening()) {
            var server = Green.spawn(() -> {
                while (!listener.isClosed()) {
                    try {
                        listener.accept().close();
                    } catch (IOException e) {
                        // As many servers do.
                    }
                }
                return true;
            });
            Turns.untilWaits(server);
            server.kill();
            assertThat(server.await()).isTrue();
        }
    }

    @HubTest
    void whoAsksHowMuchIsThereDisturbsNoReader() throws Exception {
        try (var pair = Pair.open()) {
            var in = pair.server().getInputStream();
            var reader = Green.spawn(() -> read(pair.server(), 1000));
            var asker = Green.spawn(() -> {
                for (int i = 0; i < 1000; i++) {
                    assertThat(in.available()).isNotNegative();
                    Green.sleep();
                }
            });
            for (int i = 0; i < 1000; i++) {
                write(pair.client(), "x");
                Green.sleep();
            }
            assertThat(reader.await()).hasSize(1000);
            asker.await();
        }
    }

    @HubTest
    void whoWaitsForHisTurnCanBeCalledAway() throws Exception {
        try (var pair = Pair.open()) {
            var first = Green.spawn(() -> pair.server().getInputStream().read());
            Turns.untilWaits(first);
            assertThatThrownBy(() -> Timeout.call(SHORT, () -> pair.server().getInputStream().read()))
                    .isInstanceOf(Timeout.class);
            assertThatThrownBy(first::await).isInstanceOf(SocketException.class);
        }
    }

    @HubTest
    void aCloseWakesTheReaderOfAnotherLoop(HubProvider hub) throws Exception {
        try (var other = other(hub); var pair = Pair.open()) {
            var reader = other.spawn(() -> pair.server().getInputStream().read());
            Turns.untilWaits(reader);
            pair.server().close();
            assertThatThrownBy(reader::await).isExactlyInstanceOf(SocketException.class).hasMessage("Socket closed");
        }
    }

    // ---- what libraries get in the place of the JDK's classes

    @HubTest
    void theyHaveTheConstructorsOfTheJdks() {
        assertThat(constructors(PatchedSocket.class)).containsAll(constructors(Socket.class));
        assertThat(constructors(PatchedServerSocket.class)).containsAll(constructors(ServerSocket.class));
    }

    private static Set<String> constructors(Class<?> type) {
        return Arrays.stream(type.getConstructors())
                .map(constructor -> Arrays.toString(constructor.getParameterTypes()))
                .collect(Collectors.toSet());
    }

    @HubTest
    void eachConstructorConnectsOrListens() throws Exception {
        InetAddress loopback = ANY.getAddress();
        String name = loopback.getHostAddress();
        try (var listener = new PatchedServerSocket(0, 0, loopback)) {
            int port = listener.getLocalPort();
            for (Callable<Socket> make : List.<Callable<Socket>>of(() -> new PatchedSocket(name, port),
                    () -> new PatchedSocket(loopback, port), () -> new PatchedSocket(name, port, loopback, 0),
                    () -> new PatchedSocket(loopback, port, loopback, 0), () -> new PatchedSocket(name, port, true),
                    () -> new PatchedSocket(loopback, port, true))) {
                try (var client = make.call(); var server = listener.accept()) {
                    write(client, "hello");
                    assertThat(read(server, 5)).isEqualTo("hello");
                }
            }
            assertThatThrownBy(() -> new PatchedSocket(loopback, port, false))
                    .isInstanceOf(IllegalArgumentException.class);
            listener.setSoTimeout(1);
            assertThatThrownBy(listener::accept).isInstanceOf(SocketTimeoutException.class)
                    .hasMessage("Accept timed out");
        }
        try (var any = new PatchedServerSocket(0); var also = new PatchedServerSocket(0, 7)) {
            assertThat(any.getLocalPort()).isNotEqualTo(also.getLocalPort());
        }
        assertThatThrownBy(() -> new PatchedServerSocket(-1)).isInstanceOf(IllegalArgumentException.class);
    }
}
