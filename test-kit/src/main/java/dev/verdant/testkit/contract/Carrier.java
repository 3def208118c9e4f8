package dev.verdant.testkit.contract;

import dev.verdant.hub.StreamChannel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.function.IntFunction;
import java.util.function.IntUnaryOperator;

/** One of the ways in which bytes get into a channel and out of it. */
interface Carrier {

    /** So many bytes of a buffer before and behind what is meant. */
    int MARGIN = 3;

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

    /** The calls that take several buffers: of the heap, direct, read-only where that may be, and empty. Checks that positions move as if they were one. */
    record Several(String kind, IntUnaryOperator pieceOf) implements Carrier {

        /** Pieces of all sizes, some of them larger than what hubs copy at a time. */
        static Several mixed() {
            return new Several("buffers of several sizes", length -> 1 + length / 3);
        }

        /** More pieces than one system call carries. */
        static Several many() {
            return new Several("more buffers than a system call takes", length -> 1 + length / 2500);
        }

        @Override
        public int write(StreamChannel channel, byte[] source, int offset, int length) throws IOException {
            ByteBuffer[] buffers = buffers(length);
            int at = offset;
            for (int i = 1; i < buffers.length - 1; i++) {
                ByteBuffer buffer = buffers[i];
                buffer.put(buffer.position(), source, at, buffer.remaining());
                at += buffer.remaining();
                if (i % 4 == 0) {
                    buffers[i] = buffer.asReadOnlyBuffer();
                }
            }
            return checked(buffers, channel.write(buffers, 1, buffers.length - 2));
        }

        @Override
        public int read(StreamChannel channel, byte[] target, int offset, int length) throws IOException {
            ByteBuffer[] buffers = buffers(length);
            int count = checked(buffers, channel.read(buffers, 1, buffers.length - 2));
            int at = offset;
            for (int i = 1; i < buffers.length - 1; i++) {
                ByteBuffer filled = buffers[i].flip().position(Math.min(MARGIN, buffers[i].limit()));
                int piece = filled.remaining();
                filled.get(target, at, piece);
                at += piece;
            }
            return count;
        }

        /** As many bytes in all, between one buffer before and one behind that are not meant. */
        private ByteBuffer[] buffers(int length) {
            int piece = pieceOf.applyAsInt(length);
            var buffers = new ArrayList<ByteBuffer>();
            buffers.add(ByteBuffer.allocate(1));
            for (int left = length, i = 0; left > 0; i++) {
                int size = i % 5 == 2 ? 0 : Math.min(left, piece);
                ByteBuffer buffer = i % 2 == 0
                        ? ByteBuffer.allocateDirect(size + 2 * MARGIN)
                        : ByteBuffer.allocate(size + 2 * MARGIN);
                buffers.add(buffer.position(MARGIN).limit(MARGIN + size));
                left -= size;
            }
            buffers.add(ByteBuffer.allocate(1));
            return buffers.toArray(ByteBuffer[]::new);
        }

        private static int checked(ByteBuffer[] buffers, long count) {
            long left = Math.max(count, 0);
            for (int i = 1; i < buffers.length - 1; i++) {
                ByteBuffer buffer = buffers[i];
                int moved = buffer.position() - MARGIN;
                if (moved != Math.min(left, buffer.limit() - MARGIN)) {
                    throw new AssertionError(count + " bytes moved buffer " + i + " to " + buffer);
                }
                left -= moved;
            }
            if (left != 0 || buffers[0].position() != 0 || buffers[buffers.length - 1].position() != 0) {
                throw new AssertionError(count + " bytes, of which " + left + " moved no buffer that was meant");
            }
            return (int) count;
        }

        @Override
        public String toString() {
            return kind;
        }
    }
}
