package dev.verdant.green.http;

import dev.verdant.green.Green;
import dev.verdant.green.net.GreenStream;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What is to go to the client, gathered so that it goes in few calls. While it is empty it holds no buffer. One thread at a time. */
final class Output {

    private final GreenStream stream;
    private final Patience patience;
    private final LoopState home;
    private @Nullable Buffer buffer;
    private int count;
    private boolean broken;

    Output(GreenStream stream, Patience patience, LoopState home) {
        this.home = home;
        this.stream = stream;
        this.patience = patience;
    }

    /** Tells whether a write has failed: what the client has got is not known. */
    boolean isBroken() {
        return broken;
    }

    void write(byte[] bytes) throws IOException {
        write(bytes, 0, bytes.length);
    }

    void write(byte[] bytes, int offset, int length) throws IOException {
        int taken = 0;
        if (length < Buffer.SIZE || count > 0) {
            taken = Math.min(length, Buffer.SIZE - count);
            System.arraycopy(bytes, offset, room().bytes, count, taken);
            count += taken;
        }
        if (taken == length) {
            return;
        }
        flush();
        if (length - taken < Buffer.SIZE) {
            write(bytes, offset + taken, length - taken);
        } else {
            send(ByteBuffer.wrap(bytes, offset + taken, length - taken));
        }
    }

    /** Writes characters of ISO 8859-1. */
    void write(String text) throws IOException {
        if (text.length() > Buffer.SIZE - count) {
            write(text.getBytes(StandardCharsets.ISO_8859_1));
            return;
        }
        byte[] into = room().bytes;
        for (int i = 0; i < text.length(); i++) {
            into[count + i] = (byte) text.charAt(i);
        }
        count += text.length();
    }

    void write(char one) throws IOException {
        if (count == Buffer.SIZE) {
            flush();
        }
        room().bytes[count++] = (byte) one;
    }

    /** Writes a number in decimal. */
    void writeDecimal(long number) throws IOException {
        if (number < 10) {
            write((char) ('0' + number));
        } else if (number < 1_000) {
            writeDecimal(number / 10);
            write((char) ('0' + number % 10));
        } else {
            write(Long.toString(number));
        }
    }

    private Buffer room() {
        Buffer held = buffer;
        if (held == null) {
            held = home.take();
            buffer = held;
        }
        return held;
    }

    /** Writes the value of a Date field. */
    void writeDate() throws IOException {
        write(home.date());
    }

    /** Sends what was gathered. Meanwhile the buffer is nobody else's, whatever becomes of the connection. */
    void flush() throws IOException {
        Buffer held = buffer;
        if (held == null) {
            return;
        }
        ByteBuffer source = held.view(0, count);
        drop();
        send(source);
        home.giveBack(held);
    }

    /** Forgets what was gathered. The buffer is not for others: who knows whether a handler still writes, on another thread. */
    void drop() {
        buffer = null;
        count = 0;
    }

    private void send(ByteBuffer source) throws IOException {
        boolean sent = false;
        try {
            stream.tryWrite(source);
            if (source.hasRemaining()) {
                sendSlowly(source);
            }
            sent = true;
        } finally {
            broken |= !sent;
        }
    }

    private void sendSlowly(ByteBuffer source) throws IOException {
        long began = Green.nanoTime();
        int before = source.position();
        while (source.hasRemaining()) {
            if (!stream.awaitWritable(patience.write())) {
                throw new SocketTimeoutException("The client takes nothing; gave up after " + patience.write());
            }
            stream.tryWrite(source);
            long elapsed = Green.nanoTime() - began;
            if (source.hasRemaining() && patience.isTooSlow(source.position() - before, elapsed)) {
                throw new SocketTimeoutException("The client takes " + (source.position() - before) + " bytes in "
                        + TimeUnit.NANOSECONDS.toMillis(elapsed) + " ms (expected: " + patience.minimumRate()
                        + " a second)");
            }
        }
    }
}
