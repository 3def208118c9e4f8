package dev.verdant.green.io;

import dev.verdant.green.kernel.Loop;
import dev.verdant.green.kernel.Offload;
import dev.verdant.green.kernel.Waiter;
import dev.verdant.green.sync.GreenSemaphore;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A {@link FileChannel} whose calls hold no loop: what the operating system blocks in is done by native threads, up to 32 for all files and 64 for what may
 * wait for ever, pipes and terminals, while the green thread waits. Called by any other thread it is an ordinary file channel.
 *
 * {@snippet :
 * try (var file = GreenFileChannel.open(Path.of("orders.log"), APPEND, CREATE)) {
 *     file.write(line);
 *     file.force(false);
 * }
 * }
 *
 * <p>Any thread may call, any number at a time; calls that use the channel's position take turns. A read or write moves at most 128 KiB in one go: a read may return
 * less than there is room for, a write writes everything.
 *
 * <p><b>Waits that end early.</b> A timeout or kill ends the wait and not what the operating system is doing. A read that ends early has moved neither the channel's position
 * nor touched the buffer. Of a write that ends early, what the buffer's position says was taken is written all the same; the next call waits for that, and if it
 * has failed the next call throws it. An interrupt closes the channel, as it closes the JDK's.
 *
 * <p>Pipes and terminals that have a name can be opened, too. What a read that ends early would have brought is the next one's, and a close waits for no write there.
 *
 * <p>{@link #lock} looks again and again, every 50 ms in the end, and so is not first come, first served: the operating system's own wait cannot be given up. Page
 * faults of what {@link #map} returns hold the loop.
 */
public final class GreenFileChannel extends FileChannel {

    private static final Offload FILES = new Offload("files", 4, 32);

    /** The opening of a pipe, its reads and its writes wait for its other end, and must hold up no file. */
    private static final Offload STREAMS = new Offload("file-streams", 4, 64);

    private static final int CHUNK_BYTES = 128 * 1024;

    private static final long FIRST_LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long LAST_LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private final FileChannel file;
    private final String name;

    /** Writes go where the channel is: it appends, or it is no file but a pipe or a terminal, which has no positions. */
    private final boolean writesInOrder;

    /** It is no file but a pipe or a terminal. */
    private final boolean isStream;

    /** Held by who uses the position, and by who writes: so one write at the most is on its way that nobody waits for. */
    private final GreenSemaphore turn = new GreenSemaphore(1);

    // Guarded by the turn.
    private long position;

    /** What a stream brings: the read that somebody has left, and what has come and was not taken. */
    private Offload.@Nullable Work<@Nullable ByteBuffer> reading;
    private ByteBuffer ahead = ByteBuffer.allocate(0);

    /** A write that was handed over, until somebody has seen its end. */
    private final AtomicReference<Offload.@Nullable Work<?>> last = new AtomicReference<>();

    private GreenFileChannel(Opened opened, String name, boolean appends) {
        this.file = opened.file;
        this.name = name;
        this.isStream = opened.isStream;
        this.writesInOrder = appends || isStream;
    }

    private record Opened(FileChannel file, boolean isStream) {

        static Opened of(FileChannel file) {
            try {
                long _ = file.position();
                return new Opened(file, false);
            } catch (IOException e) {
                return new Opened(file, true);
            }
        }

        void close() throws IOException {
            file.close();
        }
    }

    /**
     * Opens a file, or creates it.
     *
     * @param path of any file system
     * @param options as for {@link FileChannel#open(Path, OpenOption...)}
     * @return the channel, at the file's beginning
     * @throws IOException as {@code FileChannel.open}; {@link ClosedByInterruptException} if a user interrupted the thread
     */
    public static GreenFileChannel open(Path path, OpenOption... options) throws IOException {
        return open(path, Set.of(options));
    }

    /**
     * Opens a file, or creates it. If the wait ends early, the file is closed again.
     *
     * @param path of any file system
     * @param options as for {@link FileChannel#open(Path, Set, FileAttribute...)}
     * @param attributes what to create it with
     * @return the channel, at the file's beginning
     * @throws IOException as {@code FileChannel.open}; {@link ClosedByInterruptException} if a user interrupted the thread
     */
    public static GreenFileChannel open(Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
            throws IOException {
        Objects.requireNonNull(path, "path");
        Set<OpenOption> own = Set.copyOf(options);
        FileAttribute<?>[] with = attributes.clone();
        Callable<@Nullable Opened> open = () -> Opened.of(FileChannel.open(path, own, with));
        String what = "the opening of " + path;
        Opened opened = orGivenBack(FILES, what, () -> mayWait(path) ? null : open.call(), Opened::close);
        if (opened == null) {
            opened = orGivenBack(STREAMS, what, open, Opened::close);
        }
        return new GreenFileChannel(Objects.requireNonNull(opened), path.toString(),
                own.contains(StandardOpenOption.APPEND));
    }

    private static boolean mayWait(Path path) {
        try {
            return Files.readAttributes(path, BasicFileAttributes.class).isOther();
        } catch (IOException e) {
            return false; // The opening tells why.
        }
    }

    private Offload threads() {
        return isStream ? STREAMS : FILES;
    }

    // ---- reads

    @Override
    public int read(ByteBuffer target) throws IOException {
        takeTurn();
        try {
            return readHere(target);
        } finally {
            turn.release();
        }
    }

    /** With the turn. */
    private int readHere(ByteBuffer target) throws IOException {
        boolean isBehind = reading != null || ahead.hasRemaining();
        if (isStream && (isGreen() || isBehind) && target.hasRemaining() && !target.isReadOnly()) {
            return readNext(target);
        }
        awaitLast();
        int count = isStream ? file.read(target) : readAt(target, position);
        position += Math.max(0, count);
        return count;
    }

    /** With the turn. What comes when nobody waits any more is the next one's. */
    private int readNext(ByteBuffer target) throws IOException {
        awaitLast();
        if (!ahead.hasRemaining()) {
            var read = reading;
            if (read == null) {
                int room = Math.min(target.remaining(), CHUNK_BYTES);
                read = STREAMS.<@Nullable ByteBuffer>work("a read of " + name, () -> {
                    var some = ByteBuffer.allocate(room);
                    return file.read(some) < 0 ? null : some.flip();
                });
                reading = read;
            }
            awaitOpen(read);
            reading = null;
            ByteBuffer some = result(read);
            if (some == null) {
                return -1;
            }
            ahead = some;
        }
        int count = Math.min(ahead.remaining(), target.remaining());
        target.put(ahead.slice(ahead.position(), count));
        ahead.position(ahead.position() + count);
        return count;
    }

    @Override
    public int read(ByteBuffer target, long at) throws IOException {
        return readAt(target, at);
    }

    @Override
    public long read(ByteBuffer[] targets, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, targets.length);
        takeTurn();
        try {
            long total = 0;
            for (int i = offset; i < offset + length; i++) {
                int room = targets[i].remaining();
                int count = readHere(targets[i]);
                if (count < 0 && room > 0) {
                    return total > 0 ? total : -1;
                }
                total += Math.max(0, count);
                if (count < room) {
                    return total;
                }
            }
            return total;
        } finally {
            turn.release();
        }
    }

    /** The native thread reads into its own array: the caller may be gone by then, and use his buffer for something else. */
    private int readAt(ByteBuffer target, long at) throws IOException {
        awaitLast();
        if (!isGreen() || !target.hasRemaining() || target.isReadOnly() || at < 0) {
            return file.read(target, at); // Which refuses what is to be refused.
        }
        byte[] bytes = new byte[Math.min(target.remaining(), CHUNK_BYTES)];
        int count = offLoop("a read of ", () -> file.read(ByteBuffer.wrap(bytes), at));
        if (count > 0) {
            target.put(bytes, 0, count);
        }
        return count;
    }

    // ---- writes

    @Override
    public int write(ByteBuffer source) throws IOException {
        takeTurn();
        try {
            return writeHere(source);
        } finally {
            turn.release();
        }
    }

    @Override
    public long write(ByteBuffer[] sources, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, sources.length);
        takeTurn();
        try {
            long total = 0;
            for (int i = offset; i < offset + length; i++) {
                total += writeHere(sources[i]);
            }
            return total;
        } finally {
            turn.release();
        }
    }

    @Override
    public int write(ByteBuffer source, long at) throws IOException {
        if (at < 0) {
            throw new IllegalArgumentException("Negative position");
        }
        takeTurn();
        try {
            int total = 0;
            while (source.hasRemaining()) {
                total += writeChunk(source, at + total);
            }
            return total;
        } finally {
            turn.release();
        }
    }

    /** With the turn. Writes everything at the channel's position, which moves with what is taken. */
    private int writeHere(ByteBuffer source) throws IOException {
        int total = 0;
        do {
            int start = source.position();
            try {
                writeChunk(source, position);
            } finally {
                int taken = source.position() - start;
                position += taken;
                total += taken;
            }
        } while (source.hasRemaining());
        return total;
    }

    /** With the turn. Takes some, which is written whatever becomes of the wait; returns how much. If the write fails, it has taken nothing. */
    private int writeChunk(ByteBuffer source, long at) throws IOException {
        awaitLast();
        if (!isGreen() || !source.hasRemaining()) {
            return writesInOrder ? file.write(source) : file.write(source, at); // Which refuses what is to be refused.
        }
        int start = source.position();
        byte[] bytes = new byte[Math.min(source.remaining(), CHUNK_BYTES)];
        source.get(bytes);
        var work = threads().work("a write to " + name, () -> {
            var from = ByteBuffer.wrap(bytes);
            while (from.hasRemaining()) {
                int _ = writesInOrder ? file.write(from) : file.write(from, at + from.position());
            }
            return bytes.length;
        });
        last.set(work);
        work.submit();
        awaitOpen(work);
        boolean _ = last.compareAndSet(work, null);
        try {
            return result(work);
        } catch (IOException | RuntimeException e) {
            source.position(start);
            throw e;
        }
    }

    /** Waits for a write that somebody has left, and throws what has become of it. */
    private void awaitLast() throws IOException {
        var left = last.get();
        if (left != null) {
            awaitOpen(left);
            if (last.compareAndSet(left, null)) {
                var _ = result(left);
            }
        }
    }

    // ---- the position, and the file as a whole

    /** An interrupt closes the channel, as an interrupt of any other wait. */
    private void takeTurn() throws IOException {
        try {
            turn.acquire();
        } catch (InterruptedException e) {
            throw closedByInterrupt();
        }
    }

    @Override
    public long position() throws IOException {
        takeTurn();
        try {
            checkOpen();
            return writesInOrder ? offLoop("the position of ", file::position) : position;
        } finally {
            turn.release();
        }
    }

    @Override
    public FileChannel position(long to) throws IOException {
        takeTurn();
        try {
            checkOpen();
            if (to < 0) {
                throw new IllegalArgumentException("newPosition: " + to + " (expected: >= 0)");
            }
            position = to;
            return this;
        } finally {
            turn.release();
        }
    }

    private void checkOpen() throws ClosedChannelException {
        if (!isOpen()) {
            throw new ClosedChannelException();
        }
    }

    @Override
    public long size() throws IOException {
        awaitLast();
        return offLoop("the size of ", file::size);
    }

    @Override
    public FileChannel truncate(long size) throws IOException {
        takeTurn();
        try {
            awaitLast();
            var _ = offLoop("the truncation of ", () -> file.truncate(size));
            position = Math.min(position, size);
            return this;
        } finally {
            turn.release();
        }
    }

    @Override
    public void force(boolean metaData) throws IOException {
        awaitLast();
        var _ = offLoop("the sync of ", () -> {
            file.force(metaData);
            return true;
        });
    }

    // ---- transfers

    /** Whatever the target is, the caller writes to it; the file is read off the loop. */
    @Override
    public long transferTo(long from, long count, WritableByteChannel target) throws IOException {
        if (!isGreen()) {
            awaitLast();
            return file.transferTo(from, count, target);
        }
        requireTransfer(from, count, target.isOpen());
        var chunk = ByteBuffer.allocate((int) Math.min(count, CHUNK_BYTES));
        long total = 0;
        while (total < count) {
            chunk.clear().limit((int) Math.min(count - total, CHUNK_BYTES));
            if (readAt(chunk, from + total) <= 0) {
                break;
            }
            int read = chunk.flip().remaining();
            int written = write(chunk, target);
            total += written;
            if (written < read) {
                break;
            }
        }
        return total;
    }

    /** A target that blocks in the operating system blocks a native thread. */
    private int write(ByteBuffer chunk, WritableByteChannel target) throws IOException {
        if (!isPlainFile(target)) {
            return target.write(chunk);
        }
        ByteBuffer own = ByteBuffer.allocate(chunk.remaining()).put(chunk).flip();
        return offLoop("a transfer from ", () -> target.write(own));
    }

    private static boolean isPlainFile(Object channel) {
        return channel instanceof FileChannel && !(channel instanceof GreenFileChannel);
    }

    @Override
    public long transferFrom(ReadableByteChannel source, long to, long count) throws IOException {
        if (!isGreen()) {
            awaitLast();
            return file.transferFrom(source, to, count);
        }
        requireTransfer(to, count, source.isOpen());
        if (to > size()) {
            return 0;
        }
        long total = 0;
        while (total < count) {
            var chunk = ByteBuffer.allocate((int) Math.min(count - total, CHUNK_BYTES));
            int read = isPlainFile(source)
                    ? offLoop("a transfer to ", () -> source.read(chunk))
                    : source.read(chunk);
            if (read <= 0) {
                break;
            }
            total += write(chunk.flip(), to + total);
        }
        return total;
    }

    private void requireTransfer(long position, long count, boolean otherIsOpen) throws ClosedChannelException {
        checkOpen();
        if (!otherIsOpen) {
            throw new ClosedChannelException();
        }
        if (position < 0 || count < 0) {
            throw new IllegalArgumentException("position: " + position + ", count: " + count + " (expected: >= 0)");
        }
    }

    // ---- memory

    @Override
    public MappedByteBuffer map(MapMode mode, long from, long size) throws IOException {
        awaitLast();
        return file.map(mode, from, size);
    }

    @Override
    public MemorySegment map(MapMode mode, long offset, long size, Arena arena) throws IOException {
        awaitLast();
        return file.map(mode, offset, size, arena); // An arena may belong to the caller's thread.
    }

    // ---- locks

    @Override
    public FileLock lock(long from, long size, boolean shared) throws IOException {
        if (!isGreen()) {
            return new Locked(this, file.lock(from, size, shared));
        }
        long patience = FIRST_LOOK_NANOS;
        FileLock got = tryLock(from, size, shared);
        while (got == null) {
            try {
                boolean _ = new Waiter().await("a lock of " + name, patience);
            } catch (InterruptedException e) {
                throw closedByInterrupt();
            }
            patience = Math.min(2 * patience, LAST_LOOK_NANOS);
            got = tryLock(from, size, shared);
        }
        return got;
    }

    @Override
    public @Nullable FileLock tryLock(long from, long size, boolean shared) throws IOException {
        FileLock got;
        try {
            got = orGivenBack(threads(), "a lock of " + name, () -> file.tryLock(from, size, shared),
                    FileLock::release);
        } catch (ClosedByInterruptException e) {
            throw closedByInterrupt();
        }
        return got == null ? null : new Locked(this, got);
    }

    /** The JDK's lock, for which this is the channel. */
    private static final class Locked extends FileLock {

        private final FileLock lock;

        Locked(GreenFileChannel channel, FileLock lock) {
            super(channel, lock.position(), lock.size(), lock.isShared());
            this.lock = lock;
        }

        @Override
        public boolean isValid() {
            return lock.isValid();
        }

        @Override
        public void release() throws IOException {
            lock.release();
        }
    }

    // ---- close

    /** Waits for a write that was left, and throws what became of it, unless nobody may ever take it. A close that ends early goes on. */
    @Override
    protected void implCloseChannel() throws IOException {
        var written = last.getAndSet(null);
        var left = isStream ? null : written;
        Callable<Boolean> close = () -> {
            try {
                if (left != null) {
                    boolean _ = left.await(-1);
                }
            } finally {
                file.close();
            }
            if (left != null) {
                var _ = result(left);
            }
            return true;
        };
        if (!isGreen()) {
            boolean _ = inline(close);
            return;
        }
        var work = FILES.work("the close of " + name, close).submit();
        boolean interrupted = Thread.interrupted();
        try {
            while (!isDone(work)) {
                interrupted = true;
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
        boolean _ = result(work);
    }

    /** Returns false if the wait was interrupted. */
    private static boolean isDone(Offload.Work<?> work) {
        try {
            return work.await(-1);
        } catch (InterruptedException e) {
            return false;
        }
    }

    private ClosedByInterruptException closedByInterrupt() {
        try {
            close();
        } catch (IOException e) {
            // It is closed all the same, and what is told is why.
        }
        Thread.currentThread().interrupt();
        return new ClosedByInterruptException();
    }

    @Override
    public String toString() {
        return "GreenFileChannel[" + name + (isOpen() ? "]" : ", closed]");
    }

    // ---- off the loop

    private static boolean isGreen() {
        return Loop.currentFiber() != null;
    }

    private <T> T offLoop(String what, Callable<T> call) throws IOException {
        if (!isGreen()) {
            return inline(call);
        }
        var work = threads().work(what + name, call);
        awaitOpen(work);
        return result(work);
    }

    private void awaitOpen(Offload.Work<?> work) throws ClosedByInterruptException {
        try {
            boolean _ = work.await(-1);
        } catch (InterruptedException e) {
            throw closedByInterrupt();
        }
    }

    private static <T extends @Nullable Object> T inline(Callable<T> call) throws IOException {
        try {
            return call.call();
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw unexpected(e);
        }
    }

    private static <T extends @Nullable Object> T result(Offload.Work<T> work) throws IOException {
        try {
            return work.result();
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw unexpected(e);
        }
    }

    private static AssertionError unexpected(Exception e) {
        return new AssertionError("a call on a file threw what it does not declare; please report", e);
    }

    /** Gives back what nobody waits for any more. */
    @FunctionalInterface
    private interface GiveBack<T> {
        void accept(T unwanted) throws IOException;
    }

    private static <T> @Nullable T orGivenBack(Offload threads, String what, Callable<@Nullable T> call,
            GiveBack<T> giveBack)
            throws IOException {
        if (!isGreen()) {
            return inline(call);
        }
        var over = new HandOver<>(giveBack);
        var work = threads.<@Nullable T>work(what, () -> over.bring(call.call()));
        boolean got = false;
        try {
            boolean _ = work.await(-1);
            T result = result(work);
            got = true;
            return result;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ClosedByInterruptException();
        } finally {
            if (!got) {
                over.leave();
            }
        }
    }

    /** Who brings something, and who waits for it and may have left. */
    private static final class HandOver<T> {

        private final GiveBack<T> giveBack;

        // Guarded by this.
        private boolean left;
        private @Nullable T brought;

        HandOver(GiveBack<T> giveBack) {
            this.giveBack = giveBack;
        }

        @Nullable T bring(@Nullable T thing) throws IOException {
            synchronized (this) {
                brought = thing;
                if (!left) {
                    return thing;
                }
            }
            giveBack();
            return thing;
        }

        /** What has called the caller away is what he is to hear of. */
        void leave() {
            synchronized (this) {
                left = true;
            }
            try {
                giveBack();
            } catch (IOException e) {
                // It cannot be used any more, which is what was wanted.
            }
        }

        private void giveBack() throws IOException {
            T unwanted;
            synchronized (this) {
                unwanted = brought;
                brought = null;
            }
            if (unwanted != null) {
                giveBack.accept(unwanted);
            }
        }
    }
}
