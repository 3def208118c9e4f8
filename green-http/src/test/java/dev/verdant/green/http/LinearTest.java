package dev.verdant.green.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.green.net.GreenStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What a request may cost: each byte is looked at once, in whatever pieces it comes, and behind a limit nothing is read. No clock is asked. Instead, what
 * has been looked at is made unreadable before the next byte comes, and what came is counted.
 */
@Timeout(60)
class LinearTest {

    private static final Limits LIMITS = new Settings().limits();

    private static final String LINE = "GET / HTTP/1.1\r\n";

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    // ---- heads

    /** Feeds a head byte by byte, each to be looked at only when it has just come. Returns after how many it was whole. */
    private static int parse(String head) throws HttpFault {
        var parser = new RequestParser(LIMITS);
        parser.begin();
        byte[] window = new byte[head.length()];
        for (int i = 0; i < window.length; i++) {
            window[i] = (byte) head.charAt(i);
            if (parser.parse(window, 0, i + 1)) {
                return i + 1;
            }
            window[i] = 'x';
        }
        throw new AssertionError("not whole, not refused");
    }

    private static void assertRefused(int status, int after, String head) {
        var parser = new RequestParser(LIMITS);
        parser.begin();
        byte[] window = bytes(head);
        int fed = 0;
        try {
            while (!parser.parse(window, 0, ++fed)) {
                window[fed - 1] = 'x';
            }
            throw new AssertionError("whole after " + fed);
        } catch (HttpFault e) {
            assertThat(e.status()).isEqualTo(status);
            assertThat(fed).isEqualTo(after);
        }
    }

    @Test
    void noByteOfAHeadIsLookedAtTwice() throws Exception {
        String head = "\r\n\r\nPOST /" + "p".repeat(8000) + "?%20 HTTP/1.1\r\nHost: a\r\nX:\t " + "v ".repeat(20_000)
                + "\t\r\n" + "Same: 1\r\n".repeat(90) + "Empty:\r\n\r\n";
        assertThat(parse(head + "GET")).isEqualTo(head.length());
    }

    @Test
    void aFoldedLineIsRefusedAtItsFirstBlankHoweverManyFollow() { // F5
        String before = LINE + "X: a\r\n";
        assertRefused(400, before.length() + 1, before + " a\r\n".repeat(15_000));
    }

    @Test
    void whatIsTooLongIsRefusedAtTheByteThatIsTooMuch() { // F21, F23, R18, R19
        assertRefused(501, 65, "G".repeat(100_000));
        assertRefused(414, LIMITS.line() + 1, "GET /" + "x".repeat(1 << 20));
        assertRefused(431, LINE.length() + LIMITS.headerBytes(), LINE + "x".repeat(1 << 20));
        assertRefused(431, LINE.length() + LIMITS.headerBytes(), LINE + "Cookie: " + "a=b; ".repeat(1 << 18));
        String most = LINE + "Same: 1\r\n".repeat(LIMITS.headerFields());
        assertRefused(431, most.length() + "Same:".length(), most + "Same: 1\r\n".repeat(10_000));
    }

    // ---- bodies

    /** A client that sends a byte each time it is asked, and then no more. */
    private static final class Dribble implements GreenStream {

        private final byte[] all;
        private int sent;

        Dribble(String text) {
            all = bytes(text);
        }

        @Override
        public int tryRead(ByteBuffer target) {
            if (sent == all.length || !target.hasRemaining()) {
                return sent == all.length ? -1 : 0;
            }
            target.put(all[sent++]);
            return 1;
        }

        @Override
        public int read(ByteBuffer target) {
            throw new AssertionError();
        }

        @Override
        public boolean awaitReadable(@Nullable Duration timeout) {
            return true;
        }

        @Override
        public int tryWrite(ByteBuffer source) {
            throw new AssertionError();
        }

        @Override
        public void writeFully(ByteBuffer source) {
            throw new AssertionError();
        }

        @Override
        public boolean awaitWritable(@Nullable Duration timeout) {
            throw new AssertionError();
        }
    }

    /** Reads a body in chunks, each byte to be looked at only when it has just come. Returns how many bytes of data there were. */
    private static int read(Dribble client, Limits limits) throws IOException {
        var input = new Input(client, LoopState.current());
        var body = new ChunkedBody(input, new Settings().patience(), () -> {}, limits);
        byte[] target = new byte[100];
        int data = 0;
        while (true) {
            int before = client.sent;
            int count = body.tryRead(target, 0, target.length);
            if (count < 0) {
                return data;
            }
            data += count;
            assertThat(client.sent - before).isPositive();
            Arrays.fill(input.bytes(), input.start(), input.end(), (byte) 'x');
        }
    }

    private static void assertRefused(int status, int after, String body, Limits limits) {
        var client = new Dribble(body);
        assertThatThrownBy(() -> read(client, limits)).isInstanceOfSatisfying(HttpFault.class,
                fault -> assertThat(fault.status()).isEqualTo(status));
        assertThat(client.sent).isEqualTo(after);
    }

    @Test
    void ofABodyInChunksNoByteIsReadBehindItsEnd() throws Exception {
        String body = "1;a=\"b\"\r\nx\r\n".repeat(1000) + "0\r\n" + "X: 1\r\n".repeat(90) + "\r\n";
        var client = new Dribble(body + "GET");
        assertThat(read(client, LIMITS)).isEqualTo(1000);
        assertThat(client.sent).isEqualTo(body.length());
    }

    @Test
    void extensionsOfChunksAreCountedAndNotGathered() { // C10
        assertRefused(400, 1 + Limits.EXTENSION + 1, "1;" + "e".repeat(1 << 16), LIMITS);
        String chunk = "1;" + "e".repeat(1023) + "\r\nx\r\n"; // The blank line's end counts for the extension.
        int whole = Limits.EXTENSIONS / 1025;
        int rest = Limits.EXTENSIONS % 1025;
        assertRefused(400, whole * chunk.length() + 1 + rest + 1, chunk.repeat(10_000), LIMITS);
    }

    @Test
    void aChunkThatIsTooLargeIsRefusedBeforeItsFirstByte() { // L10, C4
        var ten = new Limits(100, 100, 100, 100, 10, 10);
        assertRefused(413, "b\r\n".length(), "b\r\n" + "x".repeat(11), ten);
        assertRefused(413, "6\r\nxxxxxx\r\n5\r\n".length(), "6\r\nxxxxxx\r\n5\r\nxxxxx", ten);
        assertRefused(400, 17, "0".repeat(500) + "5\r\n", LIMITS);
    }

    @Test
    void trailersAreBoundedAsTheyCome() { // C14
        String last = "1\r\nx\r\n0\r\n";
        assertRefused(431, last.length() + LIMITS.trailerBytes(), last + "X: " + "x".repeat(1 << 20), LIMITS);
    }
}
