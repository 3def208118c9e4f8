package dev.verdant.hub.unix;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/** A peer's address and its struct sockaddr, kept because most datagrams come from, and go to, who was the last. One thread at a time. */
final class KnownName {

    /** A struct sockaddr_in6, the longer one. */
    private static final int LONGEST = 28;

    private final ByteBuffer name = ByteBuffer.allocate(LONGEST).order(ByteOrder.nativeOrder());
    private int length;
    private @Nullable InetSocketAddress address;

    /** Returns whom the kernel has named in {@code scratch}. */
    InetSocketAddress read(Scratch scratch) {
        InetSocketAddress known = address;
        if (known == null || scratch.nameLength() != length || !scratch.nameIs(name, length)) {
            length = scratch.nameLength();
            scratch.copyName(name, length);
            known = Addresses.decode(name);
            address = known;
        }
        return known;
    }

    /** Names {@code to} in {@code scratch} for the kernel; returns how long the name is. */
    int write(InetSocketAddress to, Scratch scratch) {
        if (to != address) {
            length = Addresses.encode(to, name);
            address = to;
        }
        scratch.putName(name, length);
        return length;
    }
}
