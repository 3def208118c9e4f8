package dev.verdant.testkit.sim;

import static dev.verdant.testkit.sim.Room.MILLI;
import static dev.verdant.testkit.sim.Room.millis;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.hub.DatagramChannel;
import dev.verdant.hub.ListenerChannel;
import dev.verdant.hub.StreamChannel;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.StandardSocketOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LinkTest {

    private final Room room = new Room(7);
    private final World world = room.world;
    private final SimLink there = world.link(room.a, room.b);
    private final SimLink back = world.link(room.b, room.a);

    @AfterEach
    void close() {
        room.close();
    }

    // ---- how long things take

    @Test
    void aConnectTakesARoundTrip() throws Exception {
        there.latency(millis(30));
        back.latency(millis(20));
        ListenerChannel listener = room.listen(room.b, 1);
        StreamChannel client = room.stream(room.a);
        assertThat(client.connect(Room.reach(room.b, listener))).isFalse();
        room.pass(millis(49));
        assertThat(client.finishConnect()).isFalse();
        assertThat(listener.accept()).isNull();
        room.pass(millis(1));
        assertThat(client.finishConnect()).isTrue();
        assertThat(listener.accept()).isNull();
        room.pass(millis(30));
        assertThat(room.own(Objects.requireNonNull(listener.accept())).isOpen()).isTrue();
    }

    @Test
    void whoAsksAgainBecauseTheAnswerTakesLongIsConnectedOnce() throws Exception {
        there.latency(millis(10));
        back.latency(millis(1500)); // Longer than the caller waits before it asks again.
        ListenerChannel listener = room.listen(room.b, 5);
        StreamChannel client = room.stream(room.a);
        assertThat(client.connect(Room.reach(room.b, listener))).isFalse();
        room.until(client::finishConnect);
        room.pass(Duration.ofSeconds(10));
        assertThat(room.own(Objects.requireNonNull(listener.accept())).remoteAddress())
                .isEqualTo(client.localAddress());
        assertThat(listener.accept()).isNull();
        assertThat(room.b.openChannels()).isEqualTo(2);
    }

    @Test
    void whoFindsTheBacklogFullIsConnectedWhenItAsksAgain() throws Exception {
        ListenerChannel listener = room.listen(room.b, 2);
        var clients = new ArrayList<StreamChannel>();
        for (int i = 0; i < 3; i++) {
            clients.add(room.stream(room.a));
            assertThat(clients.getLast().connect(Room.reach(room.b, listener))).isEqualTo(i < 2);
        }
        room.pass(Duration.ofSeconds(2)); // Has asked after one second, and asks after three.
        assertThat(clients.getLast().finishConnect()).isFalse();
        assertThat(room.own(Objects.requireNonNull(listener.accept())).isOpen()).isTrue();
        room.pass(millis(999));
        assertThat(clients.getLast().finishConnect()).isFalse();
        room.pass(millis(1));
        assertThat(clients.getLast().finishConnect()).isTrue();
    }

    @Test
    void aRefusalTakesARoundTrip() throws Exception {
        world.links().latency(millis(10));
        StreamChannel client = room.stream(room.a);
        assertThat(client.connect(new InetSocketAddress(room.b.address(), 80))).isFalse();
        room.pass(millis(19));
        assertThat(client.finishConnect()).isFalse();
        room.pass(millis(1));
        assertThatThrownBy(client::finishConnect).isInstanceOf(ConnectException.class)
                .hasMessage("Connection refused: /10.0.0.2:80");
    }

    @Test
    void whatIsSentOverALinkThatHasBecomeFastArrivesAfterWhatWasSentBefore() throws Exception {
        Room.Pair pair = room.connect();
        there.latency(millis(10));
        Room.write(pair.client(), "first");
        there.latency(Duration.ZERO);
        Room.write(pair.client(), "second");
        pair.client().shutdownOutput();
        room.pass(millis(9));
        assertThat(Room.readNow(pair.server())).isEmpty();
        room.pass(millis(1));
        assertThat(Room.readNow(pair.server())).isEqualTo("firstsecond");
        assertThat(Room.readNow(pair.server())).isEqualTo("END");
    }

    @Test
    void bytesTakeTheLatencyAndTheJitterAndKeepTheirOrder() throws Exception {
        Room.Pair pair = room.connect();
        there.latency(millis(10), millis(10));
        long start = world.nanoTime();
        var sent = new StringBuilder();
        for (int i = 0; i < 50; i++) {
            Room.write(pair.client(), "line " + i + "\n");
            sent.append("line ").append(i).append('\n');
        }
        room.pass(millis(9));
        assertThat(Room.readNow(pair.server())).isEmpty();
        assertThat(room.read(pair.server(), sent.length())).isEqualTo(sent.toString());
        assertThat(world.nanoTime() - start).isBetween(10 * MILLI, 21 * MILLI);
    }

    @Test
    void bandwidthIsShared() throws Exception {
        Room.Pair one = room.connect();
        Room.Pair other = room.connect();
        there.bandwidth(10_000);
        Room.write(one.client(), "x".repeat(1000));
        Room.write(other.client(), "y".repeat(1000));
        room.pass(millis(99));
        assertThat(Room.readNow(one.server())).isEmpty();
        room.pass(millis(1));
        assertThat(Room.readNow(one.server())).hasSize(1000);
        assertThat(Room.readNow(other.server())).isEmpty();
        room.pass(millis(100));
        assertThat(Room.readNow(other.server())).hasSize(1000);
    }

    @Test
    void theLoopbackTakesNoTimeWhateverTheLinksDo() throws Exception {
        world.links().latency(millis(10));
        ListenerChannel listener = room.listen(room.a, 1);
        StreamChannel client = room.stream(room.a);
        assertThat(client.connect(new InetSocketAddress(room.a.address(), port(listener)))).isTrue();
        world.link(room.a, room.a).latency(millis(1));
        StreamChannel slow = room.stream(room.a);
        assertThat(room.own(Objects.requireNonNull(listener.accept())).isOpen()).isTrue();
        assertThat(slow.connect(new InetSocketAddress(SimHost.LOOPBACK, port(listener)))).isFalse();
    }

    private static int port(ListenerChannel listener) throws IOException {
        return ((InetSocketAddress) Objects.requireNonNull(listener.localAddress())).getPort();
    }

    @Test
    void aWriteIsCutIntoPiecesThatAreNewsEach() throws Exception {
        Room.Pair pair = room.connect();
        there.slices(3);
        int[] news = Room.Pair.countNews(pair.server());
        Room.write(pair.client(), "abcdefghijkl");
        List<String> pieces = new ArrayList<>();
        room.until(() -> {
            String piece = Room.readNow(pair.server());
            if (!piece.isEmpty()) {
                pieces.add(piece);
            }
            return String.join("", pieces).length() == 12;
        });
        assertThat(String.join("", pieces)).isEqualTo("abcdefghijkl");
        assertThat(pieces).hasSizeGreaterThanOrEqualTo(4).allSatisfy(piece -> assertThat(piece).hasSizeLessThan(4));
        assertThat(news[0]).isEqualTo(pieces.size());
    }

    @Test
    void newsOfRoomTakesTheWayBack() throws Exception {
        Room.Pair pair = room.connect();
        back.latency(millis(40));
        int[] calls = {0};
        var zeros = new byte[100_000];
        pair.client().register(_ -> calls[0]++);
        while (pair.client().write(zeros, 0, zeros.length) > 0) {
            // Until it is full.
        }
        room.pass(millis(1));
        calls[0] = 0;
        while (pair.server().read(zeros, 0, zeros.length) > 0) {
            // Until it is empty.
        }
        room.pass(millis(39));
        assertThat(calls[0]).isZero();
        room.pass(millis(1));
        assertThat(calls[0]).isEqualTo(1);
    }

    @Test
    void theEndComesBehindTheBytes() throws Exception {
        Room.Pair pair = room.connect();
        there.latency(millis(10), millis(20));
        Room.write(pair.client(), "last words");
        pair.client().close();
        assertThat(room.read(pair.server(), 10)).isEqualTo("last words");
        room.until(() -> Room.readNow(pair.server()).equals("END"));
    }

    @Test
    void aResetTakesTheWay() throws Exception {
        Room.Pair pair = room.connect();
        there.latency(millis(10));
        pair.client().setOption(StandardSocketOptions.SO_LINGER, 0);
        pair.client().close();
        room.pass(millis(9));
        assertThat(Room.readNow(pair.server())).isEmpty();
        room.pass(millis(1));
        assertThatThrownBy(() -> Room.readNow(pair.server())).isInstanceOf(SocketException.class)
                .hasMessage("Connection reset");
    }

    // ---- what is kept, cut and broken

    @Test
    void whatIsHeldComesLaterInItsOrder() throws Exception {
        Room.Pair pair = room.connect();
        DatagramChannel sender = room.datagram(room.a);
        DatagramChannel receiver = room.datagram(room.b);
        there.hold();
        Room.write(pair.client(), "one ");
        Room.write(pair.client(), "two");
        pair.client().shutdownOutput();
        for (int i = 1; i <= 5; i++) {
            room.send(sender, Room.reach(room.b, receiver), i);
        }
        room.pass(Duration.ofHours(1));
        assertThat(Room.readNow(pair.server())).isEmpty();
        assertThat(Room.receiveNow(receiver)).isEmpty();
        there.release();
        room.pass(millis(1));
        assertThat(Room.readNow(pair.server())).isEqualTo("one two");
        assertThat(Room.readNow(pair.server())).isEqualTo("END");
        assertThat(Room.receiveNow(receiver)).containsExactly(1, 2, 3, 4, 5);
    }

    @Test
    void aPartitionKeepsStreamsAndLosesDatagrams() throws Exception {
        Room.Pair pair = room.connect();
        DatagramChannel sender = room.datagram(room.a);
        DatagramChannel receiver = room.datagram(room.b);
        world.partition(List.of(room.a), List.of(room.b));
        Room.write(pair.client(), "east");
        Room.write(pair.server(), "west");
        room.send(sender, Room.reach(room.b, receiver), 1);
        room.pass(Duration.ofHours(10));
        assertThat(Room.readNow(pair.server())).isEmpty();
        world.heal();
        room.pass(millis(1));
        assertThat(Room.readNow(pair.server())).isEqualTo("east");
        assertThat(Room.readNow(pair.client())).isEqualTo("west");
        assertThat(Room.receiveNow(receiver)).isEmpty();
    }

    @Test
    void aConnectIntoAPartitionIsTriedAgainAndTimesOut() throws Exception {
        ListenerChannel listener = room.listen(room.b, 5);
        there.partition();
        StreamChannel lucky = room.stream(room.a);
        assertThat(lucky.connect(Room.reach(room.b, listener))).isFalse();
        room.pass(millis(2500));
        there.heal();
        room.pass(millis(499));
        assertThat(lucky.finishConnect()).isFalse();
        room.pass(millis(1));
        assertThat(lucky.finishConnect()).isTrue();

        there.partition();
        StreamChannel unlucky = room.stream(room.a);
        assertThat(unlucky.connect(Room.reach(room.b, listener))).isFalse();
        room.pass(Duration.ofSeconds(126));
        assertThat(unlucky.finishConnect()).isFalse();
        room.pass(Duration.ofSeconds(1));
        assertThatThrownBy(unlucky::finishConnect).isInstanceOf(ConnectException.class)
                .hasMessageStartingWith("Connection timed out: /10.0.0.2:");
    }

    @Test
    void nobodyAnswersAtAnAddressThatNobodyHas() throws Exception {
        StreamChannel client = room.stream(room.a);
        assertThat(client.connect(new InetSocketAddress(InetAddress.ofLiteral("192.0.2.1"), 80))).isFalse();
        room.pass(Duration.ofSeconds(127));
        assertThatThrownBy(client::finishConnect).isInstanceOf(ConnectException.class)
                .hasMessage("Connection timed out: /192.0.2.1:80");
    }

    @Test
    void whoHasReadUpToTheEndIsToldOfThatWhenTheConnectionBreaksThereafter() throws Exception {
        Room.Pair pair = room.connect();
        pair.client().shutdownOutput();
        room.pass(millis(1));
        assertThat(Room.readNow(pair.server())).isEqualTo("END");
        there.reset();
        room.pass(millis(1));
        assertThat(Room.readNow(pair.server())).isEqualTo("END");
        assertThatThrownBy(() -> Room.write(pair.server(), "late")).isInstanceOf(SocketException.class)
                .hasMessage("Broken pipe");
        assertThatThrownBy(() -> Room.readNow(pair.client())).isInstanceOf(SocketException.class)
                .hasMessage("Connection reset");
    }

    @Test
    void theFirstWriteAfterAResetTellsOfItAndTheNextFindABrokenPipe() throws Exception {
        Room.Pair pair = room.connect();
        there.reset();
        assertThatThrownBy(() -> Room.write(pair.client(), "x")).isInstanceOf(SocketException.class)
                .hasMessage("Connection reset");
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> Room.write(pair.client(), "x")).isInstanceOf(SocketException.class)
                    .hasMessage("Broken pipe");
        }
    }

    @Test
    void aLinkBreaksItsConnectionsAtBothEnds() throws Exception {
        Room.Pair pair = room.connect();
        there.latency(millis(50));
        there.reset();
        for (StreamChannel end : List.of(pair.client(), pair.server())) {
            assertThatThrownBy(() -> Room.readNow(end)).isInstanceOf(SocketException.class)
                    .hasMessage("Connection reset");
        }
    }

    // ---- datagrams

    @Test
    void aboutAsManyDatagramsAreLostAsWasAsked() throws Exception {
        there.loss(0.2);
        assertThat(arrivals(1000)).hasSizeBetween(700, 900).isSorted();
    }

    @Test
    void aboutAsManyDatagramsComeTwiceAsWasAsked() throws Exception {
        there.duplication(0.2);
        assertThat(arrivals(1000)).hasSizeBetween(1100, 1300).isSorted();
    }

    @Test
    void someDatagramsOvertakeOthers() throws Exception {
        there.reordering(0.2, millis(5));
        List<Integer> lengths = arrivals(1000);
        assertThat(lengths).hasSize(1000);
        assertThat(lengths).isNotEqualTo(lengths.stream().sorted().toList());
        Collections.sort(lengths);
        assertThat(lengths.getFirst()).isEqualTo(1);
        assertThat(lengths.getLast()).isEqualTo(1000);
    }

    private List<Integer> arrivals(int count) throws Exception {
        DatagramChannel sender = room.datagram(room.a);
        DatagramChannel receiver = room.datagram(room.b);
        List<Integer> lengths = new ArrayList<>();
        for (int i = 1; i <= count; i++) {
            room.send(sender, Room.reach(room.b, receiver), i);
            room.pass(millis(1));
            lengths.addAll(Room.receiveNow(receiver));
        }
        room.pass(millis(10));
        lengths.addAll(Room.receiveNow(receiver));
        return lengths;
    }

    @Test
    void settingsOfOneLinkLeaveTheOthersAlone() throws Exception {
        there.latency(millis(1));
        world.links().latency(millis(9));
        Room.Pair pair = room.connect();
        long start = world.nanoTime();
        Room.write(pair.client(), "x");
        room.until(() -> !Room.readNow(pair.server()).isEmpty());
        assertThat(world.nanoTime() - start).isEqualTo(MILLI);
        Room.write(pair.server(), "y");
        room.until(() -> !Room.readNow(pair.client()).isEmpty());
        assertThat(world.nanoTime() - start).isEqualTo(10 * MILLI);
    }

    @Test
    void whatMakesNoSenseIsRefused() {
        assertThatThrownBy(() -> there.latency(millis(-1))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> there.loss(1.5)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("probability: 1.5 (expected: 0 to 1)");
        assertThatThrownBy(() -> there.bandwidth(-1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> there.slices(-1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> world.links().partition()).isInstanceOf(IllegalStateException.class);
    }
}
