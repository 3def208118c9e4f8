package dev.verdant.conformance.stream;

import dev.verdant.green.stream.BaseIOStream;
import dev.verdant.green.stream.Delimiter;
import dev.verdant.green.stream.IOCallback;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CompletionStage;
import java.util.regex.Pattern;

/** A read in each form, and by the plainest search there is what it should bring. */
final class StreamRead {

    /** What the reference says if it takes more bytes to tell. */
    static final int PENDING = -1;

    /** What it says if no more bytes can help. */
    static final int UNSATISFIABLE = -2;

    /** How many characters a match of each has, so that the first to end is the first to begin. */
    private static final String[] PATTERNS = {"ab", "[ab]c", "a.b", "(?:ab|ca)b", "c{3}"};

    private static final int[] LENGTHS = {2, 2, 3, 3, 3};

    enum Kind {
        UNTIL, REGEX, BYTES, INTO, CLOSE
    }

    final Kind kind;
    final boolean partial;

    /** How many bytes are wanted, or the most that may come up to the end of what is looked for. */
    final int count;

    private final String wanted;
    private final int length;
    private final ByteBuffer target;

    private StreamRead(Kind kind, String wanted, int length, int count, boolean partial) {
        this.kind = kind;
        this.wanted = wanted;
        this.length = length;
        this.count = count;
        this.partial = partial;
        this.target = ByteBuffer.allocate(kind == Kind.INTO ? count : 0);
    }

    static StreamRead untilClose() {
        return new StreamRead(Kind.CLOSE, "", 0, 0, false);
    }

    static StreamRead bytes(int count) {
        return new StreamRead(Kind.BYTES, "", 0, count, false);
    }

    static StreamRead any(Random random, int left) {
        return switch (random.nextInt(20)) {
            case 0, 1, 2, 3, 4, 5 -> {
                var delimiter = new StringBuilder();
                for (int more = 1 + random.nextInt(4); more > 0; more--) {
                    delimiter.append((char) ('a' + random.nextInt(3)));
                }
                yield new StreamRead(Kind.UNTIL, delimiter.toString(), delimiter.length(), bound(random), false);
            }
            case 6, 7, 8, 9 -> {
                int which = random.nextInt(PATTERNS.length);
                yield new StreamRead(Kind.REGEX, PATTERNS[which], LENGTHS[which], bound(random), false);
            }
            case 10, 11, 12, 13 -> new StreamRead(Kind.BYTES, "", 0, size(random, left), random.nextBoolean());
            case 14, 15, 16, 17, 18 -> new StreamRead(Kind.INTO, "", 0, size(random, left), random.nextBoolean());
            default -> untilClose();
        };
    }

    private static int bound(Random random) {
        return random.nextInt(5) != 0 ? Integer.MAX_VALUE : 1 + random.nextInt(random.nextInt(8) == 0 ? 8 : 300);
    }

    private static int size(Random random, int left) {
        return switch (random.nextInt(8)) {
            case 0 -> 0;
            case 1 -> 1;
            case 2 -> 1 + random.nextInt(Math.max(1, left) + 1);
            case 3 -> Math.max(1, left / 2);
            default -> 1 + random.nextInt(60);
        };
    }

    // ---- the reference

    /** Returns how many bytes it takes of those from an index on, if it may know those up to another. */
    int reference(byte[] bytes, int from, int to) {
        return switch (kind) {
            case UNTIL -> until(bytes, from, to);
            case REGEX -> regex(bytes, from, to);
            case BYTES, INTO -> {
                int there = to - from;
                yield there >= count ? count : partial && there > 0 ? there : PENDING;
            }
            case CLOSE -> PENDING;
        };
    }

    private int until(byte[] bytes, int from, int to) {
        for (int begin = 0;; begin++) {
            int same = 0;
            while (same < length && from + begin + same < to
                    && bytes[from + begin + same] == wanted.charAt(same)) {
                same++;
            }
            if (same == length || from + begin + same >= to) {
                return begin + length > count ? UNSATISFIABLE : same == length ? begin + length : PENDING;
            }
        }
    }

    private int regex(byte[] bytes, int from, int to) {
        var pattern = Pattern.compile(wanted);
        var text = new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
        for (int begin = 0; begin + length <= text.length(); begin++) {
            if (pattern.matcher(text.substring(begin, begin + length)).matches()) {
                return begin + length > count ? UNSATISFIABLE : begin + length;
            }
        }
        return text.length() > count ? UNSATISFIABLE : PENDING;
    }

    /** How many bytes must fit the buffer at the least. */
    int atLeast() {
        return switch (kind) {
            case UNTIL -> length;
            case BYTES -> partial ? Math.min(1, count) : count;
            case REGEX -> 1;
            case INTO, CLOSE -> 0;
        };
    }

    /** How many bytes are in the target, told or not. */
    int taken() {
        return target.position();
    }

    // ---- the forms

    byte[] blocking(BaseIOStream on) throws IOException {
        return switch (kind) {
            case UNTIL -> count == Integer.MAX_VALUE
                    ? on.readUntil(wanted)
                    : on.readUntil(Delimiter.of(wanted), count);
            case REGEX -> count == Integer.MAX_VALUE
                    ? on.readUntilRegex(Pattern.compile(wanted))
                    : on.readUntilRegex(Pattern.compile(wanted), count);
            case BYTES -> partial ? on.readBytes(count, true) : on.readBytes(count);
            case INTO -> into(on.readInto(target, partial));
            case CLOSE -> on.readUntilClose();
        };
    }

    CompletionStage<byte[]> stage(BaseIOStream on) {
        return switch (kind) {
            case UNTIL -> count == Integer.MAX_VALUE
                    ? on.readUntilAsync(wanted)
                    : on.readUntilAsync(Delimiter.of(wanted), count);
            case REGEX -> count == Integer.MAX_VALUE
                    ? on.readUntilRegexAsync(Pattern.compile(wanted))
                    : on.readUntilRegexAsync(Pattern.compile(wanted), count);
            case BYTES -> partial ? on.readBytesAsync(count, true) : on.readBytesAsync(count);
            case INTO -> on.readIntoAsync(target, partial).thenApply(this::into);
            case CLOSE -> on.readUntilCloseAsync();
        };
    }

    void callback(BaseIOStream on, IOCallback<byte[]> told) throws IOException {
        switch (kind) {
            case UNTIL -> {
                if (count == Integer.MAX_VALUE) {
                    on.readUntil(wanted, told);
                } else {
                    on.readUntil(wanted, count, told);
                }
            }
            case REGEX -> {
                if (count == Integer.MAX_VALUE) {
                    on.readUntilRegex(Pattern.compile(wanted), told);
                } else {
                    on.readUntilRegex(Pattern.compile(wanted), count, told);
                }
            }
            case BYTES -> {
                if (partial) {
                    on.readBytes(count, true, told);
                } else {
                    on.readBytes(count, told);
                }
            }
            case INTO -> on.readInto(target, partial, new IOCallback<>() {
                @Override
                public void completed(Integer result) throws Exception {
                    told.completed(into(result));
                }

                @Override
                public void failed(IOException cause) throws Exception {
                    told.failed(cause);
                }
            });
            case CLOSE -> on.readUntilClose(told);
        }
    }

    private byte[] into(int result) {
        if (result != target.position()) {
            throw new AssertionError(result + " bytes were told, and " + target.position() + " are in the target");
        }
        return Arrays.copyOf(target.array(), result);
    }

    @Override
    public String toString() {
        return kind + (wanted.isEmpty() ? "" : " " + wanted)
                + (count == Integer.MAX_VALUE || kind == Kind.CLOSE ? "" : " " + count) + (partial ? " partial" : "");
    }
}
