package dev.verdant.hub.unix;

import dev.verdant.hub.AbstractUnixAddress;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.net.BindException;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.UnsupportedAddressTypeException;
import java.nio.charset.Charset;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Sockets of this machine, see unix(7): named by a path or, on Linux, by an abstract name. Stateless.
 *
 * <p>Not by Netty's calls: its bind removes whatever has the path, and its names end at the first zero byte.
 */
final class UnixDomain implements Domain {

    static final UnixDomain INSTANCE = new UnixDomain();

    /** AF_UNIX. */
    private static final int FAMILY = 1;

    /** Where struct sockaddr_un has its path; the family stands before it, and on the BSDs the length before that. */
    private static final int PATH = 2;

    /** The longest path, as the JDK has it: sun_path less two. */
    private static final int LONGEST_PATH = Errno.number(108, 104) - 2;

    /** No name: what a socket has that is connected and not bound. */
    static final UnixDomainSocketAddress UNNAMED = UnixDomainSocketAddress.of("");

    /** The encoding of file names. */
    private static final Charset CHARSET = Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));

    private UnixDomain() {}

    @Override
    public SocketAddress local(SocketAddress address) throws IOException {
        return remote(address);
    }

    @Override
    public SocketAddress remote(SocketAddress address) throws IOException {
        boolean known = address instanceof UnixDomainSocketAddress
                || Errno.LINUX && address instanceof AbstractUnixAddress;
        if (!known) {
            throw new UnsupportedAddressTypeException();
        }
        if (address instanceof UnixDomainSocketAddress path && bytes(path).length > LONGEST_PATH) {
            throw new SocketException("Unix domain path too long");
        }
        return address;
    }

    @Override
    public void bind(Socket socket, SocketAddress local) throws IOException {
        if (local.equals(UNNAMED)) {
            throw new BindException("Server socket cannot bind to unnamed address");
        }
        Libc libc = Libc.get();
        Scratch scratch = Scratch.borrow();
        try {
            libc.bind(socket.intValue(), scratch, encode(local, scratch));
        } finally {
            scratch.giveBack();
        }
    }

    @Override
    public boolean connect(Socket socket, SocketAddress remote) throws IOException {
        Libc libc = Libc.get();
        Scratch scratch = Scratch.borrow();
        try {
            libc.connect(socket.intValue(), scratch, encode(remote, scratch));
            return true;
        } finally {
            scratch.giveBack();
        }
    }

    @Override
    public @Nullable SocketAddress localAddress(Socket socket) {
        SocketAddress local = name(socket, false);
        // A connection that is not bound has a name that is none; what is neither bound nor connected has not.
        return UNNAMED.equals(local) && name(socket, true) == null ? null : local;
    }

    @Override
    public @Nullable SocketAddress remoteAddress(Socket socket) {
        return name(socket, true);
    }

    private static @Nullable SocketAddress name(Socket socket, boolean peer) {
        Libc libc = Libc.get();
        Scratch scratch = Scratch.borrow();
        try {
            return libc.name(socket.intValue(), peer, scratch) ? decode(scratch) : null;
        } finally {
            scratch.giveBack();
        }
    }

    /** A read ends behind bytes that came with descriptors, though there may be more, see unix(7). */
    @Override
    public boolean mayStopShort() {
        return true;
    }

    /** Writes a struct sockaddr_un; returns its length. */
    static int encode(SocketAddress address, Scratch scratch) {
        ByteBuffer target = scratch.name();
        int length;
        if (address instanceof AbstractUnixAddress named) {
            byte[] name = named.name();
            length = PATH + 1 + name.length;
            target.put(PATH, (byte) 0).put(PATH + 1, name);
        } else {
            byte[] path = bytes((UnixDomainSocketAddress) address);
            length = PATH + path.length + 1;
            target.put(PATH, path).put(PATH + path.length, (byte) 0);
        }
        if (Errno.LINUX) {
            target.putShort(0, (short) FAMILY);
        } else {
            target.put(0, (byte) length).put(1, (byte) FAMILY);
        }
        return length;
    }

    /** Reads a struct sockaddr_un whose length the kernel has told. */
    static SocketAddress decode(Scratch scratch) {
        int length = scratch.nameLength() - PATH;
        if (length <= 0) {
            return UNNAMED;
        }
        var bytes = new byte[length];
        scratch.name().get(PATH, bytes);
        if (bytes[0] == 0) {
            return Errno.LINUX && length > 1
                    ? AbstractUnixAddress.of(Arrays.copyOfRange(bytes, 1, length))
                    : UNNAMED;
        }
        int end = 0;
        while (end < length && bytes[end] != 0) {
            end++;
        }
        return UnixDomainSocketAddress.of(new String(bytes, 0, end, CHARSET));
    }

    private static byte[] bytes(UnixDomainSocketAddress path) {
        return path.getPath().toString().getBytes(CHARSET);
    }
}
