package dev.verdant.green.http;

import java.nio.ByteBuffer;

/** Bytes, and a view of them as a socket takes it. */
final class Buffer {

    static final int SIZE = 8 * 1024;

    final byte[] bytes;
    private final ByteBuffer view;

    Buffer(int size) {
        bytes = new byte[size];
        view = ByteBuffer.wrap(bytes);
    }

    /** Returns a part of it, for one call. */
    ByteBuffer view(int from, int to) {
        return view.limit(to).position(from);
    }
}
