package dev.verdant.testkit.sim;

import static dev.verdant.testkit.sim.Room.millis;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.hub.ListenerChannel;
import dev.verdant.hub.NameService;
import dev.verdant.hub.SocketDomain;
import dev.verdant.hub.StreamChannel;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class HostTest {

    private final Room room = new Room(3);
    private final World world = room.world;

    @AfterEach
    void close() {
        room.close();
    }

    // ---- names and addresses

    @Test
    void hostsHaveAddressesInTheirOrder() {
        assertThat(room.a.address().getHostAddress()).isEqualTo("10.0.0.1");
        assertThat(room.b.address().getHostAddress()).isEqualTo("10.0.0.2");
        assertThat(world.host("a")).isSameAs(room.a);
        assertThat(world.here().name()).isEqualTo("localhost");
        assertThatThrownBy(() -> world.host(" ")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void whoIsStartedOnAHostIsOnIt() throws Exception {
        List<SimHost> seen = new ArrayList<>();
        room.a.call(() -> {
            Thread child = Thread.startVirtualThread(() -> seen.add(world.here()));
            child.join();
            room.b.run(() -> seen.add(world.here()));
            seen.add(world.here());
            return true;
        });
        seen.add(world.here());
        assertThat(seen).containsExactly(room.a, room.b, room.a, world.host("localhost"));
    }

    @Test
    void namesAreKnownUnlessTheyAreToFail() throws Exception {
        NameService names = room.hub.names().orElseThrow();
        assertThat(names.lookUp("a")).containsExactly(room.a.address());
        assertThat(names.lookUp("localhost")).containsExactly(InetAddress.ofLiteral("127.0.0.1"));
        assertThatThrownBy(() -> names.lookUp("c")).isInstanceOf(UnknownHostException.class)
                .hasMessage("c: Name or service not known");
        world.names().forget("a");
        world.names().delay("b", millis(300));
        assertThatThrownBy(() -> names.lookUp("a")).isInstanceOf(UnknownHostException.class);
        assertThat(names.delayNanos("b")).isEqualTo(300 * Room.MILLI);
        world.names().heal();
        assertThat(names.lookUp("a")).containsExactly(room.a.address());
        assertThat(names.delayNanos("b")).isZero();
    }

    @Test
    void portsPathsAndLoopbacksAreEachHostsOwn() throws Exception {
        for (SimHost host : List.of(room.a, room.b)) {
            host.call(() -> {
                ListenerChannel tcp = room.own(room.hub.openListener(SocketDomain.INTERNET));
                tcp.bind(new InetSocketAddress(SimHost.LOOPBACK, 80), 1);
                ListenerChannel unix = room.own(room.hub.openListener(SocketDomain.UNIX));
                unix.bind(UnixDomainSocketAddress.of("/run/s"), 1);
                return true;
            });
        }
        StreamChannel client = room.stream(room.a);
        assertThatThrownBy(() -> client.connect(new InetSocketAddress(room.b.address(), 80)))
                .hasMessageContaining("Connection refused"); // It listens on its loopback alone.
        assertThat(room.stream(room.a).connect(new InetSocketAddress(SimHost.LOOPBACK, 80))).isTrue();
    }

    @Test
    void anAddressOfAnotherHostCannotBeBound() throws Exception {
        StreamChannel client = room.stream(room.a);
        assertThatThrownBy(() -> client.bind(new InetSocketAddress(room.b.address(), 0)))
                .isInstanceOf(BindException.class).hasMessageStartingWith("Cannot assign requested address");
        client.bind(new InetSocketAddress(room.a.address(), 0));
    }

    @Test
    void aPathIsFreeAtTheClose() throws Exception {
        var path = UnixDomainSocketAddress.of("/run/s");
        for (int i = 0; i < 3; i++) {
            ListenerChannel listener = room.own(room.hub.openListener(SocketDomain.UNIX));
            listener.bind(path, 1);
            ListenerChannel second = room.own(room.hub.openListener(SocketDomain.UNIX));
            assertThatThrownBy(() -> second.bind(path, 1)).isInstanceOf(BindException.class)
                    .hasMessage("Address already in use: /run/s");
            listener.close();
        }
    }

    // ---- crashes

    @Test
    void theOneWhoSendsToACrashedHostHearsNothingUntilItIsUpAgain() throws Exception {
        Room.Pair pair = room.connect();
        room.b.crash();
        room.pass(Duration.ofMinutes(1));
        assertThat(Room.readNow(pair.client())).isEmpty();
        Room.write(pair.client(), "hello?");
        room.pass(Duration.ofMinutes(1));
        assertThat(Room.readNow(pair.client())).isEmpty();
        room.b.restart();
        room.pass(Duration.ofMinutes(2));
        assertThatThrownBy(() -> Room.readNow(pair.client())).isInstanceOf(SocketException.class)
                .hasMessage("Connection reset");
    }

    @Test
    void theOneWhoSendsToACrashedHostGivesUpInTheEnd() throws Exception {
        Room.Pair pair = room.connect();
        room.b.crash();
        Room.write(pair.client(), "hello?");
        room.pass(Duration.ofMinutes(10));
        assertThat(Room.readNow(pair.client())).isEmpty();
        room.pass(Duration.ofMinutes(10));
        assertThatThrownBy(() -> Room.readNow(pair.client())).isInstanceOf(SocketException.class)
                .hasMessage("Connection timed out");
    }

    @Test
    void aHostThatIsUpAgainResetsOldConnections() throws Exception {
        Room.Pair pair = room.connect();
        room.b.crash();
        room.b.restart();
        Room.write(pair.client(), "hello?");
        assertThatThrownBy(() -> Room.readNow(pair.client())).isInstanceOf(SocketException.class)
                .hasMessage("Connection reset");
    }

    @Test
    void aCrashSaysNothingToThePeer() throws Exception {
        Room.Pair pair = room.connect();
        room.a.crash();
        room.pass(Duration.ofHours(1));
        assertThat(Room.readNow(pair.server())).isEmpty();
        assertThatThrownBy(() -> Room.readNow(pair.client())).isInstanceOf(SocketException.class)
                .hasMessage("Host crashed: a/10.0.0.1");
        pair.client().close();
        assertThat(Room.readNow(pair.server())).isEmpty();
    }

    @Test
    void aCrashFreesPortsAndRefusesNobodyUntilTheRestart() throws Exception {
        ListenerChannel listener = room.listen(room.b, 5);
        InetSocketAddress at = Room.reach(room.b, listener);
        room.b.crash();
        assertThat(room.b.isDown()).isTrue();
        assertThatThrownBy(() -> room.stream(room.b)).isInstanceOf(SocketException.class);
        StreamChannel client = room.stream(room.a);
        assertThat(client.connect(at)).isFalse();
        room.pass(millis(500));
        assertThat(client.finishConnect()).isFalse();
        room.b.restart();
        assertThatThrownBy(() -> room.stream(room.a).connect(at)).hasMessageContaining("Connection refused");
        ListenerChannel again = room.own(room.b.call(() -> room.hub.openListener(SocketDomain.INTERNET)));
        again.bind(at, 5);
        room.pass(millis(500));
        assertThat(client.finishConnect()).isTrue();
    }
}
