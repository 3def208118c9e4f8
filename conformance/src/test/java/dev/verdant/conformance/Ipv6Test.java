package dev.verdant.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.verdant.green.EventLoop;
import dev.verdant.green.Green;
import dev.verdant.green.net.GreenDatagramSocket;
import dev.verdant.green.net.GreenServerSocket;
import dev.verdant.green.net.GreenSocket;
import dev.verdant.hub.HubProvider;
import dev.verdant.hub.Hubs;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.opentest4j.TestAbortedException;

/** IPv6, alone and beside IPv4, with the JDK's sockets as the measure. */
@NotSimulated(NotSimulated.MACHINE)
class Ipv6Test {

    private static final InetAddress ANY = InetAddress.ofLiteral("::");
    private static final InetAddress ANY_4 = InetAddress.ofLiteral("0.0.0.0");
    private static final InetAddress LOOPBACK = InetAddress.ofLiteral("::1");
    private static final InetAddress LOOPBACK_4 = InetAddress.ofLiteral("127.0.0.1");

    /** An address of nobody's: RFC 3849. */
    private static final InetAddress FOREIGN = InetAddress.ofLiteral("2001:db8::1");

    /** Makes sockets of ours, or of the JDK's. */
    private enum Kind {
        OURS {
            @Override
            Socket socket() throws IOException {
                return new GreenSocket();
            }

            @Override
            ServerSocket listener() {
                return new GreenServerSocket();
            }

            @Override
            DatagramSocket datagram(InetAddress at) throws IOException {
                return new GreenDatagramSocket(new InetSocketAddress(at, 0));
            }
        },
        THEIRS {
            @Override
            Socket socket() {
                return new Socket();
            }

            @Override
            ServerSocket listener() throws IOException {
                return new ServerSocket();
            }

            @Override
            DatagramSocket datagram(InetAddress at) throws IOException {
                return new DatagramSocket(new InetSocketAddress(at, 0));
            }
        };

        abstract Socket socket() throws IOException;

        abstract ServerSocket listener() throws IOException;

        abstract DatagramSocket datagram(InetAddress at) throws IOException;

        final ServerSocket listener(InetAddress at) throws IOException {
            var listener = listener();
            boolean bound = false;
            try {
                listener.bind(new InetSocketAddress(at, 0));
                bound = true;
                return listener;
            } finally {
                if (!bound) {
                    listener.close();
                }
            }
        }
    }

    private static void requireIpv6() throws IOException {
        try {
            new ServerSocket(0, 1, LOOPBACK).close();
        } catch (SocketException e) {
            throw new TestAbortedException("this host speaks no IPv6: " + e.getMessage());
        }
    }

    /** An address with a scope, without which it means nothing. */
    private static Inet6Address linkLocal() throws IOException {
        requireIpv6();
        return NetworkInterface.networkInterfaces().filter(Ipv6Test::isUp).flatMap(NetworkInterface::inetAddresses)
                .filter(address -> address.isLinkLocalAddress() && address instanceof Inet6Address)
                .map(Inet6Address.class::cast).findFirst()
                .orElseThrow(() -> new TestAbortedException("no interface here has a link-local address"));
    }

    private static boolean isUp(NetworkInterface each) {
        try {
            return each.isUp();
        } catch (SocketException e) {
            return false;
        }
    }

    // ---- what is compared

    /** What both ends of a connection say of themselves, with names for the ports. */
    private static Map<String, String> conversation(Kind kind, InetAddress at, InetAddress to) throws IOException {
        try (var listener = kind.listener(at); var client = kind.socket()) {
            client.connect(new InetSocketAddress(to, listener.getLocalPort()));
            try (var server = listener.accept()) {
                server.getOutputStream().write('x');
                assertThat(client.getInputStream().read()).isEqualTo('x');
                var said = new LinkedHashMap<String, String>();
                said.put("listener", listener.getInetAddress() + " " + listener.getLocalSocketAddress() + " "
                        + listener.toString().replace("Green", ""));
                said.put("client", describe(client));
                said.put("server", describe(server));
                said.replaceAll((_, text) -> named(named(text, listener.getLocalPort(), "listener's port"),
                        client.getLocalPort(), "client's port"));
                return said;
            }
        }
    }

    private static String describe(Socket socket) {
        return String.join(" ", String.valueOf(socket.getInetAddress()),
                String.valueOf(socket.getRemoteSocketAddress()), String.valueOf(socket.getLocalAddress()),
                String.valueOf(socket.getLocalSocketAddress()), socket.toString().replace("Green", ""));
    }

    private static String named(String text, int port, String name) {
        return text.replaceAll("(?<!\\d)" + port + "(?!\\d)", "<" + name + ">");
    }

    private static void compareConversations(InetAddress at, InetAddress to) throws IOException {
        assertThat(conversation(Kind.OURS, at, to)).as("listening at %s, connecting to %s", at, to)
                .isEqualTo(conversation(Kind.THEIRS, at, to));
    }

    /** Something that fails. */
    private interface Attempt {
        void by(Kind kind) throws IOException;
    }

    private static IOException failure(Kind kind, Attempt attempt) {
        try {
            attempt.by(kind);
        } catch (IOException e) {
            return e;
        }
        throw new AssertionError("it did not fail");
    }

    /** Ours says in the same words why, and besides, where to. */
    private static void compareFailures(InetSocketAddress where, Attempt attempt) {
        var ours = failure(Kind.OURS, attempt);
        var theirs = failure(Kind.THEIRS, attempt);
        assertThat(ours.getClass()).isEqualTo(theirs.getClass());
        assertThat(ours.getMessage()).startsWith(theirs.getMessage())
                .endsWith(": " + where);
    }

    private static Attempt connect(InetSocketAddress to) {
        return kind -> {
            try (var socket = kind.socket()) {
                socket.connect(to);
            }
        };
    }

    private static int closedPort(InetAddress at) throws IOException {
        try (var listener = new ServerSocket(0, 1, at)) {
            return listener.getLocalPort();
        }
    }

    // ---- both families

    @HubTest
    void aListenerOnEveryAddressIsReachedByBothFamilies() throws Exception {
        requireIpv6();
        for (InetAddress any : List.of(ANY, ANY_4)) {
            for (InetAddress to : List.of(LOOPBACK, LOOPBACK_4)) {
                compareConversations(any, to);
            }
        }
    }

    @HubTest
    void aPeerThatComesByIpv4IsShownWithItsIpv4Address() throws Exception {
        requireIpv6();
        try (var listener = Kind.OURS.listener(ANY);
                var _ = new Socket(LOOPBACK_4, listener.getLocalPort());
                var server = listener.accept()) {
            assertThat(server.getInetAddress()).isInstanceOf(Inet4Address.class).isEqualTo(LOOPBACK_4);
            assertThat(server.getLocalAddress()).isInstanceOf(Inet4Address.class).isEqualTo(LOOPBACK_4);
            assertThat(server.getRemoteSocketAddress().toString()).isEqualTo("/127.0.0.1:" + server.getPort());
        }
    }

    @HubTest
    void datagramsOfBothFamiliesReachASocketOnEveryAddress() throws Exception {
        requireIpv6();
        for (Kind kind : Kind.values()) {
            var senders = new ArrayList<InetAddress>();
            try (var receiver = kind.datagram(ANY)) {
                receiver.setSoTimeout(10_000);
                for (InetAddress from : List.of(LOOPBACK, LOOPBACK_4)) {
                    try (var sender = kind.datagram(from)) {
                        sender.send(new DatagramPacket(new byte[1], 1, from, receiver.getLocalPort()));
                        var packet = new DatagramPacket(new byte[1], 1);
                        receiver.receive(packet);
                        assertThat(packet.getPort()).isEqualTo(sender.getLocalPort());
                        senders.add(packet.getAddress());
                    }
                }
            }
            assertThat(senders).as("%s", kind).containsExactly(LOOPBACK, LOOPBACK_4);
            assertThat(senders).as("%s", kind).extracting(InetAddress::toString)
                    .containsExactly("/0:0:0:0:0:0:0:1", "/127.0.0.1");
        }
    }

    // ---- one family

    @HubTest
    void aListenerOnOneFamilysLoopbackIsReachedByThatFamilyAlone() throws Exception {
        requireIpv6();
        compareConversations(LOOPBACK, LOOPBACK);
        compareConversations(LOOPBACK_4, LOOPBACK_4);
        for (InetAddress at : List.of(LOOPBACK, LOOPBACK_4)) {
            try (var listener = Kind.OURS.listener(at)) {
                var other = new InetSocketAddress(at == LOOPBACK ? LOOPBACK_4 : LOOPBACK, listener.getLocalPort());
                compareFailures(other, connect(other));
            }
        }
    }

    @HubTest
    void failuresNameTheAddressAndHaveTheWordsOfTheJdks() throws Exception {
        requireIpv6();
        var refused = new InetSocketAddress(LOOPBACK, closedPort(LOOPBACK));
        compareFailures(refused, connect(refused));
        var foreign = new InetSocketAddress(FOREIGN, 0);
        compareFailures(foreign, kind -> kind.listener(FOREIGN).close());
        compareFailures(foreign, kind -> {
            try (var socket = kind.socket()) {
                socket.bind(foreign);
            }
        });
    }

    // ---- scopes

    @HubTest
    void aLinkLocalAddressIsShownWithItsScopeByBothEnds() throws Exception {
        Inet6Address address = linkLocal();
        assertThat(address.getScopedInterface()).isNotNull();
        compareConversations(address, address);
        compareConversations(ANY, address);
        var said = conversation(Kind.OURS, ANY, address);
        assertThat(said.get("client")).contains("%" + address.getScopedInterface().getName());
        assertThat(said.get("server")).contains("%" + address.getScopeId());
    }

    @HubTest
    void aScopeMayBeGivenByItsNumber() throws Exception {
        Inet6Address address = linkLocal();
        compareConversations(address, Inet6Address.getByAddress(null, address.getAddress(), address.getScopeId()));
    }

    @HubTest
    void aRefusalByALinkLocalAddressNamesTheScope() throws Exception {
        Inet6Address address = linkLocal();
        var refused = new InetSocketAddress(address, closedPort(address));
        compareFailures(refused, connect(refused));
        assertThat(failure(Kind.OURS, connect(refused))).hasMessageContaining(address.getHostAddress())
                .hasMessageContaining("%" + address.getScopedInterface().getName());
    }

    @HubTest
    void datagramsFromALinkLocalAddressTellTheScope() throws Exception {
        Inet6Address address = linkLocal();
        for (Kind kind : Kind.values()) {
            try (var receiver = kind.datagram(ANY); var sender = kind.datagram(address)) {
                receiver.setSoTimeout(10_000);
                sender.send(new DatagramPacket(new byte[1], 1, address, receiver.getLocalPort()));
                var packet = new DatagramPacket(new byte[1], 1);
                receiver.receive(packet);
                assertThat(packet.getAddress()).as("%s", kind).isInstanceOfSatisfying(Inet6Address.class,
                        from -> assertThat(from.getScopeId()).isEqualTo(address.getScopeId()));
                sender.connect(address, receiver.getLocalPort());
                assertThat(sender.getRemoteSocketAddress()).as("%s", kind).hasToString(
                        new InetSocketAddress(address, receiver.getLocalPort()).toString());
            }
        }
    }

    // ---- no IPv6

    @Test
    @Timeout(value = 120, unit = TimeUnit.SECONDS)
    void withoutIpv6EverythingGoesByIpv4() throws Exception {
        for (HubProvider hub : Hubs.providers()) {
            if (hub.unusable().isEmpty()) {
                var lines = ChildJvm.of(Ipv6Test.class).hub(hub.name()).option("-Djava.net.preferIPv4Stack=true").run();
                assertThat(lines).as(hub.name()).containsExactly("served by " + hub.name(), "IPv6 refused");
            }
        }
    }

    /** The child, which has been told to use IPv4 alone. */
    public static void main(String[] args) throws Exception {
        Green.run(() -> {
            compareConversations(ANY_4, LOOPBACK_4);
            compareConversations(LOOPBACK_4, LOOPBACK_4);
            System.out.println("served by " + Objects.requireNonNull(EventLoop.current()).hubName());
            var six = new InetSocketAddress(LOOPBACK, 0);
            compareFailures(six, kind -> kind.listener(LOOPBACK).close());
            compareFailures(six, kind -> {
                try (var socket = kind.socket()) {
                    socket.bind(six);
                }
            });
            var remote = new InetSocketAddress(LOOPBACK, 1);
            compareFailures(remote, connect(remote));
            System.out.println("IPv6 refused");
        });
    }
}
