package dev.verdant.green.http;

import dev.verdant.green.Green;
import dev.verdant.green.net.GreenStream;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** What is to go to the client, gathered so that it goes in few calls. While it is empty it holds no buffer. One thread at a time. */
final class Output {

    private final GreenStream stream;
    private final Patience patience;
    private final LoopState home;
    private @Nullable Buffer buffer;
    private int count;
    private @Nullable Throwable failure;

    /** For how long the client may be waited for still, over all answers, see {@link Patience}. */
    private long credit = Patience.CREDIT_NANOS;

    /** What has gone since the last wait. */
    private long taken;

    Output(GreenStream stream, Patience patience, LoopState home) {
        this.home = home;
        this.stream = stream;
        this.patience = patience;
    }

    /** Tells whether a write has failed: what the client has got is not known. */
    boolean isBroken() {
        return failure != null;
    }

    /** Returns what a write has failed with first; null if none has. */
    @Nullable Throwable failure() {
        return failure;
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

    /** Writes a Date field, with its end. */
    void writeDate() throws IOException {
        write(home.dateField());
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
        Throwable before = failure;
        if (before != null) {
            throw new IOException("a write has failed before: " + before.getMessage(), before);
        }
        try {
            taken += stream.tryWrite(source);
            if (source.hasRemaining()) {
                sendSlowly(source);
            }
        } catch (Throwable e) {
            failure = e;
            throw e;
        }
    }

    private void sendSlowly(ByteBuffer source) throws IOException {
        while (source.hasRemaining()) {
            long from = Green.nanoTime();
            if (!stream.awaitWritable(patience.write())) {
                throw new SocketTimeoutException("The client takes nothing; gave up after " + patience.write());
            }
            taken += stream.tryWrite(source);
            credit = patience.credit(credit, Green.nanoTime() - from, taken);
            taken = 0;
            if (source.hasRemaining() && credit < 0) {
                throw new SocketTimeoutException(
                        "The client takes less than " + patience.minimumRate() + " bytes a second");
            }
        }
    }
}
