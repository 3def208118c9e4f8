package dev.verdant.testkit.contract;

import dev.verdant.hub.StreamChannel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.IntFunction;

/** One of the ways in which bytes get into a channel and out of it. */
interface Carrier {

    int write(StreamChannel channel, byte[] source, int offset, int length) throws IOException;

    int read(StreamChannel channel, byte[] target, int offset, int length) throws IOException;

    /** The calls that take arrays. */
    record Arrays() implements Carrier {

        @Override
        public int write(StreamChannel channel, byte[] source, int offset, int length) throws IOException {
            return channel.write(source, offset, length);
        }

        @Override
        public int read(StreamChannel channel, byte[] target, int offset, int length) throws IOException {
            return channel.read(target, offset, length);
        }
    }

    /** The calls that take buffers, with something before and behind what is meant. Checks that positions move and limits do not. */
    record Buffers(String kind, IntFunction<ByteBuffer> allocator) implements Carrier {

        private static final int MARGIN = 3;

        @Override
        public int write(StreamChannel channel, byte[] source, int offset, int length) throws IOException {
            ByteBuffer buffer = allocator.apply(length + 2 * MARGIN);
            buffer.put(MARGIN, source, offset, length).position(MARGIN).limit(MARGIN + length);
            return checked(buffer, length, channel.write(buffer));
        }

        @Override
        public int read(StreamChannel channel, byte[] target, int offset, int length) throws IOException {
            ByteBuffer buffer = allocator.apply(length + 2 * MARGIN).position(MARGIN).limit(MARGIN + length);
            int count = checked(buffer, length, channel.read(buffer));
            buffer.get(MARGIN, target, offset, Math.max(count, 0));
            return count;
        }

        private static int checked(ByteBuffer buffer, int length, int count) {
            if (buffer.position() != MARGIN + Math.max(count, 0) || buffer.limit() != MARGIN + length) {
                throw new AssertionError(count + " bytes of " + length + " moved the buffer to " + buffer);
            }
            return count;
        }

        @Override
        public String toString() {
            return kind;
        }
    }
}
