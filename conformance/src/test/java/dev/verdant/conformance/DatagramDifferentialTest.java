package dev.verdant.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.verdant.conformance.Differential.Specimen;
import dev.verdant.green.net.GreenDatagramSocket;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.DatagramSocketImplFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Every public method of {@link DatagramSocket}, ours against the JDK's. */
@NotSimulated(NotSimulated.JDK_SOCKETS)
class DatagramDifferentialTest {

    private static final InetSocketAddress ANY = new InetSocketAddress("127.0.0.1", 0);
    private static final InetSocketAddress GROUP = new InetSocketAddress("239.255.77.78", 0);

    static {
        try {
            new DatagramSocket(ANY).close(); // The JDK's first socket of its kind opens something for good.
        } catch (SocketException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** What a call is given, which may depend on the socket and on one at the other end. */
    @FunctionalInterface
    private interface Arguments {
        @Nullable Object[] of(DatagramSocket socket, DatagramSocket peer) throws Exception;
    }

    /** The calls, collected by reflection, so that none can be named and another be made. */
    private static final class Calls {

        private final Differential<DatagramSocket> differential;

        Calls(Differential<DatagramSocket> differential) {
            this.differential = differential;
        }

        Calls call(String name, Class<?>[] types, @Nullable Object... arguments) {
            return callWith(name, types, Arrays.toString(arguments), (_, _) -> arguments);
        }

        Calls callWith(String name, Class<?>[] types, String variant, Arguments arguments) {
            try {
                Method method = DatagramSocket.class.getMethod(name, types);
                var signature = Stream.of(types).map(Class::getSimpleName).collect(Collectors.joining(",", "(", ")"));
                differential.call(name + signature, variant, socket -> outcome(socket, method, arguments));
                return this;
            } catch (NoSuchMethodException e) {
                throw new AssertionError(e);
            }
        }

        /** What the call says, what it has written into a packet, and what the socket says of itself afterwards. */
        private static String outcome(DatagramSocket socket, Method method, Arguments arguments) throws Exception {
            try (var peer = stranger(socket)) {
                @Nullable Object[] given = arguments.of(socket, peer);
                String said = invoke(socket, method, given) + contents(given) + ", then " + describe(socket);
                return named(named(said, socket.getLocalPort(), "own port"), peer.getLocalPort(), "other port");
            }
        }

        /** Not at the port of a peer that is gone, which the system may give out again. */
        private static DatagramSocket stranger(DatagramSocket socket) throws SocketException {
            var first = new DatagramSocket(ANY);
            if (first.getLocalPort() != socket.getPort()) {
                return first;
            }
            try (first) {
                return new DatagramSocket(ANY);
            }
        }

        private static String named(String text, int port, String name) {
            return port <= 0 ? text : text.replaceAll("(?<!\\d)" + port + "(?!\\d)", "<" + name + ">");
        }

        private static String invoke(DatagramSocket socket, Method method, @Nullable Object... arguments) {
            try {
                Object result = method.invoke(socket, arguments);
                return result == socket ? "itself" : text(result);
            } catch (InvocationTargetException e) {
                return thrown(Objects.requireNonNull(e.getCause()));
            } catch (IllegalAccessException e) {
                throw new AssertionError(e);
            }
        }

        /** The hubs say more than the JDK: which address it was. What the JVM says of a null is not ours to repeat. */
        private static String thrown(Throwable e) {
            if (e instanceof NullPointerException) {
                return "NullPointerException";
            }
            return e.getClass().getName() + ": "
                    + String.valueOf(e.getMessage()).replaceAll(": [^ ]*/[^ ]*:\\d+$", "");
        }

        private static String text(@Nullable Object value) {
            return value instanceof Set<?> options
                    ? new TreeSet<>(options.stream().map(String::valueOf).toList()).toString()
                    : String.valueOf(value);
        }

        private static String contents(@Nullable Object[] arguments) {
            return arguments.length == 1 && arguments[0] instanceof DatagramPacket packet
                    ? ", packet " + text(packet) + " of " + packet.getAddress() + " " + packet.getPort()
                    : "";
        }

        private static String text(DatagramPacket packet) {
            return new String(packet.getData(), packet.getOffset(), packet.getLength(), StandardCharsets.UTF_8);
        }

        private static String describe(DatagramSocket socket) {
            var said = new TreeSet<String>();
            for (Method method : DatagramSocket.class.getMethods()) {
                if (method.getParameterCount() == 0 && method.getDeclaringClass() == DatagramSocket.class
                        && method.getName().matches("(is|get).*")) {
                    said.add(method.getName() + "=" + invoke(socket, method));
                }
            }
            return said.toString();
        }
    }

    private static Class<?>[] types(Class<?>... types) {
        return types;
    }

    /** Brings a socket, ours or the JDK's, into a state. */
    @FunctionalInterface
    private interface Stage {
        Specimen<DatagramSocket> of(boolean ours) throws Exception;
    }

    private static void state(Differential<DatagramSocket> differential, String name, Stage stage) {
        differential.state(name, () -> stage.of(true), () -> stage.of(false));
    }

    private static DatagramSocket open(boolean ours, @Nullable SocketAddress at) throws IOException {
        var socket = ours ? new GreenDatagramSocket(at) : new DatagramSocket(at);
        socket.setSoTimeout(1);
        return socket;
    }

    private static Specimen<DatagramSocket> with(DatagramSocket socket, DatagramSocket peer) {
        return Specimen.of(socket).with(peer).named(peer.getLocalPort(), "peer's port");
    }

    private static Specimen<DatagramSocket> connected(boolean ours) throws IOException {
        var socket = open(ours, ANY);
        var peer = new DatagramSocket(ANY);
        socket.connect(peer.getLocalSocketAddress());
        return with(socket, peer);
    }

    private static Specimen<DatagramSocket> closed(Specimen<DatagramSocket> specimen) {
        specimen.socket().close();
        return specimen;
    }

    private static DatagramPacket packet(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return new DatagramPacket(bytes, bytes.length);
    }

    private static DatagramPacket packet(String text, SocketAddress to) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return new DatagramPacket(bytes, bytes.length, to);
    }

    private static Differential<DatagramSocket> states() {
        var differential = new Differential<>(DatagramSocket.class);
        state(differential, "unbound", ours -> Specimen.of(open(ours, null)));
        state(differential, "bound", ours -> Specimen.of(open(ours, ANY)));
        state(differential, "bound to every address", ours -> Specimen.of(open(ours, new InetSocketAddress(0))));
        state(differential, "bound, with a message waiting", ours -> {
            var socket = open(ours, ANY);
            var peer = new DatagramSocket(ANY);
            socket.setSoTimeout(10_000);
            peer.send(packet("hello", socket.getLocalSocketAddress()));
            return with(socket, peer);
        });
        state(differential, "connected", DatagramDifferentialTest::connected);
        state(differential, "connected, with a message waiting", ours -> {
            var socket = open(ours, ANY);
            var peer = new DatagramSocket(ANY);
            socket.setSoTimeout(10_000);
            socket.connect(peer.getLocalSocketAddress());
            peer.send(packet("hello", socket.getLocalSocketAddress()));
            return with(socket, peer);
        });
        state(differential, "connected, and the peer is gone", ours -> {
            var socket = open(ours, ANY);
            var peer = new DatagramSocket(ANY);
            int port = peer.getLocalPort();
            socket.setSoTimeout(10_000);
            socket.connect(peer.getLocalSocketAddress());
            peer.close();
            socket.send(packet("to nobody"));
            return Specimen.of(socket).named(port, "peer's port");
        });
        state(differential, "disconnected", ours -> {
            var specimen = connected(ours);
            specimen.socket().disconnect();
            return specimen;
        });
        state(differential, "member of a group", ours -> {
            var socket = open(ours, new InetSocketAddress(0));
            socket.joinGroup(GROUP, loopback());
            return Specimen.of(socket);
        });
        state(differential, "closed, unbound", ours -> closed(Specimen.of(open(ours, null))));
        state(differential, "closed, bound", ours -> closed(Specimen.of(open(ours, ANY))));
        state(differential, "closed, connected", ours -> closed(connected(ours)));
        return differential;
    }

    private static NetworkInterface loopback() throws SocketException {
        return NetworkInterface.getByInetAddress(InetAddress.getLoopbackAddress());
    }

    private static void getters(Calls calls) {
        for (String name : List.of("getChannel", "getInetAddress", "getPort", "getRemoteSocketAddress",
                "getLocalSocketAddress", "getLocalAddress", "getLocalPort", "getSoTimeout", "getSendBufferSize",
                "getReceiveBufferSize", "getReuseAddress", "getBroadcast", "getTrafficClass", "isBound", "isConnected",
                "isClosed", "supportedOptions", "close", "disconnect")) {
            calls.call(name, types());
        }
    }

    private static void setters(Calls calls) throws SocketException {
        for (String name : List.of("setSoTimeout", "setSendBufferSize", "setReceiveBufferSize", "setTrafficClass")) {
            for (int value : new int[]{-1, 0, 1, 8, 255, 256, 20_000}) {
                calls.call(name, types(int.class), value);
            }
        }
        for (String name : List.of("setReuseAddress", "setBroadcast")) {
            calls.call(name, types(boolean.class), true).call(name, types(boolean.class), false);
        }
        var get = types(SocketOption.class);
        var set = types(SocketOption.class, Object.class);
        for (SocketOption<?> option : options()) {
            calls.call("getOption", get, option).call("setOption", set, option, null)
                    .call("setOption", set, option, "a text");
            var values = option.type() == Boolean.class ? List.of(true, false) : List.of(-1, 0, 1, 100, 255, 256);
            if (option.type() == Boolean.class || option.type() == Integer.class) {
                values.forEach(value -> calls.call("setOption", set, option, value));
            }
        }
        calls.call("getOption", get, new Object[]{null}).call("setOption", set, null, 1)
                .call("setOption", set, StandardSocketOptions.IP_MULTICAST_IF, loopback());
    }

    /** What the JDK supports here, and two that no datagram socket has. */
    private static List<SocketOption<?>> options() throws SocketException {
        try (var jdk = new DatagramSocket()) {
            var options = new ArrayList<SocketOption<?>>(jdk.supportedOptions());
            options.add(StandardSocketOptions.TCP_NODELAY);
            options.add(StandardSocketOptions.SO_LINGER);
            return options;
        }
    }

    private static void addresses(Calls calls) {
        var unresolved = InetSocketAddress.createUnresolved("nowhere.invalid", 1);
        var unix = UnixDomainSocketAddress.of("/nowhere");
        for (String name : List.of("bind", "connect")) {
            for (SocketAddress address : new @Nullable SocketAddress[]{null, unresolved, unix}) {
                calls.call(name, types(SocketAddress.class), address);
            }
        }
        calls.callWith("bind", types(SocketAddress.class), "in use",
                (_, peer) -> new Object[]{peer.getLocalSocketAddress()})
                .callWith("connect", types(SocketAddress.class), "a peer",
                        (_, peer) -> new Object[]{peer.getLocalSocketAddress()})
                .call("connect", types(SocketAddress.class), new InetSocketAddress("127.0.0.1", 0))
                .callWith("connect", types(InetAddress.class, int.class), "a peer",
                        (_, peer) -> new Object[]{InetAddress.getLoopbackAddress(), peer.getLocalPort()})
                .call("connect", types(InetAddress.class, int.class), null, 1)
                .call("connect", types(InetAddress.class, int.class), InetAddress.getLoopbackAddress(), 0)
                .call("connect", types(InetAddress.class, int.class), InetAddress.getLoopbackAddress(), -1)
                .call("connect", types(InetAddress.class, int.class), InetAddress.getLoopbackAddress(), 70_000);
    }

    private static void messages(Calls calls) {
        var type = types(DatagramPacket.class);
        calls.callWith("send", type, "to nobody in particular", (_, _) -> new Object[]{packet("x")})
                .callWith("send", type, "to somebody",
                        (_, peer) -> new Object[]{packet("x", peer.getLocalSocketAddress())})
                .callWith("send", type, "to port 0",
                        (_, _) -> new Object[]{packet("x", new InetSocketAddress("127.0.0.1", 0))})
                .callWith("send", type, "nothing to somebody",
                        (_, peer) -> new Object[]{packet("", peer.getLocalSocketAddress())})
                .callWith("send", type, "too much to somebody",
                        (_, peer) -> new Object[]{packet("x".repeat(70_000), peer.getLocalSocketAddress())})
                .callWith("send", type, "to the peer", (socket, _) -> {
                    var to = socket.getRemoteSocketAddress();
                    return new Object[]{to == null ? packet("x") : packet("x", to)};
                })
                .callWith("send", type, "null", (_, _) -> new Object[]{null})
                .callWith("receive", type, "all of it", (_, _) -> new Object[]{new DatagramPacket(new byte[20], 20)})
                .callWith("receive", type, "a part", (_, _) -> new Object[]{new DatagramPacket(new byte[20], 10, 2)})
                .callWith("receive", type, "nothing of it", (_, _) -> new Object[]{new DatagramPacket(new byte[0], 0)})
                .callWith("receive", type, "null", (_, _) -> new Object[]{null});
    }

    private static void groups(Calls calls) throws IOException {
        var type = types(SocketAddress.class, NetworkInterface.class);
        for (String name : List.of("joinGroup", "leaveGroup")) {
            for (SocketAddress group : new @Nullable SocketAddress[]{null, GROUP, ANY,
                    UnixDomainSocketAddress.of("/nowhere"), InetSocketAddress.createUnresolved("nowhere.invalid", 1)}) {
                calls.call(name, type, group, loopback());
            }
            calls.call(name, type, null, null);
        }
        calls.call("setDatagramSocketImplFactory", types(DatagramSocketImplFactory.class), new Object[]{null});
    }

    @HubTest(seconds = 60)
    void everyPublicMethodDoesInEveryStateWhatTheJdksDoes() throws Exception {
        var differential = states();
        var calls = new Calls(differential);
        getters(calls);
        setters(calls);
        addresses(calls);
        messages(calls);
        groups(calls);
        assertThat(differential.run()).isGreaterThan(1_000);
    }

    @HubTest
    void constructorsFailAsTheJdksDo() throws Exception {
        try (var taken = new DatagramSocket(ANY)) {
            for (SocketAddress at : List.of(taken.getLocalSocketAddress(),
                    InetSocketAddress.createUnresolved("nowhere.invalid", 1), new InetSocketAddress("192.0.2.1", 0))) {
                var theirs = failure(() -> new DatagramSocket(at));
                var ours = failure(() -> new GreenDatagramSocket(at));
                assertThat(ours.getClass()).isEqualTo(theirs.getClass());
                assertThat(ours.getMessage()).startsWith(theirs.getMessage());
            }
            assertThat(failure(() -> new GreenDatagramSocket(-1)))
                    .hasMessage(failure(() -> new DatagramSocket(-1)).getMessage())
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @FunctionalInterface
    private interface Opening {
        DatagramSocket open() throws Exception;
    }

    private static Exception failure(Opening opening) {
        try (var socket = opening.open()) {
            throw new AssertionError("opened: " + socket);
        } catch (Exception e) {
            return e;
        }
    }
}
