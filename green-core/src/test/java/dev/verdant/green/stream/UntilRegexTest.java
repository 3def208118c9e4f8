package dev.verdant.green.stream;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A search that goes on where it was finds what one that begins anew does. */
class UntilRegexTest {

    /** What an outcome is if it takes more bytes, or if none can help. */
    private static final int PENDING = -1;

    private static final int UNSATISFIABLE = -2;

    private static final String[] ATOMS = {"a", "b", "ab", "aba", ".", "[ab]", "[^a]", "\\n", "\\r?\\n", "\\R", "\\s",
            "\\w", "\\xe9", "\\b", "\\B", "^", "$", "\\A", "\\z", "\\Z", "\\G", "\\X", "(?<=a)", "(?<!b)",
            "(?<=^a?)", "(?<=\\n|b{2})", "(?<=a$)", "(?<=a\\b)", "(?=b)", "(?!a)", "(?!b$)", "(?=.*b)", "(?!.*aa)",
            "\\1", "\\k<x>", "(?<x>b)", "(?i:A)", "(?m:^)", "(?m:$)", "\\Qa\\E", ""};

    private static final String[] REPEATS = {"", "", "", "", "?", "*", "+", "??", "*?", "+?", "?+", "*+", "++", "{2}",
            "{1,3}", "{2,}?"};

    private static final int[] FLAGS = {0, 0, 0, 0, Pattern.MULTILINE, Pattern.DOTALL, Pattern.UNIX_LINES,
            Pattern.MULTILINE | Pattern.UNIX_LINES, Pattern.CASE_INSENSITIVE, Pattern.COMMENTS, Pattern.LITERAL,
            Pattern.CANON_EQ, Pattern.UNICODE_CHARACTER_CLASS};

    private static final String LETTERS = "aaaabbbb\r\n \u00e9";

    private static String any(Random random, String[] of) {
        return of[random.nextInt(of.length)];
    }

    private static String anyPattern(Random random, int depth) {
        var text = new StringBuilder();
        for (int more = 1 + random.nextInt(4); more > 0; more--) {
            boolean isGroup = depth > 0 && random.nextInt(4) == 0;
            text.append(isGroup ? anyGroup(random, depth - 1) : any(random, ATOMS)).append(any(random, REPEATS));
            if (more > 1 && random.nextInt(6) == 0) {
                text.append('|');
            }
        }
        return text.toString();
    }

    private static String anyGroup(Random random, int depth) {
        return any(random, new String[]{"(", "(?:", "(?>"}) + anyPattern(random, depth) + ")";
    }

    private static String anyText(Random random) {
        var text = new StringBuilder();
        for (int more = random.nextInt(24); more > 0; more--) {
            text.append(LETTERS.charAt(random.nextInt(LETTERS.length())));
        }
        return text.toString();
    }

    /** A text that is not read for ever: some patterns try without end. */
    private static final class Patient implements CharSequence {

        private final String text;
        private int patience = 5000;

        Patient(String text) {
            this.text = text;
        }

        @Override
        public int length() {
            return text.length();
        }

        @Override
        public char charAt(int index) {
            if (patience-- == 0) {
                throw new TooDearException();
            }
            return text.charAt(index);
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return text.substring(start, end);
        }
    }

    private static final class TooDearException extends RuntimeException {

        private static final long serialVersionUID = 1L;
    }

    /** The plain way: each look that is not put off searches everything. */
    private static final class Plain {

        private final Pattern pattern;
        private final int max;
        private int seen;

        Plain(Pattern pattern, int max) {
            this.pattern = pattern;
            this.max = max;
        }

        int find(String come, boolean more) {
            int size = come.length();
            if (size == seen || more && size < 2 * seen && size <= max) {
                return PENDING;
            }
            seen = size;
            var matcher = pattern.matcher(new Patient(come));
            int end = matcher.find() ? matcher.end() : PENDING;
            return end > max || end < 0 && size > max ? UNSATISFIABLE : end;
        }
    }

    private static int find(ReadRequest<?> request, ReadBuffer buffer, boolean more) {
        try {
            return request.find(buffer, more);
        } catch (UnsatisfiableReadException e) {
            return UNSATISFIABLE;
        }
    }

    @Test
    @Timeout(120)
    void inWhateverPiecesWhateverIsLookedForIsFoundAsByASearchOfEverything() {
        long seed = new Random().nextLong();
        var random = new Random(seed);
        int tried = 0;
        int found = 0;
        while (tried < 50_000) {
            Pattern pattern;
            try {
                pattern = Pattern.compile(anyPattern(random, 1), FLAGS[random.nextInt(FLAGS.length)]);
            } catch (PatternSyntaxException e) {
                continue;
            }
            tried++;
            try {
                if (compare(random, pattern, "seed " + seed + ", pattern " + tried) >= 0) {
                    found++;
                }
            } catch (TooDearException e) {
                // The next one.
            }
        }
        assertThat(found).as("not all alike").isBetween(tried / 20, tried - tried / 20);
    }

    private static int compare(Random random, Pattern pattern, String which) {
        String text = anyText(random);
        int max = random.nextInt(3) == 0 ? random.nextInt(40) : Integer.MAX_VALUE;
        int mostAtOnce = 1 + random.nextInt(random.nextBoolean() ? 2 : 12);
        var plain = new Plain(pattern, max);
        var request = new ReadRequest.UntilRegex(pattern, max, null);
        var buffer = new ReadBuffer();
        var outcome = PENDING;
        for (int come = 0; come < text.length() && outcome == PENDING;) {
            int next = Math.min(text.length(), come + 1 + random.nextInt(mostAtOnce));
            buffer.append(ByteBuffer.wrap(text.substring(come, next).getBytes(ISO_8859_1)));
            come = next;
            boolean more = random.nextInt(4) == 0;
            outcome = plain.find(text.substring(0, come), more);
            assertThat(find(request, buffer, more)).as("%s: %s, flags %d, in %s, of which %d have come", which, pattern,
                    pattern.flags(), text, come).isEqualTo(outcome);
        }
        return outcome;
    }

    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD) // A search is not interrupted.
    void manySmallPiecesAreSearchedInTimeThatGrowsWithThem() throws Exception {
        var request = new ReadRequest.UntilRegex(Pattern.compile("\r?\n\r?\n"), Integer.MAX_VALUE, null);
        var buffer = new ReadBuffer();
        byte[] piece = "a line\r\n".getBytes(ISO_8859_1);
        for (int i = 0; i < 250_000; i++) {
            buffer.append(ByteBuffer.wrap(piece));
            assertThat(request.find(buffer, false)).isEqualTo(PENDING);
        }
        buffer.append(ByteBuffer.wrap(piece, 6, 2));
        assertThat(request.find(buffer, false)).isEqualTo(250_000 * 8 + 2);
    }
}
