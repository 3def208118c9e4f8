package dev.verdant.testkit.sim;

import static dev.verdant.testkit.sim.Room.millis;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.green.spi.FaultPoint;
import dev.verdant.hub.ListenerChannel;
import dev.verdant.hub.Readiness;
import dev.verdant.hub.ResourceExhaustedException;
import dev.verdant.hub.SocketDomain;
import dev.verdant.hub.StreamChannel;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class MishapTest {

    /** Whatever these do, a stream's bytes arrive, each once, in their order; and nobody waits for news that never comes. */
    private static final Set<FaultPoint> HARMLESS = Set.of(Mishap.READ_SHORT, Mishap.WRITE_SHORT, Mishap.READ_BLOCKED,
            Mishap.WRITE_BLOCKED, Mishap.NEWS_SPURIOUS, Mishap.NEWS_LATE, Mishap.POLL_EARLY, Mishap.CONNECT_SLOW,
            Mishap.CONNECT_LOST, Mishap.BACKLOG_FULL, Mishap.END_LATE, Mishap.LATENCY_SPIKE);

    @Test
    void noMishapThatATransferSurvivesLosesAByteOrItsNews() throws Exception {
        Map<FaultPoint, Integer> struck = new HashMap<>();
        int seeds = Integer.getInteger("verdant.sim.seeds", 60);
        for (long seed = 1; seed <= seeds; seed++) {
            var random = new Random(seed);
            try (var room = new Room(seed)) {
                room.world.onStuck(() -> {
                    throw new AssertionError("news was lost");
                });
                if (random.nextBoolean()) {
                    room.world.links().latency(millis(random.nextInt(5)), millis(random.nextInt(5)));
                }
                if (random.nextInt(3) == 0) {
                    room.world.links().slices(1 + random.nextInt(500));
                }
                room.world.decide(new Dice(random, 0.03, struck));
                transfer(room, random, 20_000);
            } catch (Throwable e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
        assertThat(struck.keySet()).isEqualTo(HARMLESS);
    }

    /** As loops do: after a call that got nothing, no other before the news. */
    private static void transfer(Room room, Random random, int total) throws Exception {
        ListenerChannel listener = room.listen(room.b, 4);
        boolean[] news = {true, true, true};
        listener.register(_ -> news[0] = true);
        StreamChannel client = room.stream(room.a);
        boolean connected = client.connect(Room.reach(room.b, listener));
        client.register(_ -> news[1] = true);
        while (!connected) {
            awaitNews(room, news, 1);
            connected = client.finishConnect();
        }
        StreamChannel server = null;
        while (server == null) {
            awaitNews(room, news, 0);
            server = listener.accept();
        }
        room.own(server).register(_ -> news[2] = true);
        var sent = new byte[total];
        random.nextBytes(sent);
        var received = new byte[total + 1];
        int gone = 0;
        int got = 0;
        boolean canWrite = true;
        boolean shut = false;
        for (int count = 0; count >= 0;) {
            if (canWrite && gone < total) {
                int written = client.write(sent, gone, Math.min(total - gone, 1 + random.nextInt(3000)));
                gone += written;
                canWrite = written > 0;
                news[1] &= canWrite;
            } else if (gone == total && !shut) {
                client.shutdownOutput();
                shut = true;
            }
            news[2] = false;
            count = server.read(received, got, Math.min(received.length - got, 1 + random.nextInt(3000)));
            got += Math.max(count, 0);
            if (count == 0) {
                while (!news[2] && !(news[1] && gone < total) && !(canWrite && !shut)) {
                    room.hub.poll(-1);
                }
            }
            canWrite |= news[1];
        }
        assertThat(got).isEqualTo(total);
        assertThat(Arrays.equals(sent, 0, total, received, 0, total)).isTrue();
    }

    private static void awaitNews(Room room, boolean[] news, int which) {
        while (!news[which]) {
            room.hub.poll(-1);
        }
        news[which] = false;
    }

    // ---- one by one

    @Test
    void whatAlwaysStrikesIsSeen() throws Exception {
        try (var room = new Room(1)) {
            ListenerChannel listener = room.listen(room.b, 4);
            InetSocketAddress at = Room.reach(room.b, listener);
            room.world.decide(new Always(Mishap.OPEN_EXHAUSTED));
            assertThatThrownBy(() -> room.stream(room.a)).isInstanceOf(ResourceExhaustedException.class)
                    .hasMessage("Too many open files");
            room.world.decide(new Always(Mishap.CONNECT_REFUSED));
            StreamChannel refused = room.stream(room.a);
            assertThatThrownBy(() -> refused.connect(at)).isInstanceOf(ConnectException.class)
                    .hasMessageStartingWith("Connection refused");
            room.world.decide(new Always(Mishap.BIND_IN_USE));
            ListenerChannel other = room.own(room.hub.openListener(SocketDomain.INTERNET));
            assertThatThrownBy(() -> other.bind(new InetSocketAddress(0), 1)).isInstanceOf(BindException.class);
            room.world.decide(new Always(Mishap.NAME_UNKNOWN));
            assertThatThrownBy(() -> room.world.names().lookUp("a")).isInstanceOf(UnknownHostException.class);
            room.world.decide(new Always(Mishap.NAME_SLOW));
            assertThat(room.world.names().delayNanos("a")).isPositive();
            room.world.decide(null);
            assertThat(room.world.names().delayNanos("a")).isZero();
        }
    }

    @Test
    void anAcceptThatFindsNoDescriptorMayBeTriedAgain() throws Exception {
        try (var room = new Room(1)) {
            ListenerChannel listener = room.listen(room.b, 4);
            int[] news = {0};
            listener.register(ops -> news[0] += ops & Readiness.READ);
            assertThat(room.stream(room.a).connect(Room.reach(room.b, listener))).isTrue();
            room.hub.poll(0);
            room.world.decide(new Always(Mishap.ACCEPT_EXHAUSTED));
            assertThatThrownBy(listener::accept).isInstanceOf(ResourceExhaustedException.class);
            room.world.decide(null);
            room.hub.poll(0);
            assertThat(news[0]).isEqualTo(2);
            assertThat(room.own(Objects.requireNonNull(listener.accept())).isOpen()).isTrue();
        }
    }

    @Test
    void aConnectionThatDiesInTheBacklogIsPassedOver() throws Exception {
        try (var room = new Room(1)) {
            ListenerChannel listener = room.listen(room.b, 4);
            StreamChannel client = room.stream(room.a);
            assertThat(client.connect(Room.reach(room.b, listener))).isTrue();
            room.world.decide(new Always(Mishap.ACCEPT_ABORTED));
            assertThat(listener.accept()).isNull();
            assertReset(client);
        }
    }

    @Test
    void aConnectionBreaksInTheMiddle() throws Exception {
        try (var room = new Room(1)) {
            Room.Pair pair = room.connect();
            Room.write(pair.client(), "before");
            room.world.decide(new Always(Mishap.RESET));
            assertThatThrownBy(() -> Room.write(pair.client(), "x")).hasMessage("Connection reset");
            assertThat(Room.readNow(pair.server())).isEqualTo("before");
            assertReset(pair.server());
            assertReset(pair.client());
        }
    }

    @Test
    void aPeerThatDiesIsFoundOutByWhoWrites() throws Exception {
        try (var room = new Room(1)) {
            Room.Pair pair = room.connect();
            room.world.decide(new Always(Mishap.PEER_DIES));
            Room.write(pair.client(), "hello?");
            room.pass(Duration.ofMinutes(20));
            assertThat(Room.readNow(pair.server())).isEmpty();
            assertThatThrownBy(() -> Room.readNow(pair.client())).isInstanceOf(SocketException.class)
                    .hasMessage("Connection timed out");
        }
    }

    /** One that asks and vanishes before it hears of the answer keeps no place in the backlog. */
    @Test
    void whoNeverConfirmsKeepsNoPlace() throws Exception {
        try (var room = new Room(1)) {
            room.world.links().latency(millis(10));
            ListenerChannel listener = room.listen(room.b, 1);
            assertThat(room.stream(room.a).connect(Room.reach(room.b, listener))).isFalse();
            room.pass(millis(12));
            room.a.crash();
            room.pass(millis(100));
            room.a.restart();
            room.pass(millis(2000));
            StreamChannel second = room.stream(room.a);
            assertThat(second.connect(Room.reach(room.b, listener))).isFalse();
            room.pass(millis(30));
            assertThat(second.finishConnect()).isTrue();
        }
    }

    private static void assertReset(StreamChannel stream) {
        assertThatThrownBy(() -> Room.readNow(stream)).isInstanceOf(IOException.class).hasMessage("Connection reset");
    }

    /** Strikes by chance, and where it does no harm. */
    private record Dice(Random random, double probability, Map<FaultPoint, Integer> struck)
            implements
                FaultPoint.Faults {

        @Override
        public boolean strikes(FaultPoint point) {
            if (!HARMLESS.contains(point) || random.nextDouble() >= probability) {
                return false;
            }
            struck.merge(point, 1, Integer::sum);
            return true;
        }

        @Override
        public long draw(FaultPoint point, long bound) {
            return random.nextLong(bound);
        }
    }

    /** Strikes whenever one point is asked about. */
    private record Always(FaultPoint which) implements FaultPoint.Faults {

        @Override
        public boolean strikes(FaultPoint point) {
            return point == which;
        }

        @Override
        public long draw(FaultPoint point, long bound) {
            return bound - 1;
        }
    }
}
