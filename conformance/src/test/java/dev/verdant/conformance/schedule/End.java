package dev.verdant.conformance.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.verdant.green.Green;
import dev.verdant.green.GreenExit;
import dev.verdant.green.GreenTask;
import dev.verdant.green.GreenThread;
import dev.verdant.green.Timeout;
import dev.verdant.green.net.ConcurrentUseException;
import dev.verdant.green.net.GreenSocket;
import dev.verdant.green.net.Trampoline;
import java.io.IOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * One end of a connection: a green thread that reads, one that writes, one that makes trouble; each call is a green thread of its own, so that it can
 * be killed. All on one loop, so nothing here needs a lock.
 */
final class End {

    private static final List<String> BROKEN = List.of("Connection reset", "Broken pipe");

    private final GreenSocket socket;
    private final Random random;
    private final Direction in;
    private final Direction out;
    private @Nullable End peer;

    private @Nullable GreenThread<?> reading;
    private @Nullable GreenThread<?> writing;
    private boolean closed;

    End(GreenSocket socket, Direction in, Direction out, Random random) {
        this.socket = socket;
        this.in = in;
        this.out = out;
        this.random = random;
    }

    void facing(End other) {
        peer = other;
    }

    private End peer() {
        return Objects.requireNonNull(peer);
    }

    // ---- what the actors do

    void read(int steps) throws Exception {
        for (int i = 0; i < steps && !in.hasEnded() && !closed; i++) {
            pause();
            readOnce(random.nextInt(4) == 0);
        }
    }

    void write(int steps) throws Exception {
        for (int i = 0; i < steps && !out.outputShut && !closed; i++) {
            pause();
            writeOnce(1 + random.nextInt(1 << random.nextInt(random.nextInt(8) == 0 ? 21 : 15)));
        }
    }

    void trouble(int steps) throws Exception {
        for (int i = 0; i < steps && !closed; i++) {
            pause();
            switch (random.nextInt(16)) {
                case 0, 1 -> kill(reading);
                case 2 -> kill(writing);
                case 3 -> shutOutput();
                case 4 -> close(false);
                case 5 -> close(true);
                case 6, 7 -> useTwice();
                default -> {
                    // Peace is part of the schedule.
                }
            }
        }
    }

    private void pause() {
        if (random.nextBoolean()) {
            Green.sleep();
        } else {
            Green.sleep(Duration.ofNanos(random.nextInt(500_000)));
        }
    }

    private static void kill(@Nullable GreenThread<?> call) {
        if (call != null) {
            call.kill();
        }
    }

    // ---- reading

    /** A patient read waits until something comes, which at the latest is the end. */
    private void readOnce(boolean patient) throws Exception {
        var target = new byte[1 + random.nextInt(1 << random.nextInt(17))];
        int way = random.nextInt(4);
        GreenThread<Integer> call = Green.spawn(() -> read(target, way, patient));
        reading = call;
        try {
            int count = call.await();
            if (count < 0) {
                in.endSeen();
            } else {
                in.received(target, count);
            }
        } catch (Timeout | GreenExit | SocketTimeoutException e) {
            // It has taken nothing: the next read goes on where this one was.
        } catch (SocketException e) {
            if ("Connection reset".equals(e.getMessage())) {
                in.resetSeen();
            } else {
                assertThat(closed).as("closed, because of: %s", e).isTrue();
                assertThat(e).hasMessageContaining("closed");
            }
        } finally {
            reading = null;
        }
    }

    private int read(byte[] target, int way, boolean patient) throws Exception {
        if (patient) {
            socket.setSoTimeout(0);
            return read(target, way);
        }
        if (random.nextBoolean()) {
            socket.setSoTimeout(1 + random.nextInt(3));
            return read(target, way);
        }
        socket.setSoTimeout(0);
        return Timeout.call(Duration.ofNanos(random.nextInt(3_000_000)), () -> read(target, way));
    }

    private int read(byte[] target, int way) throws IOException, InterruptedException {
        return switch (way) {
            case 0 -> socket.getInputStream().read(target);
            case 1 -> socket.read(ByteBuffer.wrap(target));
            case 2 -> readDirect(target);
            default -> readWhenReady(target);
        };
    }

    private int readDirect(byte[] target) throws IOException {
        var direct = ByteBuffer.allocateDirect(target.length);
        int count = socket.read(direct);
        direct.flip().get(target, 0, direct.limit());
        return count;
    }

    private int readWhenReady(byte[] target) throws IOException, InterruptedException {
        Trampoline.awaitReadable(socket, null);
        byte[] bytes = socket.recv(target.length);
        System.arraycopy(bytes, 0, target, 0, bytes.length);
        return bytes.length == 0 ? -1 : bytes.length;
    }

    /** A second reader is refused, and the first goes on. */
    private void useTwice() throws IOException {
        GreenThread<?> first = reading;
        if (first == null || closed || first.thread().getState() != Thread.State.WAITING) {
            return;
        }
        try {
            byte[] bytes = socket.recv(1);
            throw new AssertionError("a second reader got " + Arrays.toString(bytes) + " while " + first + " waits");
        } catch (ConcurrentUseException e) {
            assertThat(e).hasMessageContaining(socket.toString());
        }
    }

    // ---- writing

    private void writeOnce(int length) throws Exception {
        var source = ByteBuffer.wrap(out.next(length));
        if (peer().closed) {
            peer().out.lossAllowed = true; // What arrives at a closed socket is answered by a reset.
        }
        GreenTask write = () -> socket.writeFully(source);
        var began = new boolean[1];
        var patience = Duration.ofMillis(random.nextInt(10));
        GreenThread<Void> call = Green.spawn(() -> Timeout.<@Nullable Void>call(patience, () -> {
            began[0] = true;
            write.run();
            return null;
        }));
        writing = call;
        try {
            call.await();
        } catch (Timeout | GreenExit e) {
            out.outputShut |= began[0] && source.hasRemaining();
        } catch (SocketException e) {
            judgeFailedWrite(e);
        } finally {
            writing = null;
            out.sent(source.position());
        }
    }

    private void judgeFailedWrite(SocketException e) {
        if (BROKEN.contains(Objects.requireNonNull(e.getMessage()))) {
            assertThat(peer().closed || out.outputShut).as("somebody has ended what is broken").isTrue();
            out.outputShut = true;
        } else if (!out.outputShut) {
            assertThat(closed).as("closed, because of: %s", e).isTrue();
            assertThat(e).hasMessageContaining("closed");
        }
    }

    // ---- ending

    private void shutOutput() throws IOException {
        if (closed || out.outputShut) {
            return;
        }
        out.outputShut = true;
        try {
            socket.shutdownOutput();
        } catch (SocketException e) {
            assertThat(peer().closed).as("the peer of a broken connection is closed").isTrue();
        }
    }

    private void close(boolean reset) throws IOException {
        if (closed) {
            return;
        }
        closed = true;
        out.senderClosed = true;
        out.lossAllowed |= reset || !in.isDrained();
        if (reset) {
            socket.setSoLinger(true, 0);
        }
        socket.close();
    }

    /** Says that nothing more will come from here, so that who waits there ends. */
    void finishOutput() throws IOException {
        shutOutput();
    }

    /** Reads what is left, to the end, without any limit of time: a wake-up that is lost hangs here. */
    void drain() throws Exception {
        while (!closed && !in.hasEnded()) {
            readOnce(true);
        }
    }

    void closeAtLast() throws IOException {
        socket.close();
        in.judge();
    }

    @Override
    public String toString() {
        return socket + (closed ? " closed" : "") + " in " + in + " out " + out;
    }
}
