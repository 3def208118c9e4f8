package dev.verdant.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.conformance.Differential.Specimen;
import dev.verdant.conformance.patch.Patched;
import dev.verdant.green.Green;
import dev.verdant.green.net.GreenServerSocket;
import dev.verdant.green.net.GreenSocket;
import dev.verdant.hub.HubProvider;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.reflect.Constructor;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jdk.net.ExtendedSocketOptions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;

/** Our sockets beside the JDK's own: every public method, in every state. */
@NotSimulated(NotSimulated.JDK_SOCKETS)
class SocketDifferentialTest {

    private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");
    @BeforeAll
    static void startTheLoopOfPatchedSockets() throws IOException {
        Patched.warmUp();
    }

    private static final InetSocketAddress ANY_PORT = new InetSocketAddress(LOOPBACK, 0);

    /** Where nobody listens: TCP port 1. */
    private static final InetSocketAddress NOBODY = new InetSocketAddress(LOOPBACK, 1);

    private static final SocketAddress STRANGE = new SocketAddress() {
        private static final long serialVersionUID = 1L;

        @Override
        public String toString() {
            return "strange";
        }
    };

    /** Makes sockets of ours, or of the JDK's. */
    private interface Kind {
        Socket socket() throws IOException;

        ServerSocket listener() throws IOException;
    }

    private static final Kind OURS = new Kind() {
        @Override
        public Socket socket() throws IOException {
            return new GreenSocket();
        }

        @Override
        public ServerSocket listener() {
            return new GreenServerSocket();
        }
    };

    private static final Kind PATCHED = new Kind() {
        @Override
        public Socket socket() throws IOException {
            return Patched.socket();
        }

        @Override
        public ServerSocket listener() throws IOException {
            return Patched.listener();
        }
    };

    /** Also where the JVM is patched. */
    private static final Kind THEIRS = new Kind() {
        @Override
        public Socket socket() throws IOException {
            return Patched.original(Socket::new);
        }

        @Override
        public ServerSocket listener() throws IOException {
            return Patched.original(ServerSocket::new);
        }
    };

    // ---- states of connections

    /** How a socket is brought into a state. */
    private interface Stage {
        Specimen<Socket> of(Kind kind) throws Exception;
    }

    /** What is done with a connection and its peer. */
    private interface Step {
        void on(Socket socket, Socket peer) throws Exception;
    }

    private static Specimen<Socket> connected(Kind kind) throws IOException {
        try (var listener = new ServerSocket(0, 50, LOOPBACK)) {
            var socket = kind.socket();
            socket.connect(listener.getLocalSocketAddress());
            var peer = listener.accept();
            peer.getOutputStream().write(bytes("abc"));
            return Specimen.of(socket).with(peer).named(listener.getLocalPort(), "peer's port").named(peer.getPort(),
                    "own port");
        }
    }

    private static Specimen<Socket> accepted(Kind kind) throws IOException {
        try (var listener = kind.listener()) {
            listener.bind(ANY_PORT);
            var peer = new Socket(LOOPBACK, listener.getLocalPort());
            peer.getOutputStream().write(bytes("abc"));
            return Specimen.of(listener.accept()).with(peer).named(peer.getPort(), "own port")
                    .named(peer.getLocalPort(), "peer's port");
        }
    }

    private static Stage connectedThen(Step step) {
        return kind -> {
            try (var listener = new ServerSocket(0, 50, LOOPBACK)) {
                var socket = kind.socket();
                socket.connect(listener.getLocalSocketAddress());
                var peer = listener.accept();
                var specimen = Specimen.of(socket).with(peer).named(peer.getLocalPort(), "peer's port")
                        .named(peer.getPort(), "own port");
                step.on(socket, peer);
                return specimen;
            }
        };
    }

    private static Specimen<Socket> bound(Kind kind) throws IOException {
        var socket = kind.socket();
        socket.bind(ANY_PORT);
        return Specimen.of(socket).named(socket.getLocalPort(), "own port");
    }

    private static Specimen<Socket> closedBound(Kind kind) throws IOException {
        Specimen<Socket> specimen = bound(kind);
        specimen.socket().close();
        return specimen;
    }

    private static Specimen<Socket> closedNew(Kind kind) throws IOException {
        var socket = kind.socket();
        socket.close();
        return Specimen.of(socket);
    }

    private static Specimen<Socket> refused(Kind kind) throws IOException {
        var socket = kind.socket();
        try {
            socket.connect(NOBODY);
            throw new AssertionError("somebody listens on " + NOBODY);
        } catch (IOException e) {
            return Specimen.of(socket);
        }
    }

    /** A connect that does not end: the backlog of the listener is full. */
    private static Specimen<Socket> connecting(Kind kind) throws Exception {
        var listener = new ServerSocket(0, 1, LOOPBACK);
        var fillers = new ArrayList<Socket>();
        for (int i = 0; i < 2; i++) {
            fillers.add(new Socket(LOOPBACK, listener.getLocalPort()));
        }
        var socket = kind.socket();
        var connector = Thread.ofVirtual().start(() -> {
            try {
                socket.connect(listener.getLocalSocketAddress());
            } catch (IOException e) {
                // Closed in the end.
            }
        });
        awaitWaiting(connector);
        var specimen = Specimen.of(socket).named(listener.getLocalPort(), "peer's port");
        specimen.with(() -> join(connector)).with(listener);
        fillers.forEach(specimen::with);
        return specimen;
    }

    private static void awaitWaiting(Thread thread) {
        long deadline = System.nanoTime() + 10_000_000_000L;
        while (thread.getState() != Thread.State.WAITING) {
            assertThat(System.nanoTime()).as("it waits").isLessThan(deadline);
            Thread.yield();
        }
    }

    private static void join(Thread thread) throws IOException {
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    private static final Stages<Stage> STAGES = new Stages<Stage>()
            .add("new", kind -> Specimen.of(kind.socket()))
            .add("bound", SocketDifferentialTest::bound)
            .add("connected", SocketDifferentialTest::connected)
            .add("accepted", SocketDifferentialTest::accepted)
            .add("idle", connectedThen((socket, peer) -> {}))
            .add("ended", connectedThen((socket, peer) -> {
                peer.getOutputStream().write(bytes("abc"));
                peer.shutdownOutput();
            }))
            .add("read to the end", connectedThen((socket, peer) -> {
                peer.shutdownOutput();
                assertThat(socket.getInputStream().read()).isEqualTo(-1);
            }))
            .add("reset", connectedThen((socket, peer) -> {
                peer.setSoLinger(true, 0);
                peer.close();
            }))
            .add("input shut", connectedThen((socket, peer) -> socket.shutdownInput()))
            .add("output shut", connectedThen((socket, peer) -> {
                peer.getOutputStream().write(bytes("abc"));
                socket.shutdownOutput();
            }))
            .add("input, then output shut", connectedThen((socket, peer) -> {
                socket.shutdownInput();
                socket.shutdownOutput();
            }))
            .add("output, then input shut", connectedThen((socket, peer) -> {
                socket.shutdownOutput();
                socket.shutdownInput();
            }))
            .add("closed when new", SocketDifferentialTest::closedNew)
            .add("closed when bound", SocketDifferentialTest::closedBound)
            .add("closed when connected", connectedThen((socket, peer) -> socket.close()))
            .add("closed when accepted", kind -> {
                Specimen<Socket> specimen = accepted(kind);
                specimen.socket().close();
                return specimen;
            })
            .add("refused", SocketDifferentialTest::refused);

    /** Names and what goes by them, in order. */
    private static final class Stages<V> {

        private final List<String> names = new ArrayList<>();
        private final List<V> values = new ArrayList<>();

        Stages<V> add(String name, V value) {
            names.add(name);
            values.add(value);
            return this;
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    // ---- what is done

    private static Object read(InputStream in, int length) throws IOException {
        byte[] target = new byte[length];
        int count = in.read(target);
        return count + ":" + new String(target, 0, Math.max(count, 0), StandardCharsets.US_ASCII);
    }

    /** What several calls in a row say, each on its own. */
    private interface Piece {
        @Nullable Object say() throws Exception;
    }

    private static List<@Nullable Object> each(Piece... pieces) {
        var said = new ArrayList<@Nullable Object>();
        for (Piece piece : pieces) {
            try {
                said.add(piece.say());
            } catch (Exception e) {
                said.add(e);
            }
        }
        return said;
    }

    private static String done() {
        return "done";
    }

    private static Differential<Socket> withStreams(Differential<Socket> it) {
        return it
                .call("getInputStream()", "what is there", s -> read(impatient(s).getInputStream(), 3))
                .call("getInputStream()", "past what is there", s -> {
                    var in = impatient(s).getInputStream();
                    return each(() -> read(in, 3), () -> read(in, 3), () -> read(in, 3));
                })
                .call("getInputStream()", "one by one", s -> {
                    var in = impatient(s).getInputStream();
                    return each(in::read, in::read, in::read, in::read, in::read);
                })
                .call("getInputStream()", "nothing", s -> read(s.getInputStream(), 0))
                .call("getInputStream()", "beyond the array", s -> s.getInputStream().read(new byte[2], 1, 2))
                .call("getInputStream()", "available", s -> {
                    var in = impatient(s).getInputStream();
                    return each(in::available, in::available, () -> read(in, 2), in::available, () -> read(in, 2),
                            in::available, () -> read(in, 1), in::available);
                })
                .call("getInputStream()", "after a close", s -> {
                    var in = s.getInputStream();
                    s.close();
                    return each(in::available, () -> read(in, 3), () -> read(in, 0), s::getInputStream);
                })
                .call("getInputStream()", "its own close", s -> {
                    var in = s.getInputStream();
                    in.close();
                    return each(s::isClosed, () -> read(in, 1), s::isConnected, s::isInputShutdown);
                })
                .call("getInputStream()", "after the input was shut", s -> {
                    var in = s.getInputStream();
                    int _ = in.available();
                    s.shutdownInput();
                    return each(in::available, () -> read(in, 3), s::getInputStream);
                })
                .call("getInputStream()", "is the same each time", s -> {
                    InputStream first = s.getInputStream();
                    return first == s.getInputStream();
                })
                .call("getInputStream()", "skip and mark", s -> {
                    var in = impatient(s).getInputStream();
                    return each(in::markSupported, () -> in.skip(2), () -> read(in, 9));
                })
                .act("getOutputStream()", "a byte", s -> s.getOutputStream().write('x'))
                .act("getOutputStream()", "nothing", s -> s.getOutputStream().write(new byte[0]))
                .act("getOutputStream()", "beyond the array", s -> s.getOutputStream().write(new byte[2], 1, 2))
                .act("getOutputStream()", "flush", s -> s.getOutputStream().flush())
                .call("getOutputStream()", "after a close", s -> {
                    OutputStream out = s.getOutputStream();
                    s.close();
                    return each(() -> write(out, 3), () -> write(out, 0), s::getOutputStream);
                })
                .call("getOutputStream()", "after the output was shut", s -> {
                    OutputStream out = s.getOutputStream();
                    s.shutdownOutput();
                    return each(() -> write(out, 3), () -> write(out, 0), s::getOutputStream);
                })
                .call("getOutputStream()", "its own close", s -> {
                    OutputStream out = s.getOutputStream();
                    out.close();
                    return each(s::isClosed, () -> write(out, 1), s::isOutputShutdown);
                })
                .act("shutdownInput()", "once", Socket::shutdownInput)
                .call("shutdownInput()", "twice", s -> {
                    s.shutdownInput();
                    return each(s::isInputShutdown, () -> {
                        s.shutdownInput();
                        return done();
                    });
                })
                .act("shutdownOutput()", "once", Socket::shutdownOutput)
                .call("shutdownOutput()", "twice", s -> {
                    s.shutdownOutput();
                    return each(s::isOutputShutdown, () -> {
                        s.shutdownOutput();
                        return done();
                    });
                })
                .call("shutdownOutput()", "then the input", s -> {
                    s.shutdownOutput();
                    s.shutdownInput();
                    return each(s::isClosed, s::isConnected);
                })
                .act("sendUrgentData(int)", "a byte", s -> s.sendUrgentData('!'))
                .act("sendUrgentData(int)", "after a close", s -> {
                    s.close();
                    s.sendUrgentData('!');
                });
    }

    /** A read that would wait for ever ends soon. */
    private static Socket impatient(Socket socket) throws SocketException {
        if (!socket.isClosed()) {
            socket.setSoTimeout(1);
        }
        return socket;
    }

    private static Object write(OutputStream out, int count) throws IOException {
        out.write(new byte[count]);
        return done();
    }

    private static Differential<Socket> withQuestions(Differential<Socket> it) {
        return it.call("getInetAddress()", Socket::getInetAddress).call("getPort()", Socket::getPort)
                .call("getLocalAddress()", Socket::getLocalAddress).call("getLocalPort()", Socket::getLocalPort)
                .call("getRemoteSocketAddress()", Socket::getRemoteSocketAddress)
                .call("getLocalSocketAddress()", Socket::getLocalSocketAddress)
                .call("getChannel()", Socket::getChannel).call("toString()", Socket::toString)
                .call("isBound()", Socket::isBound).call("isConnected()", Socket::isConnected)
                .call("isClosed()", Socket::isClosed).call("isInputShutdown()", Socket::isInputShutdown)
                .call("isOutputShutdown()", Socket::isOutputShutdown);
    }

    private static Differential<Socket> withOptions(Differential<Socket> it) {
        return it.call("getTcpNoDelay()", Socket::getTcpNoDelay)
                .call("setTcpNoDelay(boolean)", s -> {
                    s.setTcpNoDelay(true);
                    return s.getTcpNoDelay();
                })
                .call("getSoLinger()", Socket::getSoLinger)
                .call("setSoLinger(boolean,int)", "off", s -> linger(s, false, -5))
                .call("setSoLinger(boolean,int)", "0", s -> linger(s, true, 0))
                .call("setSoLinger(boolean,int)", "7", s -> linger(s, true, 7))
                .call("setSoLinger(boolean,int)", "too long", s -> linger(s, true, 100_000))
                .call("setSoLinger(boolean,int)", "negative", s -> linger(s, true, -1))
                .call("getOOBInline()", Socket::getOOBInline)
                .call("setOOBInline(boolean)", s -> {
                    s.setOOBInline(true);
                    return s.getOOBInline();
                })
                .call("getSoTimeout()", Socket::getSoTimeout)
                .call("setSoTimeout(int)", "5", s -> {
                    s.setSoTimeout(5);
                    return s.getSoTimeout();
                })
                .act("setSoTimeout(int)", "negative", s -> s.setSoTimeout(-1))
                .call("getSendBufferSize()", s -> s.getSendBufferSize() > 0)
                .call("setSendBufferSize(int)", "9000", s -> {
                    s.setSendBufferSize(9000);
                    return s.getSendBufferSize();
                })
                .act("setSendBufferSize(int)", "0", s -> s.setSendBufferSize(0))
                .call("getReceiveBufferSize()", s -> s.getReceiveBufferSize() > 0)
                .call("setReceiveBufferSize(int)", "9000", s -> {
                    s.setReceiveBufferSize(9000);
                    return s.getReceiveBufferSize();
                })
                .act("setReceiveBufferSize(int)", "negative", s -> s.setReceiveBufferSize(-1))
                .call("getKeepAlive()", Socket::getKeepAlive)
                .call("setKeepAlive(boolean)", s -> {
                    s.setKeepAlive(true);
                    return s.getKeepAlive();
                })
                .call("getTrafficClass()", Socket::getTrafficClass)
                .call("setTrafficClass(int)", "16", s -> {
                    s.setTrafficClass(16);
                    return s.getTrafficClass();
                })
                .act("setTrafficClass(int)", "256", s -> s.setTrafficClass(256))
                .act("setTrafficClass(int)", "negative", s -> s.setTrafficClass(-1))
                .call("getReuseAddress()", Socket::getReuseAddress)
                .call("setReuseAddress(boolean)", s -> {
                    s.setReuseAddress(true);
                    return s.getReuseAddress();
                })
                .act("setPerformancePreferences(int,int,int)", "any", s -> s.setPerformancePreferences(1, -2, 3))
                .call("supportedOptions()", Socket::supportedOptions)
                .call("setOption(SocketOption,Object)", "keep-alive", s -> {
                    Object same = s.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
                    return same == s && s.getKeepAlive();
                })
                .call("setOption(SocketOption,Object)", "keep-alive's times", s -> {
                    s.setOption(ExtendedSocketOptions.TCP_KEEPIDLE, 11).setOption(
                            ExtendedSocketOptions.TCP_KEEPINTERVAL, 12)
                            .setOption(ExtendedSocketOptions.TCP_KEEPCOUNT, 13);
                    return List.of(s.getOption(ExtendedSocketOptions.TCP_KEEPIDLE),
                            s.getOption(ExtendedSocketOptions.TCP_KEEPINTERVAL),
                            s.getOption(ExtendedSocketOptions.TCP_KEEPCOUNT));
                })
                .call("setOption(SocketOption,Object)", "unknown",
                        s -> s.setOption(StandardSocketOptions.IP_MULTICAST_LOOP, true))
                .call("setOption(SocketOption,Object)", "null", s -> s.setOption(nothing(), true))
                .call("setOption(SocketOption,Object)", "null value",
                        s -> s.setOption(StandardSocketOptions.SO_KEEPALIVE, nothing()))
                .call("setOption(SocketOption,Object)", "wrong value", s -> s.setOption(wrong(), "7"))
                .call("setOption(SocketOption,Object)", "negative buffer",
                        s -> s.setOption(StandardSocketOptions.SO_SNDBUF, -1))
                .call("setOption(SocketOption,Object)", "traffic class 300",
                        s -> s.setOption(StandardSocketOptions.IP_TOS, 300))
                .call("setOption(SocketOption,Object)", "linger -9", s -> {
                    s.setOption(StandardSocketOptions.SO_LINGER, 3);
                    s.setOption(StandardSocketOptions.SO_LINGER, -9);
                    return s.getSoLinger();
                })
                .call("getOption(SocketOption)", "each supported", s -> s.supportedOptions().stream()
                        .map(option -> described(s::getOption, option)).sorted().toList())
                .call("getOption(SocketOption)", "linger", s -> s.getOption(StandardSocketOptions.SO_LINGER))
                .call("getOption(SocketOption)", "unknown", s -> s.getOption(StandardSocketOptions.IP_MULTICAST_TTL))
                .call("getOption(SocketOption)", "null", s -> s.getOption(nothing()));
    }

    /** Asks a socket, or a listener. */
    private interface Options {
        @Nullable Object get(SocketOption<?> option) throws IOException;
    }

    /**
     * What the kernel changes of itself while a connection lives, so that two sockets with the same past differ: buffers grow (tcp(7), tcp_moderate_rcvbuf),
     * delayed acknowledgement comes and goes (tcp(7), TCP_QUICKACK), packets arrive through one queue or another (socket(7), SO_INCOMING_NAPI_ID).
     */
    private static final Set<String> UNSTEADY = Set.of("SO_SNDBUF", "SO_RCVBUF", "TCP_QUICKACK", "SO_INCOMING_NAPI_ID");

    private static String described(Options options, SocketOption<?> option) {
        try {
            Object value = options.get(option);
            if (value != null && UNSTEADY.contains(option.name())) {
                return option.name() + " is a " + value.getClass().getSimpleName();
            }
            return option.name() + "=" + value;
        } catch (IOException | RuntimeException e) {
            return option.name() + "=" + e;
        }
    }

    private static int linger(Socket socket, boolean on, int seconds) throws SocketException {
        socket.setSoLinger(on, seconds);
        return socket.getSoLinger();
    }

    @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"}) // what must not be given
    private static <T> T nothing() {
        return null;
    }

    @SuppressWarnings("unchecked") // what must not be given
    private static SocketOption<Object> wrong() {
        return (SocketOption<Object>) (SocketOption<?>) StandardSocketOptions.SO_RCVBUF;
    }

    private static Differential<Socket> withConnecting(Differential<Socket> it) {
        return it.act("connect(SocketAddress)", "nobody", s -> s.connect(NOBODY))
                .act("connect(SocketAddress)", "null", s -> s.connect(nothing()))
                .act("connect(SocketAddress)", "strange", s -> s.connect(STRANGE))
                .call("connect(SocketAddress)", "unresolved",
                        s -> each(() -> connect(s, InetSocketAddress.createUnresolved("no-such-host.invalid", 80)),
                                s::isClosed))
                .call("connect(SocketAddress)", "somebody", s -> {
                    try (var listener = new ServerSocket(0, 5, LOOPBACK)) {
                        s.connect(listener.getLocalSocketAddress());
                        return each(s::isConnected, s::isBound, () -> s.getPort() == listener.getLocalPort(),
                                s::getInetAddress, () -> connect(s, NOBODY), s::isClosed);
                    }
                })
                .act("connect(SocketAddress,int)", "negative", s -> s.connect(NOBODY, -1))
                .act("connect(SocketAddress,int)", "nobody", s -> s.connect(NOBODY, 5_000))
                .call("connect(SocketAddress,int)", "too late", s -> {
                    try (var listener = new ServerSocket(0, 1, LOOPBACK);
                            var _ = new Socket(LOOPBACK, listener.getLocalPort());
                            var _ = new Socket(LOOPBACK, listener.getLocalPort())) {
                        return each(() -> {
                            s.connect(listener.getLocalSocketAddress(), 2);
                            return done();
                        }, s::isClosed, s::isConnected).toString().replaceAll(":\\d+", "");
                    }
                })
                .act("bind(SocketAddress)", "a free port", s -> s.bind(ANY_PORT))
                .call("bind(SocketAddress)", "null", s -> {
                    s.bind(null);
                    return each(s::isBound, s::getLocalAddress, () -> s.getLocalPort() > 0);
                })
                .act("bind(SocketAddress)", "strange", s -> s.bind(STRANGE))
                .act("bind(SocketAddress)", "unresolved",
                        s -> s.bind(InetSocketAddress.createUnresolved("no-such-host.invalid", 80)))
                .call("bind(SocketAddress)", "not ours",
                        s -> each(() -> bind(s, new InetSocketAddress(InetAddress.ofLiteral("192.0.2.1"), 0)),
                                s::isBound, s::isClosed))
                .call("bind(SocketAddress)", "taken", s -> {
                    try (var listener = new ServerSocket(0, 1, LOOPBACK)) {
                        return each(() -> bind(s, listener.getLocalSocketAddress()), s::isBound, s::isClosed,
                                s::getLocalPort).toString().replaceAll(":\\d+", "");
                    }
                })
                .call("close()", s -> {
                    s.close();
                    return each(s::isClosed, s::isBound, s::isConnected, s::getPort, s::getLocalPort,
                            s::getInetAddress, s::getLocalAddress, s::getSoTimeout, s::supportedOptions);
                })
                .act("close()", "twice", s -> {
                    s.close();
                    s.close();
                })
                .leaveOut("setSocketImplFactory(SocketImplFactory)", "static, and once in a process");
    }

    private static Object connect(Socket socket, SocketAddress to) throws IOException {
        socket.connect(to);
        return done();
    }

    private static Object bind(Socket socket, SocketAddress at) throws IOException {
        socket.bind(at);
        return done();
    }

    private static final String TOO_LATE = "java.net.SocketTimeoutException";

    /** What differs, and why it is meant to. */
    private static Differential<Socket> withAllowances(Differential<Socket> it) {
        return it
                .allow(".*", "connect\\(.*", ".*(Connection refused|Connect timed out): /.*|.*\\[" + TOO_LATE + ",.*",
                        ".*(Connection refused|Connect timed out).*|.*\\[" + TOO_LATE + ",.*",
                        "ours says where to; and the JDK says nothing at all if a timeout has passed before it tries")
                .allow(".*", "bind\\(.*", ".*(Address already in use|Cannot assign requested address): /.*",
                        ".*(Address already in use|Cannot assign requested address).*", "ours says where")
                .allow("reset", "getOutputStream\\(\\) \\[(a byte|after the output was shut)]", ".*",
                        ".*Connection reset by peer.*",
                        "a reset has the same words whoever meets it; and a write after the output was shut is a broken pipe")
                .allow(".*", "sendUrgentData\\(int\\) .*", ".*SocketException: (Broken pipe|Connection reset).*",
                        ".*IOException: (Broken pipe|Connection reset by peer)",
                        "ours is a SocketException, which is an IOException");
    }

    @HubTest(seconds = 60)
    void aSocketDoesWhatTheJdksDoes() throws Exception {
        var it = new Differential<>(Socket.class);
        for (int i = 0; i < STAGES.names.size(); i++) {
            Stage stage = STAGES.values.get(i);
            it.state(STAGES.names.get(i), () -> stage.of(OURS), () -> stage.of(THEIRS));
        }
        it.allow(".*", "toString\\(\\)", "returns Green(.*)", "returns Socket.*", "it is a GreenSocket, and says so");
        int compared = withAllowances(withConnecting(withOptions(withQuestions(withStreams(it))))).run();
        System.out.println("compared " + compared + " uses of Socket");
    }

    @HubTest(seconds = 60)
    @Tag("both")
    void aPatchedSocketDoesWhatTheJdksDoes() throws Exception {
        var it = new Differential<>(Socket.class);
        for (int i = 0; i < STAGES.names.size(); i++) {
            Stage stage = STAGES.values.get(i);
            it.state(STAGES.names.get(i), () -> stage.of(PATCHED), () -> stage.of(THEIRS));
        }
        int compared = withAllowances(withConnecting(withOptions(withQuestions(withStreams(it))))).run();
        System.out.println("compared " + compared + " uses of Socket, patched");
    }

    @HubTest
    void aSocketThatIsConnectingDoesWhatTheJdksDoes() throws Exception {
        whileConnecting(OURS)
                .allow(".*", "toString\\(\\)", "returns Green(.*)", "returns Socket.*", "it is a GreenSocket")
                .runSome();
    }

    @HubTest
    @Tag("both")
    void aPatchedSocketThatIsConnectingDoesWhatTheJdksDoes() throws Exception {
        whileConnecting(PATCHED).runSome();
    }

    private static Differential<Socket> whileConnecting(Kind kind) {
        var it = new Differential<>(Socket.class)
                .state("connecting", () -> connecting(kind), () -> connecting(THEIRS));
        return withQuestions(it).call("getInputStream()", Socket::getInputStream).call("getOutputStream()",
                Socket::getOutputStream)
                .act("shutdownInput()", "", Socket::shutdownInput)
                .act("shutdownOutput()", "", Socket::shutdownOutput)
                .act("sendUrgentData(int)", "", s -> s.sendUrgentData(1))
                .act("close()", "", Socket::close);
    }

    @HubTest
    void aConnectThatIsClosedMeanwhileFailsAsTheJdksDoes() throws Exception {
        for (Kind kind : List.of(OURS, PATCHED, THEIRS)) {
            try (var listener = new ServerSocket(0, 1, LOOPBACK);
                    var _ = new Socket(LOOPBACK, listener.getLocalPort());
                    var _ = new Socket(LOOPBACK, listener.getLocalPort())) {
                var socket = kind.socket();
                var connect = Green.spawn(() -> connect(socket, listener.getLocalSocketAddress()));
                while (connect.thread().getState() != Thread.State.WAITING) {
                    Green.sleep();
                }
                socket.close();
                assertThatThrownBy(connect::await).isExactlyInstanceOf(SocketException.class)
                        .hasMessage("Socket closed");
                assertThat(socket.isConnected()).isFalse();
            }
        }
    }

    // ---- listeners

    /** How a listener is brought into a state. */
    private interface ListenerStage {
        Specimen<ServerSocket> of(Kind kind) throws Exception;
    }

    private static Specimen<ServerSocket> listening(Kind kind, InetSocketAddress at) throws IOException {
        var listener = kind.listener();
        listener.bind(at);
        return Specimen.of(listener).named(listener.getLocalPort(), "own port");
    }

    private static Specimen<ServerSocket> withPeer(Kind kind) throws IOException {
        Specimen<ServerSocket> specimen = listening(kind, ANY_PORT);
        var peer = new Socket(LOOPBACK, specimen.socket().getLocalPort());
        return specimen.with(peer).named(peer.getLocalPort(), "peer's port");
    }

    private static ListenerStage closed(ListenerStage before) {
        return kind -> {
            Specimen<ServerSocket> specimen = before.of(kind);
            specimen.socket().close();
            return specimen;
        };
    }

    private static final ListenerStage NEW = kind -> Specimen.of(kind.listener());

    private static final Stages<ListenerStage> LISTENER_STAGES = new Stages<ListenerStage>()
            .add("new", NEW)
            .add("listening", kind -> listening(kind, ANY_PORT))
            .add("listening everywhere", kind -> listening(kind, new InetSocketAddress(0)))
            .add("listening on IPv6", kind -> listening(kind, new InetSocketAddress(InetAddress.ofLiteral("::1"), 0)))
            .add("with a peer", SocketDifferentialTest::withPeer)
            .add("closed when new", closed(NEW))
            .add("closed when listening", closed(kind -> listening(kind, ANY_PORT)))
            .add("refused", kind -> {
                var listener = kind.listener();
                try (var other = new ServerSocket(0, 1, LOOPBACK)) {
                    assertThatThrownBy(() -> listener.bind(other.getLocalSocketAddress()))
                            .isInstanceOf(BindException.class);
                }
                return Specimen.of(listener);
            });

    private static Differential<ServerSocket> withListening(Differential<ServerSocket> it) {
        return it.call("accept()", s -> {
            if (!s.isClosed()) {
                s.setSoTimeout(1);
            }
            try (var connection = s.accept()) {
                return each(connection::getPort, connection::getLocalPort, connection::getInetAddress,
                        connection::getLocalAddress, connection::getSoTimeout, connection::isBound,
                        connection::isConnected, connection::getRemoteSocketAddress,
                        connection::getLocalSocketAddress, connection::getReuseAddress);
            }
        })
                .call("accept()", "after a close", s -> {
                    s.close();
                    return s.accept();
                })
                .call("bind(SocketAddress)", "a free port", s -> {
                    s.bind(ANY_PORT);
                    return each(s::isBound, () -> s.getLocalPort() > 0, s::getInetAddress);
                })
                .call("bind(SocketAddress)", "null", s -> {
                    s.bind(null);
                    return each(s::isBound, () -> s.getLocalPort() > 0, s::getInetAddress);
                })
                .act("bind(SocketAddress)", "strange", s -> s.bind(STRANGE))
                .act("bind(SocketAddress)", "unresolved",
                        s -> s.bind(InetSocketAddress.createUnresolved("no-such-host.invalid", 80)))
                .act("bind(SocketAddress,int)", "no backlog", s -> s.bind(ANY_PORT, 0))
                .act("bind(SocketAddress,int)", "negative backlog", s -> s.bind(ANY_PORT, -7))
                .call("bind(SocketAddress,int)", "not ours",
                        s -> each(() -> {
                            s.bind(new InetSocketAddress(InetAddress.ofLiteral("192.0.2.1"), 0), 5);
                            return done();
                        }, s::isBound, s::isClosed, s::getLocalPort))
                .call("bind(SocketAddress,int)", "taken, then free", s -> {
                    try (var other = new ServerSocket(0, 1, LOOPBACK)) {
                        return each(() -> {
                            s.bind(other.getLocalSocketAddress(), 5);
                            return done();
                        }, s::isBound, () -> {
                            s.bind(ANY_PORT, 5);
                            return s.isBound();
                        }).toString().replaceAll(":\\d+", "");
                    }
                })
                .call("close()", s -> {
                    s.close();
                    return each(s::isClosed, s::isBound, s::getLocalPort, s::getInetAddress,
                            s::getLocalSocketAddress, s::getSoTimeout);
                })
                .act("close()", "twice", s -> {
                    s.close();
                    s.close();
                });
    }

    private static Differential<ServerSocket> withListenerQuestions(Differential<ServerSocket> it) {
        return it.call("getInetAddress()", ServerSocket::getInetAddress)
                .call("getLocalPort()", ServerSocket::getLocalPort)
                .call("getLocalSocketAddress()", ServerSocket::getLocalSocketAddress)
                .call("getChannel()", ServerSocket::getChannel).call("isBound()", ServerSocket::isBound)
                .call("isClosed()", ServerSocket::isClosed).call("toString()", ServerSocket::toString)
                .call("getSoTimeout()", ServerSocket::getSoTimeout)
                .call("setSoTimeout(int)", "5", s -> {
                    s.setSoTimeout(5);
                    return s.getSoTimeout();
                })
                .act("setSoTimeout(int)", "negative", s -> s.setSoTimeout(-1))
                .call("getReuseAddress()", ServerSocket::getReuseAddress)
                .call("setReuseAddress(boolean)", s -> {
                    s.setReuseAddress(false);
                    return s.getReuseAddress();
                })
                .call("getReceiveBufferSize()", s -> s.getReceiveBufferSize() > 0)
                .call("setReceiveBufferSize(int)", "9000", s -> {
                    s.setReceiveBufferSize(9000);
                    return s.getReceiveBufferSize();
                })
                .act("setReceiveBufferSize(int)", "0", s -> s.setReceiveBufferSize(0))
                .act("setPerformancePreferences(int,int,int)", "any", s -> s.setPerformancePreferences(1, -2, 3))
                .call("supportedOptions()", ServerSocket::supportedOptions)
                .call("setOption(SocketOption,Object)", "reuse port",
                        s -> s.setOption(StandardSocketOptions.SO_REUSEPORT, true))
                .call("setOption(SocketOption,Object)", "unknown",
                        s -> s.setOption(StandardSocketOptions.TCP_NODELAY, true))
                .call("setOption(SocketOption,Object)", "null", s -> s.setOption(nothing(), true))
                .call("setOption(SocketOption,Object)", "null value",
                        s -> s.setOption(StandardSocketOptions.SO_REUSEADDR, nothing()))
                .call("setOption(SocketOption,Object)", "wrong value", s -> s.setOption(wrong(), "7"))
                .call("getOption(SocketOption)", "each supported", s -> s.supportedOptions().stream()
                        .map(option -> described(s::getOption, option)).sorted().toList())
                .call("getOption(SocketOption)", "unknown", s -> s.getOption(StandardSocketOptions.SO_LINGER))
                .call("getOption(SocketOption)", "null", s -> s.getOption(nothing()))
                .leaveOut("setSocketFactory(SocketImplFactory)", "static, and once in a process");
    }

    private static final String NO_TOS = "NIO's listeners have no IP_TOS; the JDK's have it and it does nothing to them";

    @HubTest(seconds = 60)
    void aListenerDoesWhatTheJdksDoes(HubProvider hub) throws Exception {
        compared(OURS, hub).allow(".*", "toString\\(\\)", "returns Green(.*)", "returns ServerSocket.*",
                "it is a GreenServerSocket, and says so").run();
    }

    @HubTest(seconds = 60)
    @Tag("both")
    void aPatchedListenerDoesWhatTheJdksDoes(HubProvider hub) throws Exception {
        compared(PATCHED, hub).run();
    }

    private static Differential<ServerSocket> compared(Kind kind, HubProvider hub) {
        var it = new Differential<>(ServerSocket.class);
        for (int i = 0; i < LISTENER_STAGES.names.size(); i++) {
            ListenerStage stage = LISTENER_STAGES.values.get(i);
            it.state(LISTENER_STAGES.names.get(i), () -> stage.of(kind), () -> stage.of(THEIRS));
        }
        withListenerQuestions(withListening(it))
                .allow(".*", "bind\\(.*", ".*(Address already in use|Cannot assign requested address): /.*",
                        ".*(Address already in use|Cannot assign requested address).*", "ours says where");
        if (hub.name().equals("nio")) {
            it.allow(".*", "supportedOptions\\(\\)", "returns \\[SO_INCOMING_NAPI_ID, SO_RCVBUF, .*",
                    "returns \\[IP_TOS, SO_INCOMING_NAPI_ID, SO_RCVBUF, .*", NO_TOS)
                    .allow(".*", "getOption\\(SocketOption\\) \\[each supported]",
                            "returns \\[SO_INCOMING_NAPI_ID[= ].*",
                            "returns \\[IP_TOS=[^,]*, SO_INCOMING_NAPI_ID[= ].*", NO_TOS);
        }
        return it;
    }

    // ---- constructors

    @HubTest
    void ourSocketsHaveTheConstructorsOfTheJdks() {
        assertThat(constructors(GreenSocket.class)).containsAll(constructors(Socket.class).stream()
                // Deprecated for removal: what they are for, they do not do.
                .filter(signature -> !signature.endsWith("int,boolean")).toList());
        assertThat(constructors(GreenServerSocket.class)).containsAll(constructors(ServerSocket.class));
    }

    private static Set<String> constructors(Class<?> type) {
        return Stream.of(type.getConstructors()).map(Constructor::getParameterTypes).map(types -> Stream.of(types)
                .map(Class::getSimpleName).collect(Collectors.joining(","))).collect(Collectors.toSet());
    }

    /** The constructors of ours, or of the JDK's. */
    private interface Constructors {
        Closeable socket(@Nullable String host, int port) throws IOException;

        Closeable socket(@Nullable InetAddress host, int port) throws IOException;

        Closeable socket(@Nullable String host, int port, @Nullable InetAddress local, int localPort)
                throws IOException;

        Closeable socket(@Nullable InetAddress host, int port, @Nullable InetAddress local, int localPort)
                throws IOException;

        Closeable socket(@Nullable Proxy proxy) throws IOException;

        ServerSocket listener(int port, int backlog, @Nullable InetAddress at) throws IOException;
    }

    private static final Constructors OUR_CONSTRUCTORS = new Constructors() {
        @Override
        public Closeable socket(@Nullable String host, int port) throws IOException {
            return new GreenSocket(host, port);
        }

        @Override
        public Closeable socket(@Nullable InetAddress host, int port) throws IOException {
            return new GreenSocket(or(host), port);
        }

        @Override
        public Closeable socket(@Nullable String host, int port, @Nullable InetAddress local, int localPort)
                throws IOException {
            return new GreenSocket(host, port, local, localPort);
        }

        @Override
        public Closeable socket(@Nullable InetAddress host, int port, @Nullable InetAddress local, int localPort)
                throws IOException {
            return new GreenSocket(or(host), port, local, localPort);
        }

        @Override
        public Closeable socket(@Nullable Proxy proxy) throws IOException {
            return new GreenSocket(or(proxy));
        }

        @Override
        public ServerSocket listener(int port, int backlog, @Nullable InetAddress at) throws IOException {
            return new GreenServerSocket(port, backlog, at);
        }
    };

    private static final Constructors THEIR_CONSTRUCTORS = new Constructors() {
        @Override
        public Closeable socket(@Nullable String host, int port) throws IOException {
            return new Socket(or(host), port);
        }

        @Override
        public Closeable socket(@Nullable InetAddress host, int port) throws IOException {
            return new Socket(or(host), port);
        }

        @Override
        public Closeable socket(@Nullable String host, int port, @Nullable InetAddress local, int localPort)
                throws IOException {
            return new Socket(or(host), port, or(local), localPort);
        }

        @Override
        public Closeable socket(@Nullable InetAddress host, int port, @Nullable InetAddress local, int localPort)
                throws IOException {
            return new Socket(or(host), port, or(local), localPort);
        }

        @Override
        public Closeable socket(@Nullable Proxy proxy) {
            return new Socket(or(proxy));
        }

        @Override
        public ServerSocket listener(int port, int backlog, @Nullable InetAddress at) throws IOException {
            return new ServerSocket(port, backlog, or(at));
        }
    };

    /** What may be null here, and is not said to be there. */
    @SuppressWarnings("NullAway")
    private static <T> T or(@Nullable T value) {
        return value;
    }

    /** One use of a constructor; tells what it made. */
    private interface Construction {
        Closeable with(Constructors constructors) throws IOException;
    }

    @HubTest
    void ourConstructorsDoWhatTheJdksDo() throws Exception {
        try (var listener = new ServerSocket(0, 50, LOOPBACK)) {
            int port = listener.getLocalPort();
            List<Construction> constructions = List.of(
                    c -> c.socket("127.0.0.1", port), c -> c.socket("localhost", port),
                    c -> c.socket((String) null, port), c -> c.socket(LOOPBACK, port),
                    c -> c.socket((InetAddress) null, port), c -> c.socket("127.0.0.1", -1),
                    c -> c.socket(LOOPBACK, 65_536), c -> c.socket("127.0.0.1", 1), c -> c.socket(LOOPBACK, 1),
                    c -> c.socket("no-such-host.invalid", port), c -> c.socket("127.0.0.1", port, LOOPBACK, 0),
                    c -> c.socket(LOOPBACK, port, null, 0), c -> c.socket(LOOPBACK, port, LOOPBACK, -1),
                    c -> c.socket(LOOPBACK, port, InetAddress.ofLiteral("192.0.2.1"), 0),
                    c -> c.socket((Proxy) null), c -> c.socket(Proxy.NO_PROXY),
                    c -> c.listener(0, 50, null), c -> c.listener(0, -1, LOOPBACK), c -> c.listener(-1, 5, LOOPBACK),
                    c -> c.listener(65_536, 5, null), c -> c.listener(port, 5, LOOPBACK));
            for (int i = 0; i < constructions.size(); i++) {
                assertThat(said(constructions.get(i), OUR_CONSTRUCTORS)).as("construction %d", i)
                        .isEqualTo(said(constructions.get(i), THEIR_CONSTRUCTORS));
            }
        }
    }

    /** Ours say where a failure was, and are named otherwise: that apart, and the ports, which are never the same. */
    private static String said(Construction construction, Constructors constructors) {
        String said;
        try (Closeable made = construction.with(constructors)) {
            said = made.toString();
        } catch (IOException | RuntimeException e) {
            said = e.getClass().getName() + ": " + e.getMessage();
        }
        return said.replaceAll("(refused|address|use): /[0-9.:]+", "$1").replaceAll("^Green", "")
                .replaceAll("localport=\\d+", "localport=?");
    }
}
