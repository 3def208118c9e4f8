package dev.verdant.green.stream;

import java.nio.ByteBuffer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A read: what it waits for, and what it makes of it. Confined to its stream's loop. */
abstract class ReadRequest<T> extends Operation<T> {

    private ReadRequest(@Nullable IOCallback<? super T> callback) {
        super(callback);
    }

    /**
     * Looks whether what has come will do.
     *
     * @param more whether more may be there to be read at once: then a look that is dear may be put off
     * @return how many bytes it takes, or -1 if it must wait for more
     * @throws UnsatisfiableReadException if no more bytes can change that
     */
    abstract int find(ReadBuffer buffer, boolean more) throws UnsatisfiableReadException;

    /**
     * Holds what was found to what may be given.
     *
     * @param most how many bytes that is
     * @param count from {@link #find} or {@link #atEnd}
     * @return how many bytes it takes; -1 if that will not do
     */
    int upTo(int most, int count) {
        return count <= most ? count : -1;
    }

    /** Takes what was found. */
    abstract T take(ReadBuffer buffer, int count);

    /** How many bytes it takes at the least, as far as that is known. */
    int atLeast() {
        return 1;
    }

    /** Returns a buffer that bytes may be read into at once while nothing else has come, or null. */
    @Nullable ByteBuffer target() {
        return null;
    }

    /**
     * What it takes of a stream that is closed; -1 if it fails then.
     *
     * @param isWhole whether nothing is missing that was to come before the end
     */
    int atEnd(ReadBuffer buffer, boolean isWhole) throws UnsatisfiableReadException {
        return find(buffer, false);
    }

    /** A read that takes so many bytes. */
    abstract static class OfBytes extends ReadRequest<byte[]> {

        OfBytes(@Nullable IOCallback<? super byte[]> callback) {
            super(callback);
        }

        @Override
        final byte[] take(ReadBuffer buffer, int count) {
            return buffer.take(count);
        }
    }

    /** Up to a delimiter. Each byte is looked at once, however many pieces they come in. */
    static final class UntilDelimiter extends OfBytes {

        private final Delimiter delimiter;
        private final int max;
        private int seen;
        private int matched;

        UntilDelimiter(Delimiter delimiter, int max, @Nullable IOCallback<? super byte[]> callback) {
            super(callback);
            this.delimiter = delimiter;
            this.max = max;
        }

        @Override
        int find(ReadBuffer buffer, boolean more) throws UnsatisfiableReadException {
            int size = buffer.size();
            int at = seen;
            int state = matched;
            while (at < size && state < delimiter.length()) {
                if (state == 0) {
                    at = buffer.indexOf(delimiter.first(), at);
                    if (at == size) {
                        break;
                    }
                }
                state = delimiter.next(state, buffer.at(at++));
            }
            seen = at;
            matched = state;
            checkMax(at - state + delimiter.length());
            return state == delimiter.length() ? at : -1;
        }

        private void checkMax(int end) throws UnsatisfiableReadException {
            if (end > max) {
                throw unsatisfiable("The delimiter " + delimiter, max);
            }
        }

        @Override
        int atLeast() {
            return delimiter.length();
        }

        @Override
        public String toString() {
            return "readUntil(" + delimiter + ")";
        }
    }

    /**
     * Up to the end of a match: what a search over everything that has come would find. A search begins where a match can still begin, as far as the pattern lets that
     * be told; a look that is dear is put off until twice as much has come.
     */
    static final class UntilRegex extends OfBytes {

        private static final Pattern UNSETTLED = Pattern.compile("\\\\[1-9kGX]|\\{g");

        private final Pattern pattern;
        private final int max;
        private final boolean settles;
        private int seen;

        /** No match begins before this, whatever comes. */
        private int from;

        UntilRegex(Pattern pattern, int max, @Nullable IOCallback<? super byte[]> callback) {
            super(callback);
            this.pattern = pattern;
            this.max = max;
            this.settles = settles(pattern);
        }

        /**
         * Tells whether it can be told that no match will begin somewhere. It cannot where a match depends on what was looked at before it (back references to groups
         * that a failed attempt has left, \\G, \\b{g}), and not where a cluster of characters ends with the text.
         */
        private static boolean settles(Pattern pattern) {
            return (pattern.flags() & Pattern.CANON_EQ) == 0 && !UNSETTLED.matcher(pattern.pattern()).find();
        }

        @Override
        int find(ReadBuffer buffer, boolean more) throws UnsatisfiableReadException {
            int size = buffer.size();
            boolean isDear = size >= 2 * (long) seen; // A search over all of it, which is not done often.
            if (size == seen || more && !isDear && size <= max) {
                return -1;
            }
            seen = size;
            Matcher matcher = pattern.matcher(buffer.latin1(size)).useAnchoringBounds(false)
                    .useTransparentBounds(true);
            int end = isDear || !settles ? search(matcher, from, size) : searchOn(matcher, size);
            if (end > max || end < 0 && size > max) {
                throw unsatisfiable("A match of the pattern " + pattern, max);
            }
            return end;
        }

        /** Looks where the first match from an index on ends; -1 if there is none. */
        private static int search(Matcher matcher, int index, int size) {
            return matcher.region(index, size).find() ? matcher.end() : -1;
        }

        /** The same, and passes over where nothing can begin any more: there a match has failed without asking for what comes behind the last byte. */
        @SuppressWarnings("JdkObsolete") // hitEnd is meant for what comes in pieces, and this does.
        private int searchOn(Matcher matcher, int size) {
            while (from < size) {
                if (matcher.region(from, size).lookingAt()) {
                    return matcher.end();
                }
                if (matcher.hitEnd()) {
                    return search(matcher, from + 1, size);
                }
                from++;
            }
            return search(matcher, size, size);
        }

        @Override
        public String toString() {
            return "readUntilRegex(" + pattern + ")";
        }
    }

    private static UnsatisfiableReadException unsatisfiable(String what, int max) {
        return new UnsatisfiableReadException(what + " was not found within " + max + " bytes");
    }

    /** So many bytes, or at most so many. */
    static final class Bytes extends OfBytes {

        private final int count;
        private final boolean partial;

        Bytes(int count, boolean partial, @Nullable IOCallback<? super byte[]> callback) {
            super(callback);
            this.count = count;
            this.partial = partial;
        }

        @Override
        int find(ReadBuffer buffer, boolean more) {
            int size = buffer.size();
            if (size >= count) {
                return count;
            }
            return partial && size > 0 ? size : -1;
        }

        @Override
        int upTo(int most, int found) {
            return partial ? Math.min(found, most) : super.upTo(most, found);
        }

        @Override
        int atLeast() {
            return partial ? Math.min(1, count) : count;
        }

        @Override
        public String toString() {
            return "readBytes(" + count + ")";
        }
    }

    /** Into a buffer until it is full, or what is there. What was taken into it counts as taken, though the rest may fail to come. */
    static final class Into extends ReadRequest<Integer> {

        private final ByteBuffer target;
        private final boolean partial;
        private final int start;

        Into(ByteBuffer target, boolean partial, @Nullable IOCallback<? super Integer> callback) {
            super(callback);
            this.target = target;
            this.partial = partial;
            this.start = target.position();
        }

        @Override
        int find(ReadBuffer buffer, boolean more) {
            buffer.takeInto(target);
            boolean enough = !target.hasRemaining() || partial && target.position() > start;
            return enough ? 0 : -1;
        }

        @Override
        Integer take(ReadBuffer buffer, int count) {
            return target.position() - start;
        }

        @Override
        int atLeast() {
            return 0;
        }

        @Override
        ByteBuffer target() {
            return target;
        }

        @Override
        public String toString() {
            return "readInto(" + target + ")";
        }
    }

    /** Everything up to the end. */
    static final class UntilClose extends OfBytes {

        UntilClose(@Nullable IOCallback<? super byte[]> callback) {
            super(callback);
        }

        @Override
        int find(ReadBuffer buffer, boolean more) {
            return -1;
        }

        @Override
        int atEnd(ReadBuffer buffer, boolean isWhole) {
            return isWhole ? buffer.size() : -1;
        }

        @Override
        int atLeast() {
            return 0;
        }

        @Override
        public String toString() {
            return "readUntilClose()";
        }
    }
}
