package dev.verdant.green.stream;

import static java.util.Objects.requireNonNull;

import dev.verdant.green.GreenTask;
import dev.verdant.green.net.GreenChannel;
import dev.verdant.green.net.GreenStream;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletionStage;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A stream of bytes with buffers, as tornado's {@code IOStream}: reads that say what they want, whatever pieces it comes in, and writes that are queued.
 *
 * <p>Each call has three forms. The plain one waits, for green threads. The one with a callback returns at once, and so does the one whose name ends in {@code Async} and that
 * returns a stage; callbacks and stages are completed on the green thread that runs the {@link IOLoop}, in the order in which things come, never from within the
 * call. They need a running {@code IOLoop}; the plain form does not.
 *
 * <p><b>One read at a time.</b> What was asked for is given as soon as it is there, and what came with it is kept for the next read. Nobody reads ahead more than one
 * {@linkplain #readChunkSize() chunk}, so a peer is held up that sends what nobody asks for. A plain read that ends early (timeout, kill) has taken nothing.
 *
 * <p><b>Writes</b> go out in order. A plain write returns when the system has taken all of it; if it ends early, what was not sent yet stays queued, and goes with what is
 * written next or while the {@code IOLoop} runs: close the stream if it must not. Of what is larger than two KiB no copy is made, so leave it alone until the write is done.
 *
 * <p><b>The end.</b> A stream is closed when its peer ends it and somebody reads (or there is a {@linkplain #setCloseCallback close callback}), when something fails, when a callback
 * throws, or by {@link #close()}. What had come before can still be read. All else fails with a {@link StreamClosedException} whose cause is {@link #error()}.
 *
 * <p>Confined to its loop: any other thread hands over with {@link IOLoop#addCallback}. Only {@link #close()} may be called from anywhere.
 */
public abstract class BaseIOStream implements AutoCloseable {

    final StreamCore core;
    private final IOLoop ioLoop;

    /**
     * Creates one on the caller's loop.
     *
     * @param <S> a type of streams that can be closed
     * @param stream the bytes; closed with this
     * @param channel whose readiness tells when the stream should be tried
     * @throws IllegalStateException on a thread that is on no loop
     */
    @SuppressWarnings("this-escape") // it is only kept, for its name
    protected <S extends GreenStream & Closeable> BaseIOStream(S stream, GreenChannel channel) {
        this.ioLoop = IOLoop.current();
        this.core = new StreamCore(ioLoop, this, requireNonNull(stream, "stream"), requireNonNull(channel, "channel"),
                stream);
    }

    /**
     * Returns where its callbacks run. Any thread.
     *
     * @return the one of its loop
     */
    public final IOLoop ioLoop() {
        return ioLoop;
    }

    // ---- reading

    /**
     * Reads up to a delimiter and with it. Waits for it.
     *
     * @param delimiter its bytes in UTF-8 count
     * @return the bytes
     * @throws StreamClosedException if the stream is closed, or is before that comes; the cause says why
     * @throws dev.verdant.green.net.ConcurrentUseException if a read is under way
     * @throws IOException as the two
     */
    public byte[] readUntil(String delimiter) throws IOException {
        return core.await(new ReadRequest.UntilDelimiter(Delimiter.of(delimiter), Integer.MAX_VALUE, null));
    }

    /**
     * Reads up to a delimiter and with it.
     *
     * @param delimiter its bytes in UTF-8 count
     * @return the bytes, or a failure: a {@link StreamClosedException} if the stream is closed before that comes
     */
    public CompletionStage<byte[]> readUntilAsync(String delimiter) {
        return Stage.of(callback -> core
                .begin(new ReadRequest.UntilDelimiter(Delimiter.of(delimiter), Integer.MAX_VALUE, callback)));
    }

    /**
     * Reads up to a delimiter and with it.
     *
     * @param delimiter its bytes in UTF-8 count
     * @param callback told of it
     * @throws StreamClosedException if the stream is closed, and what had come before will not do
     * @throws IOException if a read is under way: {@link dev.verdant.green.net.ConcurrentUseException}
     */
    public void readUntil(String delimiter, IOCallback<? super byte[]> callback) throws IOException {
        core.begin(new ReadRequest.UntilDelimiter(Delimiter.of(delimiter), Integer.MAX_VALUE,
                requireNonNull(callback, "callback")));
    }

    /**
     * Reads up to a delimiter and with it. Waits for it.
     *
     * @param delimiter its bytes in UTF-8 count
     * @param maxBytes how many bytes that may be at the most, the delimiter among them; where it does not end within them the stream is closed, and {@link #error()} is an {@link UnsatisfiableReadException}
     * @return the bytes
     * @throws StreamClosedException if the stream is closed, or is before that comes; the cause says why
     * @throws dev.verdant.green.net.ConcurrentUseException if a read is under way
     * @throws IOException as the two
     */
    public byte[] readUntil(String delimiter, int maxBytes) throws IOException {
        return core.await(new ReadRequest.UntilDelimiter(Delimiter.of(delimiter), positive(maxBytes), null));
    }

    /**
     * Reads up to a delimiter and with it.
     *
     * @param delimiter its bytes in UTF-8 count
     * @param maxBytes how many bytes that may be at the most, the delimiter among them; where it does not end within them the stream is closed, and {@link #error()} is an {@link UnsatisfiableReadException}
     * @return the bytes, or a failure: a {@link StreamClosedException} if the stream is closed before that comes
     */
    public CompletionStage<byte[]> readUntilAsync(String delimiter, int maxBytes) {
        return Stage.of(callback -> core
                .begin(new ReadRequest.UntilDelimiter(Delimiter.of(delimiter), positive(maxBytes), callback)));
    }

    /**
     * Reads up to a delimiter and with it.
     *
     * @param delimiter its bytes in UTF-8 count
     * @param maxBytes how many bytes that may be at the most, the delimiter among them; where it does not end within them the stream is closed, and {@link #error()} is an {@link UnsatisfiableReadException}
     * @param callback told of it
     * @throws StreamClosedException if the stream is closed, and what had come before will not do
     * @throws IOException if a read is under way: {@link dev.verdant.green.net.ConcurrentUseException}
     */
    public void readUntil(String delimiter, int maxBytes, IOCallback<? super byte[]> callback) throws IOException {
        core.begin(new ReadRequest.UntilDelimiter(Delimiter.of(delimiter), positive(maxBytes),
                requireNonNull(callback, "callback")));
    }

    /**
     * Reads up to a delimiter and with it. Waits for it.
     *
     * @param delimiter made once, it serves any number of reads
     * @param maxBytes how many bytes that may be at the most, the delimiter among them; where it does not end within them the stream is closed, and {@link #error()} is an {@link UnsatisfiableReadException}
     * @return the bytes
     * @throws StreamClosedException if the stream is closed, or is before that comes; the cause says why
     * @throws dev.verdant.green.net.ConcurrentUseException if a read is under way
     * @throws IOException as the two
     */
    public byte[] readUntil(Delimiter delimiter, int maxBytes) throws IOException {
        return core.await(
                new ReadRequest.UntilDelimiter(requireNonNull(delimiter, "delimiter"), positive(maxBytes), null));
    }

    /**
     * Reads up to a delimiter and with it.
     *
     * @param delimiter made once, it serves any number of reads
     * @param maxBytes how many bytes that may be at the most, the delimiter among them; where it does not end within them the stream is closed, and {@link #error()} is an {@link UnsatisfiableReadException}
     * @return the bytes, or a failure: a {@link StreamClosedException} if the stream is closed before that comes
     */
    public CompletionStage<byte[]> readUntilAsync(Delimiter delimiter, int maxBytes) {
        return Stage.of(callback -> core.begin(
                new ReadRequest.UntilDelimiter(requireNonNull(delimiter, "delimiter"), positive(maxBytes), callback)));
    }

    /**
     * Reads up to a delimiter and with it.
     *
     * @param delimiter made once, it serves any number of reads
     * @param maxBytes how many bytes that may be at the most, the delimiter among them; where it does not end within them the stream is closed, and {@link #error()} is an {@link UnsatisfiableReadException}
     * @param callback told of it
     * @throws StreamClosedException if the stream is closed, and what had come before will not do
     * @throws IOException if a read is under way: {@link dev.verdant.green.net.ConcurrentUseException}
     */
    public void readUntil(Delimiter delimiter, int maxBytes, IOCallback<? super byte[]> callback) throws IOException {
        core.begin(new ReadRequest.UntilDelimiter(requireNonNull(delimiter, "delimiter"), positive(maxBytes),
                requireNonNull(callback, "callback")));
    }

    /**
     * Reads up to the end of the first match of a pattern and with it. The bytes are looked at as characters, one each. A search goes on where a match can still begin; what begins early and ends late is looked at again each time that bytes come: {@link #readUntil(Delimiter, int)} is for what may be long. Waits for it.
     *
     * @param pattern what is looked for
     * @return the bytes
     * @throws StreamClosedException if the stream is closed, or is before that comes; the cause says why
     * @throws dev.verdant.green.net.ConcurrentUseException if a read is under way
     * @throws IOException as the two
     */
    public byte[] readUntilRegex(Pattern pattern) throws IOException {
        return core.await(new ReadRequest.UntilRegex(requireNonNull(pattern, "pattern"), Integer.MAX_VALUE, null));
    }

    /**
     * Reads up to the end of the first match of a pattern and with it. The bytes are looked at as characters, one each. A search goes on where a match can still begin; what begins early and ends late is looked at again each time that bytes come: {@link #readUntil(Delimiter, int)} is for what may be long.
     *
     * @param pattern what is looked for
     * @return the bytes, or a failure: a {@link StreamClosedException} if the stream is closed before that comes
     */
    public CompletionStage<byte[]> readUntilRegexAsync(Pattern pattern) {
        return Stage.of(callback -> core
                .begin(new ReadRequest.UntilRegex(requireNonNull(pattern, "pattern"), Integer.MAX_VALUE, callback)));
    }

    /**
     * Reads up to the end of the first match of a pattern and with it. The bytes are looked at as characters, one each. A search goes on where a match can still begin; what begins early and ends late is looked at again each time that bytes come: {@link #readUntil(Delimiter, int)} is for what may be long.
     *
     * @param pattern what is looked for
     * @param callback told of it
     * @throws StreamClosedException if the stream is closed, and what had come before will not do
     * @throws IOException if a read is under way: {@link dev.verdant.green.net.ConcurrentUseException}
     */
    public void readUntilRegex(Pattern pattern, IOCallback<? super byte[]> callback) throws IOException {
        core.begin(new ReadRequest.UntilRegex(requireNonNull(pattern, "pattern"), Integer.MAX_VALUE,
                requireNonNull(callback, "callback")));
    }

    /**
     * Reads up to the end of the first match of a pattern and with it. The bytes are looked at as characters, one each. A search goes on where a match can still begin; what begins early and ends late is looked at again each time that bytes come: {@link #readUntil(Delimiter, int)} is for what may be long. Waits for it.
     *
     * @param pattern what is looked for
     * @param maxBytes how many bytes that may be at the most; where no match ends within them the stream is closed, and {@link #error()} is an {@link UnsatisfiableReadException}
     * @return the bytes
     * @throws StreamClosedException if the stream is closed, or is before that comes; the cause says why
     * @throws dev.verdant.green.net.ConcurrentUseException if a read is under way
     * @throws IOException as the two
     */
    public byte[] readUntilRegex(Pattern pattern, int maxBytes) throws IOException {
        return core.await(new ReadRequest.UntilRegex(requireNonNull(pattern, "pattern"), positive(maxBytes), null));
    }

    /**
     * Reads up to the end of the first match of a pattern and with it. The bytes are looked at as characters, one each. A search goes on where a match can still begin; what begins early and ends late is looked at again each time that bytes come: {@link #readUntil(Delimiter, int)} is for what may be long.
     *
     * @param pattern what is looked for
     * @param maxBytes how many bytes that may be at the most; where no match ends within them the stream is closed, and {@link #error()} is an {@link UnsatisfiableReadException}
     * @return the bytes, or a failure: a {@link StreamClosedException} if the stream is closed before that comes
     */
    public CompletionStage<byte[]> readUntilRegexAsync(Pattern pattern, int maxBytes) {
        return Stage.of(callback -> core
                .begin(new ReadRequest.UntilRegex(requireNonNull(pattern, "pattern"), positive(maxBytes), callback)));
    }

    /**
     * Reads up to the end of the first match of a pattern and with it. The bytes are looked at as characters, one each. A search goes on where a match can still begin; what begins early and ends late is looked at again each time that bytes come: {@link #readUntil(Delimiter, int)} is for what may be long.
     *
     * @param pattern what is looked for
     * @param maxBytes how many bytes that may be at the most; where no match ends within them the stream is closed, and {@link #error()} is an {@link UnsatisfiableReadException}
     * @param callback told of it
     * @throws StreamClosedException if the stream is closed, and what had come before will not do
     * @throws IOException if a read is under way: {@link dev.verdant.green.net.ConcurrentUseException}
     */
    public void readUntilRegex(Pattern pattern, int maxBytes, IOCallback<? super byte[]> callback) throws IOException {
        core.begin(new ReadRequest.UntilRegex(requireNonNull(pattern, "pattern"), positive(maxBytes),
                requireNonNull(callback, "callback")));
    }

    /**
     * Reads so many bytes. Waits for it.
     *
     * @param count how many
     * @return the bytes
     * @throws StreamClosedException if the stream is closed, or is before that comes; the cause says why
     * @throws dev.verdant.green.net.ConcurrentUseException if a read is under way
     * @throws IOException as the two
     */
    public byte[] readBytes(int count) throws IOException {
        return core.await(new ReadRequest.Bytes(notNegative(count), false, null));
    }

    /**
     * Reads so many bytes.
     *
     * @param count how many
     * @return the bytes, or a failure: a {@link StreamClosedException} if the stream is closed before that comes
     */
    public CompletionStage<byte[]> readBytesAsync(int count) {
        return Stage.of(callback -> core.begin(new ReadRequest.Bytes(notNegative(count), false, callback)));
    }

    /**
     * Reads so many bytes.
     *
     * @param count how many
     * @param callback told of it
     * @throws StreamClosedException if the stream is closed, and what had come before will not do
     * @throws IOException if a read is under way: {@link dev.verdant.green.net.ConcurrentUseException}
     */
    public void readBytes(int count, IOCallback<? super byte[]> callback) throws IOException {
        core.begin(new ReadRequest.Bytes(notNegative(count), false, requireNonNull(callback, "callback")));
    }

    /**
     * Reads so many bytes or, if they are to be partial, what is there: at least one. Waits for it.
     *
     * @param count how many, at the most
     * @param partial whether fewer will do
     * @return the bytes
     * @throws StreamClosedException if the stream is closed, or is before that comes; the cause says why
     * @throws dev.verdant.green.net.ConcurrentUseException if a read is under way
     * @throws IOException as the two
     */
    public byte[] readBytes(int count, boolean partial) throws IOException {
        return core.await(new ReadRequest.Bytes(notNegative(count), partial, null));
    }

    /**
     * Reads so many bytes or, if they are to be partial, what is there: at least one.
     *
     * @param count how many, at the most
     * @param partial whether fewer will do
     * @return the bytes, or a failure: a {@link StreamClosedException} if the stream is closed before that comes
     */
    public CompletionStage<byte[]> readBytesAsync(int count, boolean partial) {
        return Stage.of(callback -> core.begin(new ReadRequest.Bytes(notNegative(count), partial, callback)));
    }

    /**
     * Reads so many bytes or, if they are to be partial, what is there: at least one.
     *
     * @param count how many, at the most
     * @param partial whether fewer will do
     * @param callback told of it
     * @throws StreamClosedException if the stream is closed, and what had come before will not do
     * @throws IOException if a read is under way: {@link dev.verdant.green.net.ConcurrentUseException}
     */
    public void readBytes(int count, boolean partial, IOCallback<? super byte[]> callback) throws IOException {
        core.begin(new ReadRequest.Bytes(notNegative(count), partial, requireNonNull(callback, "callback")));
    }

    /**
     * Reads into a buffer: until it is full or, if that is to be partial, what is there, at least one byte. What has come stays in the buffer, however the read ends. Waits for it.
     *
     * @param target where the bytes go; its position moves
     * @param partial whether it need not be full
     * @return the number of bytes
     * @throws StreamClosedException if the stream is closed, or is before that comes; the cause says why
     * @throws dev.verdant.green.net.ConcurrentUseException if a read is under way
     * @throws IOException as the two
     */
    public int readInto(ByteBuffer target, boolean partial) throws IOException {
        return core.await(new ReadRequest.Into(writable(target), partial, null));
    }

    /**
     * Reads into a buffer: until it is full or, if that is to be partial, what is there, at least one byte. What has come stays in the buffer, however the read ends.
     *
     * @param target where the bytes go; its position moves
     * @param partial whether it need not be full
     * @return the number of bytes, or a failure: a {@link StreamClosedException} if the stream is closed before that comes
     */
    public CompletionStage<Integer> readIntoAsync(ByteBuffer target, boolean partial) {
        return Stage.of(callback -> core.begin(new ReadRequest.Into(writable(target), partial, callback)));
    }

    /**
     * Reads into a buffer: until it is full or, if that is to be partial, what is there, at least one byte. What has come stays in the buffer, however the read ends.
     *
     * @param target where the bytes go; its position moves
     * @param partial whether it need not be full
     * @param callback told of it
     * @throws StreamClosedException if the stream is closed, and what had come before will not do
     * @throws IOException if a read is under way: {@link dev.verdant.green.net.ConcurrentUseException}
     */
    public void readInto(ByteBuffer target, boolean partial, IOCallback<? super Integer> callback) throws IOException {
        core.begin(new ReadRequest.Into(writable(target), partial, requireNonNull(callback, "callback")));
    }

    /**
     * Reads everything up to the end of the stream, up to {@link #maxBufferSize()} bytes. Where it breaks, or more comes than that, the
     * read fails. Of a stream that is closed, it is what had come and was not read. Waits for it.
     *
     * @return the bytes
     * @throws StreamClosedException if the stream is closed, or is before that comes; the cause says why
     * @throws dev.verdant.green.net.ConcurrentUseException if a read is under way
     * @throws IOException as the two
     */
    public byte[] readUntilClose() throws IOException {
        return core.await(new ReadRequest.UntilClose(null));
    }

    /**
     * Reads everything up to the end of the stream, up to {@link #maxBufferSize()} bytes. Where it breaks, or more comes than that, the
     * read fails. Of a stream that is closed, it is what had come and was not read.
     *
     * @return the bytes, or a failure: a {@link StreamClosedException} if the stream is closed before that comes
     */
    public CompletionStage<byte[]> readUntilCloseAsync() {
        return Stage.of(callback -> core.begin(new ReadRequest.UntilClose(callback)));
    }

    /**
     * Reads everything up to the end of the stream, up to {@link #maxBufferSize()} bytes. Where it breaks, or more comes than that, the
     * read fails. Of a stream that is closed, it is what had come and was not read.
     *
     * @param callback told of it
     * @throws StreamClosedException if the stream is closed, and what had come before will not do
     * @throws IOException if a read is under way: {@link dev.verdant.green.net.ConcurrentUseException}
     */
    public void readUntilClose(IOCallback<? super byte[]> callback) throws IOException {
        core.begin(new ReadRequest.UntilClose(requireNonNull(callback, "callback")));
    }

    // ---- writing

    /**
     * Writes bytes, and waits until the system has taken them.
     *
     * @param bytes what is written
     * @throws StreamClosedException if the stream is closed, before or meanwhile; the cause says why
     * @throws StreamBufferFullException if more would wait than {@link #maxWriteBufferSize()}; nothing was queued
     * @throws IOException as the two
     */
    public void write(byte[] bytes) throws IOException {
        write(ByteBuffer.wrap(bytes));
    }

    /**
     * Writes what remains in a buffer, and waits until the system has taken it.
     *
     * @param bytes what is written; its position moves to the limit at once
     * @throws StreamClosedException if the stream is closed, before or meanwhile; the cause says why
     * @throws StreamBufferFullException if more would wait than {@link #maxWriteBufferSize()}; nothing was queued
     * @throws IOException as the two
     */
    public void write(ByteBuffer bytes) throws IOException {
        core.await(core.write(requireNonNull(bytes, "bytes"), null));
    }

    /**
     * Writes bytes.
     *
     * @param bytes what is written
     * @return complete when the system has taken them; or a failure: a {@link StreamClosedException}, a {@link StreamBufferFullException} if more would wait than
     *         {@link #maxWriteBufferSize()} and nothing was queued
     */
    public CompletionStage<@Nullable Void> writeAsync(byte[] bytes) {
        return writeAsync(ByteBuffer.wrap(bytes));
    }

    /**
     * Writes what remains in a buffer.
     *
     * @param bytes what is written; its position moves to the limit at once
     * @return as {@link #writeAsync(byte[])}
     */
    public CompletionStage<@Nullable Void> writeAsync(ByteBuffer bytes) {
        requireNonNull(bytes, "bytes");
        return Stage.of(callback -> core.write(bytes, callback));
    }

    /**
     * Writes bytes.
     *
     * @param bytes what is written
     * @param callback told when the system has taken them
     * @throws StreamClosedException if the stream is closed
     * @throws StreamBufferFullException if more would wait than {@link #maxWriteBufferSize()}; nothing was queued
     * @throws IOException as the two
     */
    public void write(byte[] bytes, IOCallback<? super @Nullable Void> callback) throws IOException {
        write(ByteBuffer.wrap(bytes), callback);
    }

    /**
     * Writes what remains in a buffer.
     *
     * @param bytes what is written; its position moves to the limit at once
     * @param callback told when the system has taken it
     * @throws StreamClosedException if the stream is closed
     * @throws StreamBufferFullException if more would wait than {@link #maxWriteBufferSize()}; nothing was queued
     * @throws IOException as the two
     */
    public void write(ByteBuffer bytes, IOCallback<? super @Nullable Void> callback) throws IOException {
        core.write(requireNonNull(bytes, "bytes"), requireNonNull(callback, "callback"));
    }

    // ---- state

    /**
     * Tells whether it is being opened: connected, or shaking hands. Reads and writes wait for that.
     *
     * @return false before and after
     */
    public boolean opening() {
        return core.isOpening();
    }

    /**
     * Tells whether a read is under way.
     *
     * @return true until it has what it wants
     */
    public boolean reading() {
        return core.isReading();
    }

    /**
     * Tells whether there is something that the system has not taken yet.
     *
     * @return true until it has gone
     */
    public boolean writing() {
        return core.isWriting();
    }

    /**
     * Tells whether it is closed; what had come before may still be read.
     *
     * @return true from then on
     */
    public boolean closed() {
        return core.isClosed();
    }

    /**
     * Tells why it was closed.
     *
     * @return what failed; null if nothing did, or it is open
     */
    public @Nullable Throwable error() {
        return core.error();
    }

    /**
     * Has something called once it is closed, by whomever. With one, the end of the stream is noticed although nobody reads, unless there is something left that was not
     * asked for.
     *
     * @param callback called once, by the {@link IOLoop}; soon if the stream is closed already; null for none
     */
    public void setCloseCallback(@Nullable GreenTask callback) {
        ioLoop.checkHere("setCloseCallback");
        core.closeCallback(callback);
    }

    // ---- closing

    /** Closes it. What is queued and was not sent is dropped. Any thread; twice does nothing more. */
    @Override
    public void close() {
        close(null);
    }

    /**
     * Closes it for a reason. Any thread.
     *
     * @param cause what {@link #error()} is from then on, and what waits fails because of; null for none
     */
    public void close(@Nullable Throwable cause) {
        if (ioLoop.loop().isHere()) {
            core.close(cause);
        } else {
            core.closeFromElsewhere(cause);
        }
    }

    // ---- bounds

    /**
     * Returns how many bytes may wait to be read.
     *
     * @return 100 MiB, if nothing else was said
     */
    public int maxBufferSize() {
        return core.maxBuffer();
    }

    /**
     * Says how many bytes may wait to be read. A read that needs more closes the stream with a {@link StreamBufferFullException}.
     *
     * @param bytes at least 1
     */
    public void maxBufferSize(int bytes) {
        core.maxBuffer(bytes);
    }

    /**
     * Returns how many bytes are read in one go.
     *
     * @return 64 KiB, if nothing else was said
     */
    public int readChunkSize() {
        return core.chunk();
    }

    /**
     * Says how many bytes are read in one go.
     *
     * @param bytes at least 1
     */
    public void readChunkSize(int bytes) {
        core.chunk(bytes);
    }

    /**
     * Returns how many bytes may wait to be written.
     *
     * @return 0 for any number, if nothing else was said
     */
    public long maxWriteBufferSize() {
        return core.maxWrite();
    }

    /**
     * Says how many bytes may wait to be written. A write of more is refused.
     *
     * @param bytes at least 0, which is any number
     */
    public void maxWriteBufferSize(long bytes) {
        core.maxWrite(bytes);
    }

    private static int positive(int maxBytes) {
        if (maxBytes < 1) {
            throw new IllegalArgumentException("maxBytes: " + maxBytes + " (expected: >= 1)");
        }
        return maxBytes;
    }

    private static int notNegative(int count) {
        if (count < 0) {
            throw new IllegalArgumentException("count: " + count + " (expected: >= 0)");
        }
        return count;
    }

    private static ByteBuffer writable(ByteBuffer target) {
        if (requireNonNull(target, "target").isReadOnly()) {
            throw new IllegalArgumentException("target: " + target + " (expected: a buffer that is not read-only)");
        }
        return target;
    }
}
