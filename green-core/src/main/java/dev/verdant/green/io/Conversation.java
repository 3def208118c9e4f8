package dev.verdant.green.io;

import dev.verdant.green.Green;
import dev.verdant.green.net.GreenChannel;
import dev.verdant.green.net.Net;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What {@link GreenProcess#communicate} has said and heard so far. One green thread at a time. */
final class Conversation {

    private static final int BUFFER_BYTES = 16 * 1024;

    private final @Nullable PipeSink stdin;
    private final ByteBuffer input;
    private final List<Heard> heard = new ArrayList<>();
    private final Heard output;
    private final Heard error;

    /** Lent to each read. */
    private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);

    /** What has come from one of the child's streams. */
    private static final class Heard {

        private final @Nullable PipeSource source;
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private boolean ended;

        Heard(@Nullable PipeSource source) {
            this.source = source;
            this.ended = source == null;
        }
    }

    Conversation(byte[] input, @Nullable PipeSink stdin, @Nullable PipeSource stdout, @Nullable PipeSource stderr) {
        this.input = ByteBuffer.wrap(input.clone());
        this.stdin = stdin;
        this.output = new Heard(stdout);
        this.error = new Heard(stderr);
        heard.add(output);
        heard.add(error);
    }

    byte[] output() {
        return output.bytes.toByteArray();
    }

    byte[] error() {
        return error.bytes.toByteArray();
    }

    /** Goes on until all has been said and both streams have ended; false if the deadline has passed first, which 0 stands for none of. */
    boolean goOn(long deadline) throws IOException, InterruptedException {
        while (true) {
            boolean moved = say();
            for (Heard each : heard) {
                moved |= hear(each);
            }
            List<GreenChannel> readable = readable();
            List<GreenChannel> writable = writable();
            if (readable.isEmpty() && writable.isEmpty()) {
                return true;
            }
            if (!moved) {
                Duration left = left(deadline);
                if (Net.select(readable, writable, left).isEmpty()) {
                    return false;
                }
            }
        }
    }

    /** Returns what is left until a deadline of the loop's clock: null for ever. */
    static @Nullable Duration left(long deadline) {
        return deadline == 0 ? null : Duration.ofNanos(Math.max(0, deadline - Green.nanoTime()));
    }

    /** A child that does not want to hear it all is no failure. */
    private boolean say() throws IOException {
        PipeSink to = stdin;
        if (to == null || to.isClosed()) {
            return false;
        }
        int count = 0;
        try {
            count = to.tryWrite(input);
        } catch (SocketException e) {
            if (!isBroken(e)) {
                throw e;
            }
            input.position(input.limit());
        }
        if (!input.hasRemaining()) {
            to.close();
        }
        return count > 0;
    }

    private static boolean isBroken(SocketException e) {
        String message = e.getMessage();
        return message != null && message.contains("Broken pipe");
    }

    private boolean hear(Heard from) throws IOException {
        PipeSource source = from.source;
        if (from.ended || source == null) {
            return false;
        }
        int count = source.tryRead(buffer.clear());
        if (count < 0) {
            from.ended = true;
            source.close();
        }
        from.bytes.write(buffer.array(), 0, Math.max(0, count));
        return count != 0;
    }

    private List<GreenChannel> readable() {
        var waited = new ArrayList<GreenChannel>();
        for (Heard each : heard) {
            if (!each.ended && each.source != null) {
                waited.add(each.source);
            }
        }
        return waited;
    }

    private List<GreenChannel> writable() {
        return stdin == null || stdin.isClosed() ? List.of() : List.of(stdin);
    }
}
