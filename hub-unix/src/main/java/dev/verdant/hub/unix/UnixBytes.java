package dev.verdant.hub.unix;

import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A descriptor through which bytes pass: a connection, or an end of a pipe.
 *
 * <p>A transfer that is neither full nor the last tells the truth: fewer bytes than there was room for, or than were
 * given, means that the kernel had, or took, no more at that moment. A buffer that is larger than what one system
 * call carries is filled by several; where the kernel may stop short though it has more, a read goes on until there is
 * nothing. Urgent data alone is left out, because it is told as such.
 */
abstract class UnixBytes extends UnixChannel {

    /**
     * What {@link #receive} and {@link #send} return when the call failed and bytes that went before it must be told
     * first.
     */
    private static final int FAILED = -2;

    private final boolean mayStopShort;

    /**
     * The words of the error that broke the connection. The kernel tells an error once, to whoever calls next, and
     * from then on an end of stream; without this a reset that a write was told, or that the second call of a long
     * read met, would look like a proper end.
     */
    private volatile @Nullable String broken;

    UnixBytes(UnixHub hub, FileDescriptor descriptor, int flags, boolean mayStopShort) {
        super(hub, descriptor, flags);
        this.mayStopShort = mayStopShort;
    }

    // ---- the system calls: those for any descriptor, unless a subclass knows of faster ones for its kind

    /** Returns a count, 0 if nothing is there now, -1 at the end. */
    int receive(long address, int length) throws IOException {
        return descriptor.readAddress(address, 0, length);
    }

    int receive(ByteBuffer direct, int position, int limit) throws IOException {
        return descriptor.read(direct, position, limit);
    }

    /** Returns a count, 0 if nothing is taken now. */
    int send(long address, int length) throws IOException {
        return descriptor.writeAddress(address, 0, length);
    }

    int send(ByteBuffer direct, int position, int limit) throws IOException {
        return descriptor.write(direct, position, limit);
    }

    // ---- transfers

    public int read(ByteBuffer target) throws IOException {
        if (target.isReadOnly()) {
            throw new IllegalArgumentException("Read-only buffer");
        }
        int position = target.position();
        int room = target.remaining();
        int count = target.isDirect()
                ? readDirect(target, position, room)
                : read(target.array(), target.arrayOffset() + position, room);
        if (count > 0) {
            target.position(position + count);
        }
        return count;
    }

    private int readDirect(ByteBuffer target, int position, int room) throws IOException {
        boolean guest = begin();
        try {
            if (room == 0) {
                return 0;
            }
            return has(INPUT_SHUT) ? -1 : readDirectly(target, position, position + room);
        } catch (IOException | IllegalStateException e) {
            throw failed(e);
        } finally {
            end(guest);
        }
    }

    private int readDirectly(ByteBuffer target, int position, int limit) throws IOException {
        int count = endOrCount(receive(target, position, limit));
        if (!mayStopShort || count <= 0) {
            return count;
        }
        int more = count;
        while (more > 0 && count < limit - position) {
            more = readOn(target, position + count, limit);
            count += Math.max(more, 0);
        }
        return count;
    }

    /** An end is told again at the next call, and an error is remembered. */
    private int readOn(ByteBuffer target, int position, int limit) {
        try {
            return receive(target, position, limit);
        } catch (IOException | IllegalStateException e) {
            SocketException _ = failed(e);
            return FAILED;
        }
    }

    public int read(byte[] target, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, target.length);
        boolean guest = begin();
        try {
            if (length == 0) {
                return 0;
            }
            return has(INPUT_SHUT) ? -1 : readArray(target, offset, length, guest);
        } finally {
            end(guest);
        }
    }

    private int readArray(byte[] target, int offset, int length, boolean guest) throws SocketException {
        Scratch scratch = guest ? Scratch.borrow() : hub.scratch();
        try {
            return readThrough(scratch, target, offset, length);
        } finally {
            if (guest) {
                scratch.giveBack();
            }
        }
    }

    private int readThrough(Scratch scratch, byte[] target, int offset, int length) throws SocketException {
        int total = 0;
        while (total < length) {
            int room = Math.min(length - total, Scratch.SIZE);
            int count = receive(scratch, room, total > 0);
            if (count <= 0) {
                // An end is told again at the next call, and an error is remembered.
                return total > 0 ? total : count;
            }
            scratch.copyTo(target, offset + total, count);
            total += count;
            if (count < room && !mayStopShort) {
                break;
            }
        }
        return total;
    }

    private int receive(Scratch scratch, int room, boolean bytesWentBefore) throws SocketException {
        try {
            int count = receive(scratch.address(), room);
            return bytesWentBefore ? count : endOrCount(count);
        } catch (IOException | IllegalStateException e) {
            SocketException failure = failed(e);
            if (bytesWentBefore) {
                return FAILED;
            }
            throw failure;
        }
    }

    public int write(ByteBuffer source) throws IOException {
        int position = source.position();
        int length = source.remaining();
        int count = source.isDirect() ? writeDirect(source, position, length) : writeHeap(source, position, length);
        source.position(position + count);
        return count;
    }

    private int writeDirect(ByteBuffer source, int position, int length) throws IOException {
        boolean guest = begin();
        try {
            return length == 0 ? 0 : send(source, position, position + length);
        } catch (IOException | IllegalStateException e) {
            throw failed(e);
        } finally {
            end(guest);
        }
    }

    private int writeHeap(ByteBuffer source, int position, int length) throws IOException {
        if (source.hasArray()) {
            return write(source.array(), source.arrayOffset() + position, length);
        }
        // A read-only buffer hides its array.
        var copy = new byte[length];
        source.get(position, copy);
        return write(copy, 0, length);
    }

    public int write(byte[] source, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, source.length);
        boolean guest = begin();
        try {
            return length == 0 ? 0 : writeArray(source, offset, length, guest);
        } finally {
            end(guest);
        }
    }

    private int writeArray(byte[] source, int offset, int length, boolean guest) throws SocketException {
        Scratch scratch = guest ? Scratch.borrow() : hub.scratch();
        try {
            return writeThrough(scratch, source, offset, length);
        } finally {
            if (guest) {
                scratch.giveBack();
            }
        }
    }

    private int writeThrough(Scratch scratch, byte[] source, int offset, int length) throws SocketException {
        int total = 0;
        while (total < length) {
            int chunk = Math.min(length - total, Scratch.SIZE);
            scratch.copyFrom(source, offset + total, chunk);
            int count = send(scratch, chunk, total > 0);
            total += Math.max(count, 0);
            if (count < chunk) {
                break;
            }
        }
        return total;
    }

    private int send(Scratch scratch, int length, boolean bytesWentBefore) throws SocketException {
        try {
            return send(scratch.address(), length);
        } catch (IOException | IllegalStateException e) {
            SocketException failure = failed(e);
            if (bytesWentBefore) {
                return FAILED;
            }
            throw failure;
        }
    }

    /** A reset is not an end of stream, though the kernel says so once it has told the reset. */
    private int endOrCount(int count) throws SocketException {
        String words = count < 0 ? broken : null;
        if (words != null) {
            throw new SocketException(words);
        }
        return count;
    }

    final SocketException failed(Exception e) {
        if (e instanceof SocketException told) {
            return told;
        }
        SocketException failure = Failures.transfer(e);
        if (Failures.endsConnection(e)) {
            broken = failure.getMessage();
        }
        return failure;
    }
}
