package dev.verdant.conformance.schedule;

import dev.verdant.green.Green;
import dev.verdant.green.GreenExit;
import dev.verdant.green.GreenThread;
import dev.verdant.green.Timeout;
import dev.verdant.green.net.GreenServerSocket;
import dev.verdant.green.net.GreenSocket;
import dev.verdant.green.net.Net;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** One random schedule: some connections, made and used and broken at the same time. */
final class Schedule {

    private static final int STEPS = 12;

    private final Random random;

    /** Connections that were accepted, by the client's port. */
    private final Map<Integer, GreenSocket> accepted = new HashMap<>();

    private final List<End> ends = new ArrayList<>();

    Schedule(long seed) {
        this.random = new Random(seed);
    }

    void run() throws Exception {
        var connections = new ArrayList<GreenThread<?>>();
        GreenThread<?> acceptor;
        try (var listener = Net.listen(new InetSocketAddress("127.0.0.1", 0))) {
            acceptor = Green.spawn(() -> accept(listener));
            int count = 1 + random.nextInt(4);
            for (int i = 0; i < count; i++) {
                int number = i;
                long seed = random.nextLong();
                connections.add(Green.spawn(() -> connection(listener, number, new Random(seed))));
            }
            for (GreenThread<?> connection : connections) {
                connection.await();
            }
        }
        acceptor.await();
        for (End end : ends) {
            end.closeAtLast();
        }
        for (GreenSocket unclaimed : accepted.values()) {
            unclaimed.close();
        }
    }

    private @Nullable Void accept(GreenServerSocket listener) throws IOException {
        while (true) {
            try {
                GreenSocket connection = listener.accept();
                accepted.put(connection.getPort(), connection);
            } catch (SocketException e) {
                if (listener.isClosed()) {
                    return null;
                }
                throw e;
            }
        }
    }

    private void connection(GreenServerSocket listener, int number, Random choices) throws Exception {
        GreenSocket client = connect(listener, choices);
        if (client == null) {
            return;
        }
        int port = client.getLocalPort();
        for (GreenSocket server = accepted.remove(port);; server = accepted.remove(port)) {
            if (server != null) {
                use(number, client, server, choices);
                return;
            }
            Green.sleep(Duration.ofNanos(100_000));
        }
    }

    /** Connects, unless it is killed or runs out of time in the middle. */
    private static @Nullable GreenSocket connect(GreenServerSocket listener, Random choices) throws Exception {
        var to = listener.getLocalSocketAddress();
        int way = choices.nextInt(6);
        GreenThread<GreenSocket> call = Green.spawn(() -> switch (way) {
            case 0 -> Timeout.call(Duration.ofNanos(choices.nextInt(300_000)), () -> Net.connect(to));
            case 1 -> Net.connect(to, Duration.ofMillis(choices.nextInt(2)));
            default -> Net.connect(to);
        });
        if (way == 2) {
            Green.sleep();
            call.kill();
        }
        try {
            return call.await();
        } catch (Timeout | GreenExit | SocketTimeoutException e) {
            return null;
        }
    }

    private void use(int number, GreenSocket client, GreenSocket server, Random choices) throws Exception {
        var up = new Direction("connection " + number + " up", choices.nextLong());
        var down = new Direction("connection " + number + " down", choices.nextLong());
        var near = new End(client, down, up, new Random(choices.nextLong()));
        var far = new End(server, up, down, new Random(choices.nextLong()));
        near.facing(far);
        far.facing(near);
        ends.add(near);
        ends.add(far);
        boolean troubled = choices.nextInt(4) != 0;
        var readers = List.of(Green.spawn(() -> near.read(STEPS)), Green.spawn(() -> far.read(STEPS)));
        var others = new ArrayList<>(
                List.of(Green.spawn(() -> near.write(STEPS)), Green.spawn(() -> far.write(STEPS))));
        if (troubled) {
            others.add(Green.spawn(() -> near.trouble(STEPS)));
            others.add(Green.spawn(() -> far.trouble(STEPS)));
        }
        for (GreenThread<?> other : others) {
            other.await();
        }
        near.finishOutput();
        far.finishOutput();
        for (GreenThread<?> reader : readers) {
            reader.await();
        }
        var rest = List.of(Green.spawn(near::drain), Green.spawn(far::drain));
        for (GreenThread<?> drain : rest) {
            drain.await();
        }
    }

    @Override
    public String toString() {
        return ends.toString();
    }
}
