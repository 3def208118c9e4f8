package dev.verdant.testkit.sim;

import static dev.verdant.testkit.sim.Room.MILLI;
import static dev.verdant.testkit.sim.Room.millis;
import static org.assertj.core.api.Assertions.assertThat;

import dev.verdant.hub.DatagramChannel;
import dev.verdant.hub.Readiness;
import dev.verdant.hub.StreamChannel;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The same seed and the same calls: the same events, whatever the real time. */
@Timeout(60)
class DeterminismTest {

    @Test
    void theSameSeedGivesTheSameEvents() throws Exception {
        for (long seed = 1; seed <= 20; seed++) {
            List<String> first = run(seed);
            assertThat(first).hasSizeGreaterThan(1000).anyMatch(event -> event.startsWith("LOST"))
                    .anyMatch(event -> event.startsWith("DUPLICATED")).anyMatch(event -> event.startsWith("jump"));
            assertThat(run(seed)).as("seed %d", seed).isEqualTo(first);
        }
    }

    @Test
    void anotherSeedGivesOtherEvents() throws Exception {
        assertThat(run(1)).isNotEqualTo(run(2));
    }

    @Test
    void theBytesAreNotTold() throws Exception {
        assertThat(events(3, (byte) 1)).isEqualTo(events(3, (byte) 2));
    }

    private static List<String> run(long seed) throws Exception {
        return events(seed, (byte) seed);
    }

    private static List<String> events(long seed, byte fill) throws Exception {
        var events = new ArrayList<String>();
        try (var room = new Room(seed)) {
            room.world.listen(new WorldListener() {
                @Override
                public void jumped(long from, long to) {
                    events.add("jump " + from + " " + to);
                }

                @Override
                public void happened(NetEvent what, int channel, int peer, int size) {
                    events.add(what + " " + channel + " " + peer + " " + size);
                }
            });
            room.world.links().latency(millis(2), millis(8)).slices(40).loss(0.1).duplication(0.1)
                    .reordering(0.2, millis(5)).bandwidth(100_000);
            converse(room, seed, fill);
        }
        return events;
    }

    private static void converse(Room room, long seed, byte fill) throws Exception {
        var random = new Random(seed);
        List<Room.Pair> pairs = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            Room.Pair pair = room.connect();
            pair.server().register(_ -> echo(pair.server()));
            pair.client().register(_ -> read(pair.client()));
            pairs.add(pair);
        }
        DatagramChannel sender = room.datagram(room.a);
        DatagramChannel receiver = room.datagram(room.b);
        for (int i = 0; i < 300; i++) {
            var bytes = new byte[1 + random.nextInt(100)];
            Arrays.fill(bytes, fill);
            int _ = pairs.get(random.nextInt(5)).client().write(bytes, 0, bytes.length);
            room.send(sender, Room.reach(room.b, receiver), 1 + random.nextInt(100));
            if (random.nextInt(20) == 0) {
                room.world.partition(List.of(room.a), List.of(room.b));
            } else if (random.nextInt(5) == 0) {
                room.world.heal();
            }
            room.hub.poll(random.nextInt(5) * MILLI);
            List<Integer> _ = Room.receiveNow(receiver);
        }
        room.world.heal();
        room.pass(millis(1000));
    }

    private static void echo(StreamChannel stream) {
        try {
            var bytes = new byte[50];
            for (int count = stream.read(bytes, 0, 50); count > 0; count = stream.read(bytes, 0, 50)) {
                int _ = stream.write(bytes, 0, count);
            }
            stream.arm(Readiness.READ);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static void read(StreamChannel stream) {
        try {
            var bytes = new byte[50];
            while (stream.read(bytes, 0, 50) > 0) {
                // Until nothing is there.
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
