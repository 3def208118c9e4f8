package dev.verdant.hub.unix;

import io.netty.channel.unix.Buffer;
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

    // ---- transfers of several buffers

    public long read(ByteBuffer[] targets, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, targets.length);
        for (int i = offset; i < offset + length; i++) {
            if (targets[i].isReadOnly()) {
                throw new IllegalArgumentException("Read-only buffer");
            }
        }
        boolean guest = begin();
        try {
            Scratch scratch = guest ? Scratch.borrow() : hub.scratch();
            try {
                return scatter(scratch, targets, offset, offset + length);
            } finally {
                if (guest) {
                    scratch.giveBack();
                }
            }
        } finally {
            end(guest);
        }
    }

    private long scatter(Scratch scratch, ByteBuffer[] targets, int from, int end) throws SocketException {
        Vectors vectors = scratch.vectors();
        int most = ScatteringRead.isReady() ? Vectors.MOST : 1;
        long total = 0;
        while (true) {
            vectors.clear();
            collect(vectors, most, scratch, false, targets, from, end);
            if (vectors.count() == 0) {
                return total;
            }
            if (has(INPUT_SHUT)) {
                return total > 0 ? total : -1;
            }
            long count = receive(vectors, scratch, total > 0);
            if (count <= 0) {
                return total > 0 ? total : count; // An end is told again at the next call, and an error is remembered.
            }
            deliver(scratch, targets, from, count);
            total += count;
            if (count < vectors.total() && !mayStopShort) {
                return total;
            }
        }
    }

    /**
     * Notes where the bytes of buffers are or go, as many as one call carries. Those of heap buffers and of small ones are in scratch
     * memory, into which they are copied if they are to be sent.
     */
    private static void collect(Vectors vectors, int most, Scratch scratch, boolean toSend, ByteBuffer[] buffers,
            int from, int end) {
        int used = 0;
        for (int i = from; i < end; i++) {
            ByteBuffer buffer = buffers[i];
            int left = buffer.remaining();
            if (left == 0) {
                continue;
            }
            if (!goesThroughScratch(buffer, used)) {
                if (!vectors.add(Buffer.memoryAddress(buffer) + buffer.position(), left, most)) {
                    return;
                }
                continue;
            }
            int piece = Math.min(left, Scratch.SIZE - used);
            if (piece == 0 || !vectors.add(scratch.address() + used, piece, most)) {
                return;
            }
            if (toSend) {
                scratch.copyFrom(buffer, buffer.position(), piece, used);
            }
            used += piece;
            if (piece < left) {
                return;
            }
        }
    }

    /** Whether a buffer's bytes pass through scratch memory, of which so much is used by those before it. */
    private static boolean goesThroughScratch(ByteBuffer buffer, int used) {
        return !buffer.isDirect() || buffer.remaining() <= Math.min(Scratch.SMALL, Scratch.SIZE - used);
    }

    /** Moves buffers by what has come, and copies what came through scratch memory. */
    private static void deliver(Scratch scratch, ByteBuffer[] targets, int from, long count) {
        int used = 0;
        long left = count;
        for (int i = from; left > 0; i++) {
            ByteBuffer target = targets[i];
            int piece = (int) Math.min(left, target.remaining());
            if (goesThroughScratch(target, used)) {
                scratch.copyTo(target, used, piece);
                used += piece;
            } else {
                target.position(target.position() + piece);
            }
            left -= piece;
        }
    }

    private long receive(Vectors vectors, Scratch scratch, boolean bytesWentBefore) throws SocketException {
        try {
            long count = vectors.count() == 1
                    ? receive(vectors.start(), (int) vectors.total())
                    : ScatteringRead.receive(descriptor.intValue(), vectors, scratch);
            return bytesWentBefore ? count : endOrCount(count);
        } catch (IOException | IllegalStateException e) {
            SocketException failure = failed(e);
            if (bytesWentBefore) {
                return FAILED;
            }
            throw failure;
        }
    }

    public long write(ByteBuffer[] sources, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, sources.length);
        boolean guest = begin();
        try {
            Scratch scratch = guest ? Scratch.borrow() : hub.scratch();
            try {
                return gather(scratch, sources, offset, offset + length);
            } finally {
                if (guest) {
                    scratch.giveBack();
                }
            }
        } finally {
            end(guest);
        }
    }

    private long gather(Scratch scratch, ByteBuffer[] sources, int from, int end) throws SocketException {
        Vectors vectors = scratch.vectors();
        long total = 0;
        while (true) {
            vectors.clear();
            collect(vectors, Vectors.MOST, scratch, true, sources, from, end);
            long offered = vectors.total();
            if (offered == 0) {
                return total;
            }
            long count = send(vectors, total > 0);
            if (count > 0) {
                advance(sources, from, count);
                total += count;
            }
            if (count < offered) {
                return total;
            }
        }
    }

    private static void advance(ByteBuffer[] sources, int from, long count) {
        long left = count;
        for (int i = from; left > 0; i++) {
            int piece = (int) Math.min(left, sources[i].remaining());
            sources[i].position(sources[i].position() + piece);
            left -= piece;
        }
    }

    private long send(Vectors vectors, boolean bytesWentBefore) throws SocketException {
        try {
            return vectors.count() == 1
                    ? send(vectors.start(), (int) vectors.total())
                    : descriptor.writevAddresses(vectors.address(), vectors.count());
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
        return (int) endOrCount((long) count);
    }

    private long endOrCount(long count) throws SocketException {
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
