package dev.verdant.green.stream;

import dev.verdant.green.Green;
import dev.verdant.green.GreenTask;
import dev.verdant.green.GreenThread;
import dev.verdant.green.kernel.Handles;
import dev.verdant.green.kernel.Loop;
import dev.verdant.green.kernel.Pollable;
import dev.verdant.green.kernel.Sneaky;
import dev.verdant.green.net.ConcurrentUseException;
import dev.verdant.green.net.GreenChannel;
import dev.verdant.green.net.GreenStream;
import dev.verdant.green.sync.GreenSemaphore;
import dev.verdant.hub.Readiness;
import java.io.Closeable;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * The machine beneath a stream: a buffer for what has come, a queue for what is to go, one read that waits, any number of writes, and the close. All forms of calls end
 * here. Confined to its loop.
 */
final class StreamCore {

    /*
     * Who drives it: a call that can be satisfied at once is, by its caller. A read that must wait is driven by the hub's news, which the IOLoop's runner acts upon
     * (Events), or, if its caller waits for it, by that caller, and the runner lets the reading be. The same goes for writes. So nobody is ever woken to look whether
     * somebody else has done his work, and a stream whose callers all wait needs no runner.
     *
     * A try may let other green threads run first, whose calls find it under way. So one at a time reads, and one sends ("fills", "sends"), and goes on for who comes
     * meanwhile; who must wait for his read or write waits for that one to be done. A read whose caller waits is served by him alone: if he is called away, what he
     * was to be given is still there.
     *
     * Nothing is read but for a read that waits, or to notice the end when there is a close callback and nothing has come that was not asked for: what nobody
     * asks for stays in the system's buffer, and the peer is held up by it.
     */

    private static final System.Logger LOG = System.getLogger("dev.verdant.green.stream");

    private static final int MAX_BUFFER = 100 << 20;
    private static final int CHUNK = 64 << 10;

    private final IOLoop ioLoop;
    private final Loop loop;
    private final Object owner;
    private final GreenStream stream;
    private final GreenChannel channel;
    private final Closeable whole;
    private final Events events;

    private final ReadBuffer in = new ReadBuffer();
    private final WriteQueue out = new WriteQueue();
    private final ArrayDeque<WriteRequest> writes = new ArrayDeque<>();
    private @Nullable ReadRequest<?> reading;
    private @Nullable Pollable waits;
    private @Nullable GreenTask closeCallback;
    private @Nullable Throwable error;
    private volatile @Nullable Asked asked;
    private @Nullable Opening opening;
    private @Nullable IOException openFailure;

    /** Taken by who waits for his write, for the time that it takes; made by the first. */
    private @Nullable GreenSemaphore writing;

    private boolean closed;
    private boolean detached;

    /** Somebody is reading from the stream; and who waits for him to be done. */
    private boolean fills;

    private @Nullable GreenSemaphore filled;

    /** Somebody is sending, or waits for room; and who waits for him to be done. */
    private boolean sends;

    private @Nullable GreenSemaphore sent;

    private boolean flushes;

    /** The end can be looked for: it is connected, and can be read at all. */
    private boolean readable = true;

    /** In which run of a green thread the last write was tried. */
    private long lastRun = -1;

    private long queued;
    private long written;
    private int maxBuffer = MAX_BUFFER;
    private int chunk = CHUNK;
    private long maxWrite;

    /**
     * Creates one.
     *
     * @param owner the stream, for messages: its {@code toString} names it
     * @param stream its bytes
     * @param channel whose readiness tells when to try
     * @param whole what is closed with it
     */
    StreamCore(IOLoop ioLoop, Object owner, GreenStream stream, GreenChannel channel, Closeable whole) {
        this.ioLoop = ioLoop;
        this.loop = ioLoop.loop();
        this.owner = owner;
        this.stream = stream;
        this.channel = channel;
        this.whole = whole;
        this.events = new Events();
    }

    IOLoop ioLoop() {
        return ioLoop;
    }

    // ---- opening

    /** What must be done before bytes go: a connect, a handshake. It is done by a green thread of its own. */
    private static final class Opening {

        final List<OpenRequest<?>> told = new ArrayList<>();
        @Nullable GreenThread<?> thread;
    }

    /** Who waits for the stream to be open. */
    private final class OpenRequest<T> extends Operation<T> {

        private final T result;
        private final boolean failsAsItIs;

        OpenRequest(T result, boolean failsAsItIs, @Nullable IOCallback<? super T> callback) {
            super(callback);
            this.result = result;
            this.failsAsItIs = failsAsItIs;
        }

        void settle(@Nullable IOException failure) {
            if (failure == null) {
                succeed(StreamCore.this, result);
            } else {
                fail(StreamCore.this,
                        failsAsItIs
                                ? failure
                                : failure instanceof StreamClosedException ? failure : failureOf("opening", failure));
            }
        }

        @Override
        public String toString() {
            return "opening";
        }
    }

    /** It is not connected yet, or can only be written: the end is not looked for. */
    void notReadable() {
        readable = false;
    }

    boolean isOpening() {
        return opening != null;
    }

    /** Opens in a green thread of its own. Reads and writes that come meanwhile wait for it. */
    void open(String name, GreenTask how) throws IOException {
        checkUsable("open");
        if (opening != null) {
            throw new ConcurrentUseException(owner + " is being opened already");
        }
        var begun = new Opening();
        begun.thread = ioLoop.eventLoop().spawn(name, () -> opens(how, begun));
        opening = begun;
    }

    private void opens(GreenTask how, Opening begun) throws Exception {
        boolean done = false;
        try {
            how.run();
            done = true;
        } catch (IOException e) {
            openFailed(begun, e);
        } finally {
            if (!done) {
                openFailed(begun,
                        new SocketException("Not opened: the green thread that did it has failed or was killed"));
            }
        }
        if (done && opening == begun) {
            opening = null;
            readable = true;
            begun.told.forEach(each -> each.settle(null));
            goOn();
        }
    }

    private void openFailed(Opening begun, IOException cause) {
        if (opening == begun) {
            opening = null;
            openFailure = cause;
            if (cause instanceof SSLException) { // Whoever scans a port must not fill the log with stacks.
                LOG.log(Level.INFO, "SSL Error on {0}: {1}", owner, cause.getMessage());
            }
            begun.told.forEach(each -> each.settle(cause));
            close(cause);
        }
    }

    /**
     * Has somebody told when the stream is open; at once if it is, or has failed to be.
     *
     * @param failsAsItIs whether he is told the very failure, rather than that the stream is closed because of it
     */
    <T> void whenOpened(T result, boolean failsAsItIs, IOCallback<? super T> callback) {
        tellWhenOpened(new OpenRequest<>(result, failsAsItIs, callback));
    }

    private <T> OpenRequest<T> tellWhenOpened(OpenRequest<T> request) {
        Opening under = opening;
        if (under != null) {
            under.told.add(request);
        } else {
            request.settle(openFailure);
        }
        return request;
    }

    /** Waits until the stream is open. */
    <T> T awaitOpened(T result, boolean failsAsItIs) throws IOException {
        OpenRequest<T> request = tellWhenOpened(new OpenRequest<>(result, failsAsItIs, null));
        while (!request.isDone()) {
            awaitOpen();
        }
        return request.outcome();
    }

    /** Opens and waits. Whatever ends the wait early, what is half opened is of no use to anybody. */
    <T> T openAndWait(String name, GreenTask how, T result) throws IOException {
        open(name, how);
        boolean ended = false;
        try {
            T opened = awaitOpened(result, false);
            ended = true;
            return opened;
        } finally {
            if (!ended) {
                close(null);
            }
        }
    }

    /** The stream is open: what came meanwhile is done. */
    private void goOn() {
        flush();
        goOnReading();
    }

    /** Waits until it is open, or has failed to. */
    private void awaitOpen() {
        Opening under = opening;
        if (under != null && under.thread != null) {
            try {
                var _ = Green.joinAll(List.of(under.thread));
            } catch (InterruptedException e) {
                closeByInterrupt();
            }
        }
    }

    // ---- reading

    boolean isReading() {
        return reading != null;
    }

    /** Begins a read; it may be done when this returns. */
    void begin(ReadRequest<?> request) throws IOException {
        ioLoop.checkHere(request);
        ReadRequest<?> other = reading;
        if (other != null) {
            throw new ConcurrentUseException(
                    request + " came while " + other + " reads " + owner + " already (expected: one read at a time)");
        }
        reading = request;
        boolean begun = false;
        try {
            begins(request);
            begun = true;
        } finally {
            if (!begun && reading == request) {
                reading = null; // Its caller was called away before the first try.
            }
        }
    }

    private void begins(ReadRequest<?> request) throws IOException {
        if (!closed) {
            advance(request);
        } else if (!serve(false, Integer.MAX_VALUE)) {
            finishAtEnd(request, true, Integer.MAX_VALUE);
            if (reading == request) {
                reading = null;
                throw failureOf(request.toString(), error);
            }
        }
    }

    /** Waits for a read, which has been begun without a callback. */
    <T> T await(ReadRequest<T> request) throws IOException {
        begin(request);
        try {
            while (!request.isDone()) {
                if (closed) {
                    end(request);
                } else {
                    awaitMore();
                    if (!closed) {
                        advance(request);
                    }
                }
            }
        } finally {
            if (reading == request) {
                reading = null; // It ends early, and has taken nothing.
            }
            goOnReading();
        }
        return request.outcome();
    }

    private void awaitMore() {
        if (opening != null) {
            awaitOpen();
        } else if (fills) {
            var done = new GreenSemaphore(0);
            filled = done;
            acquire(done);
        } else {
            awaitReadable();
        }
    }

    /** False if the stream was closed instead, by an interrupt. */
    private boolean acquire(GreenSemaphore semaphore) {
        try {
            semaphore.acquire();
            return true;
        } catch (InterruptedException e) {
            closeByInterrupt();
            return false;
        }
    }

    private void awaitReadable() {
        try {
            boolean _ = stream.awaitReadable(null);
        } catch (IOException e) {
            throwIfCalledAway(e);
            close(e);
        }
    }

    /** Gives who reads what he wants, of what has come, or reads on for him. */
    private void advance(ReadRequest<?> request) {
        if (serve(false, Integer.MAX_VALUE)) {
            goOnReading();
        } else if (request.atLeast() > maxBuffer || in.size() > maxBuffer) {
            closeFull(request);
        } else if (opening == null) {
            read(request);
        }
    }

    /** Reads for a read that has a callback, or to hear of the end. */
    private void goOnReading() {
        if (isReadDriven() || isListening()) {
            read(null);
        }
    }

    /**
     * Reads until who reads has what he wants or nothing is left.
     *
     * @param own the read that the caller waits for, or null
     */
    private void read(@Nullable ReadRequest<?> own) {
        if (fills) {
            return;
        }
        fills = true;
        try {
            while (readsFor(own) || isListening()) {
                int count = fill();
                if (count < 0) {
                    close(null);
                } else if (readsFor(own)) {
                    boolean served = serve(count > 0, maxBuffer);
                    if (!served && in.size() > maxBuffer && !serve(false, maxBuffer)) {
                        closeFull(reading);
                    }
                }
                if (count == 0) {
                    return;
                }
            }
        } catch (IOException e) {
            throwIfCalledAway(e);
            close(e);
        } finally {
            fills = false;
            filled = tell(filled);
            listen();
        }
    }

    private static @Nullable GreenSemaphore tell(@Nullable GreenSemaphore waiting) {
        if (waiting != null) {
            waiting.release();
        }
        return null;
    }

    private boolean readsFor(@Nullable ReadRequest<?> own) {
        return isReadDriven() || own != null && own == reading && !closed;
    }

    private void closeFull(@Nullable ReadRequest<?> request) {
        LOG.log(Level.WARNING, "Reached the maximum read buffer size of {0}", owner);
        close(new StreamBufferFullException(request + " needs more than the " + maxBuffer + " bytes that " + owner
                + " may hold (maxBufferSize moves that bound)"));
    }

    /** Reads once: 0 if nothing is there, -1 at the end. */
    private int fill() throws IOException {
        ReadRequest<?> waiting = reading;
        ByteBuffer target = waiting == null ? null : waiting.target();
        if (target != null && in.isEmpty()) {
            return stream.tryRead(target);
        }
        long room = Math.max(1, maxBuffer - in.size() + 1L); // One too many tells a full buffer from the end.
        ByteBuffer lent = ioLoop.lend((int) Math.min(chunk, room));
        try {
            int count = stream.tryRead(lent);
            if (count > 0) {
                in.append(lent.flip());
            }
            return count;
        } finally {
            ioLoop.giveBack(lent);
        }
    }

    /** Gives who waits what he wants, if it has come and is no more than so many bytes; false if he goes on waiting. */
    private boolean serve(boolean more, int most) {
        ReadRequest<?> waiting = reading;
        if (waiting == null) {
            return true;
        }
        try {
            return finish(waiting, waiting.upTo(most, waiting.find(in, more)));
        } catch (UnsatisfiableReadException e) {
            LOG.log(Level.INFO, "Unsatisfiable read, closing {0}: {1}", owner, e.getMessage());
            if (closed) {
                reading = null;
                waiting.fail(this, failureOf(waiting.toString(), e));
            } else {
                close(e);
            }
            return true;
        }
    }

    private <T> boolean finish(ReadRequest<T> waiting, int count) {
        if (count < 0) {
            return false;
        }
        reading = null;
        waiting.succeed(this, waiting.take(in, count));
        return true;
    }

    /** The stream is closed: gives who reads what has come, if that will do, and else fails the read. */
    private void end(ReadRequest<?> waiting) {
        if (!(error instanceof UnsatisfiableReadException)) {
            boolean isFull = error instanceof StreamBufferFullException;
            finishAtEnd(waiting, error == null, isFull ? maxBuffer : Integer.MAX_VALUE);
        }
        if (reading == waiting) {
            reading = null;
            waiting.fail(this, failureOf(waiting.toString(), error));
        }
    }

    private void finishAtEnd(ReadRequest<?> waiting, boolean isWhole, int most) {
        try {
            boolean _ = finish(waiting, waiting.upTo(most, waiting.atEnd(in, isWhole)));
        } catch (UnsatisfiableReadException e) {
            if (error == null) {
                error = e;
            }
        }
    }

    // ---- writing

    boolean isWriting() {
        return !out.isEmpty();
    }

    /** Queues bytes and sends what there is room for. */
    WriteRequest write(ByteBuffer bytes, @Nullable IOCallback<? super @Nullable Void> callback) throws IOException {
        checkUsable("write");
        int length = bytes.remaining();
        if (maxWrite > 0 && out.size() + length > maxWrite) {
            throw new StreamBufferFullException(
                    "A write of " + length + " bytes behind " + out.size() + " is more than the " + maxWrite
                            + " bytes that may wait in " + owner
                            + " (maxWriteBufferSize moves that bound); nothing of it was queued");
        }
        queued += length;
        var request = new WriteRequest(queued, callback);
        writes.add(request);
        boolean tries = opening == null && out.isEmpty() && !sends && isFirstOfRun();
        if (tries) {
            tryNow(bytes, callback != null);
        } else {
            out.add(bytes);
            bytes.position(bytes.limit());
            finishWrites();
            if (callback != null) {
                flushSoon();
            }
        }
        return request;
    }

    /** Tries to send bytes that are the first, so that they need not be copied. Somebody else may write meanwhile: his are behind them. */
    private void tryNow(ByteBuffer bytes, boolean hasCallback) {
        boolean ended = false;
        out.lend(bytes);
        try {
            flushAll();
            ended = true;
        } finally {
            out.keep(bytes);
            if (hasCallback || !ended) {
                expectRoom();
            }
        }
    }

    /** Has what was not tried sent when the caller lets others run. */
    private void flushSoon() {
        if (!out.isEmpty() && !flushes && !sends && opening == null) {
            flushes = true;
            Green.spawnN(() -> {
                flushes = false;
                flush();
            });
        }
    }

    /** The first write of a run is tried at once; what its caller adds before anybody else runs goes with one call, when he lets others run. */
    private boolean isFirstOfRun() {
        long run = loop.runs();
        boolean first = run != lastRun;
        lastRun = run;
        return first;
    }

    /** Sends what there is room for, and has itself told when there is more. Whoever sends already does that as well. */
    private void flush() {
        if (!sends && opening == null) {
            try {
                flushAll();
            } finally {
                expectRoom();
            }
        }
    }

    private void expectRoom() {
        if (!out.isEmpty() && !closed) {
            expect(Readiness.WRITE);
        }
    }

    private void flushAll() {
        sends = true;
        try {
            sendAll();
        } finally {
            sends = false;
            sent = tell(sent);
        }
    }

    private void sendAll() {
        try {
            while (!out.isEmpty() && sendSome()) {
                // Until there is no room.
            }
        } catch (IOException e) {
            throwIfCalledAway(e);
            closeBroken(e);
        } finally {
            finishWrites();
        }
    }

    /** Sends once, and tells whether that may be tried again. Who is called away in the middle of it may have sent something, too. */
    private boolean sendSome() throws IOException {
        ByteBuffer first = out.first();
        int before = first.remaining();
        try {
            return stream.tryWrite(first) > 0 && !closed;
        } finally {
            if (!closed) {
                int count = before - first.remaining();
                out.wrote(count);
                written += count;
            }
        }
    }

    private void finishWrites() {
        while (!writes.isEmpty() && writes.element().end <= written) {
            writes.remove().succeed(this, null);
        }
    }

    /** The peer may have said something before it broke the connection. */
    private void closeBroken(IOException e) {
        try {
            if (reading != null && reading.isWaitedFor() && opening == null && !closed) {
                Green.sleep(); // If something came, he is awake.
            } else if (isReadDriven()) {
                read(null);
            }
        } finally {
            close(e);
        }
    }

    /** Waits until a write is done, which has been begun without a callback. */
    void await(WriteRequest request) throws IOException {
        if (!request.isDone()) {
            awaitOpen();
            GreenSemaphore turn = writing;
            if (turn == null) {
                turn = new GreenSemaphore(1);
                writing = turn;
            }
            if (!acquire(turn)) {
                request.outcome();
                return;
            }
            try {
                drive(request);
            } finally {
                turn.release();
            }
        }
        request.outcome();
    }

    private void drive(WriteRequest request) {
        try {
            while (!request.isDone()) {
                if (sends) {
                    var done = new GreenSemaphore(0);
                    sent = done;
                    boolean _ = acquire(done);
                } else {
                    sendOrWait(request);
                }
            }
        } finally {
            if (!sends) {
                expectRoom(); // For others' bytes, or what was left by a wait that ended early.
            }
        }
    }

    private void sendOrWait(WriteRequest request) {
        sends = true;
        try {
            sendAll();
            if (!request.isDone()) {
                awaitWritable();
            }
        } finally {
            sends = false;
        }
    }

    private void awaitWritable() {
        try {
            boolean _ = stream.awaitWritable(null);
        } catch (IOException e) {
            throwIfCalledAway(e);
            closeBroken(e);
        }
    }

    /** A deadline may throw what its user likes, also what otherwise says that a stream is broken. */
    private static void throwIfCalledAway(IOException e) {
        if (Green.isDelivered(e)) {
            throw Sneaky.thrown(e);
        }
    }

    // ---- the hub's news

    /** Stands between the hub and the stream. */
    private final class Events extends Watched {

        Events() {
            super(StreamCore.this.ioLoop);
        }

        @Override
        public void ready(int ops) {
            boolean reads = (ops & Readiness.READ) != 0 && (isReadDriven() || isListening());
            boolean writes = (ops & Readiness.WRITE) != 0 && !out.isEmpty() && !sends;
            if (reads || writes || channel.isClosed()) {
                enqueue();
            }
        }

        @Override
        void act() {
            if (closed) {
                return;
            }
            if (channel.isClosed()) {
                close(new SocketException("Socket closed"));
                return;
            }
            if (!out.isEmpty()) {
                flush();
            }
            goOnReading();
        }

        @Override
        public String toString() {
            return owner.toString();
        }
    }

    /** Whether there is a read that the hub's news drive. */
    private boolean isReadDriven() {
        ReadRequest<?> waiting = reading;
        return waiting != null && !waiting.isWaitedFor() && opening == null && !closed;
    }

    /** Whether the end is looked for although nobody reads. */
    private boolean isListening() {
        return reading == null && closeCallback != null && readable && in.isEmpty() && opening == null && !closed;
    }

    private void listen() {
        if (isReadDriven() || isListening()) {
            expect(Readiness.READ);
        }
    }

    private void expect(int op) {
        try {
            Pollable known = waits;
            if (known == null) {
                known = attach();
            }
            if (known.expect(op)) {
                events.enqueue();
            }
        } catch (IOException e) {
            close(e);
        }
    }

    private Pollable attach() throws IOException {
        Pollable found = Handles.waitsOf(channel);
        ioLoop.checkMine(found, channel);
        Pollable.Listener other = found.listen(events);
        if (other != null) {
            throw new ConcurrentUseException(channel + " is watched by " + other + " already");
        }
        waits = found;
        return found;
    }

    // ---- closing

    boolean isClosed() {
        return closed;
    }

    @Nullable Throwable error() {
        return error;
    }

    void closeCallback(@Nullable GreenTask callback) {
        closeCallback = callback;
        if (closed && !detached) {
            tellClosed();
        } else {
            goOnReading();
        }
    }

    private void tellClosed() {
        GreenTask told = closeCallback;
        if (told != null) {
            closeCallback = null;
            ioLoop.enqueue(told);
        }
    }

    /** Closes, for a reason or without one. First who reads gets what has come, if that will do; who waits for his read takes it when he runs. */
    void close(@Nullable Throwable cause) {
        if (closed) {
            return;
        }
        closed = true;
        Asked before = asked;
        error = before == null ? cause : before.cause;
        ReadRequest<?> waiting = reading;
        if (waiting != null && !waiting.isWaitedFor()) {
            end(waiting);
        }
        letGo();
        failAll();
        tellClosed();
        try {
            whole.close(); // Last: a goodbye of TLS takes a moment, and who says it may be called away.
        } catch (IOException e) {
            // What the operating system says at a close helps nobody.
        }
    }

    /** Closes because a callback has met a stream that is closed, this one or another: an everyday end, of which the close callback is told and nobody else. */
    void closeFor(StreamClosedException met) {
        LOG.log(Level.DEBUG, "A callback of {0} ended: {1}", owner, met.getMessage());
        close(met);
    }

    private void letGo() {
        Pollable known = waits;
        if (known != null) {
            known.stopListening();
            waits = null;
        }
    }

    private void failAll() {
        out.clear();
        for (WriteRequest write = writes.poll(); write != null; write = writes.poll()) {
            write.fail(this, failureOf("write", error));
        }
        Opening under = opening;
        if (under != null) {
            opening = null;
            IOException aborted = failureOf("opening", error);
            openFailure = aborted;
            under.told.forEach(each -> each.settle(aborted));
        }
    }

    /** What an interrupt of a socket call does. */
    private void closeByInterrupt() {
        Thread.currentThread().interrupt();
        close(new SocketException("Closed by interrupt"));
    }

    private IOException failureOf(String call, @Nullable Throwable cause) {
        return new StreamClosedException(
                owner + " is closed" + (cause == null ? "" : " because of " + cause) + "; " + call + " cannot be done",
                cause);
    }

    /** Why another thread closes. */
    private record Asked(@Nullable Throwable cause) {}

    /** The same from another thread, which waits until the channel is closed. Who waits there may notice before anybody runs the callback. */
    void closeFromElsewhere(@Nullable Throwable cause) {
        if (asked == null) {
            asked = new Asked(cause);
        }
        ioLoop.addCallback(() -> close(cause));
        try {
            whole.close();
        } catch (IOException e) {
            // What the operating system says at a close helps nobody.
        }
    }

    /** The stream is over, and somebody else goes on with the channel. */
    void detach() {
        closed = true;
        detached = true;
        letGo();
    }

    /** Has the stream that goes on with the channel have the same bounds, and whoever is to be told of the close. */
    void handDown(StreamCore successor) {
        successor.maxBuffer = maxBuffer;
        successor.chunk = chunk;
        successor.maxWrite = maxWrite;
        successor.closeCallback(closeCallback);
        closeCallback = null;
    }

    /** Tells whether nothing is under way and nothing has come that was not asked for. */
    boolean isIdle() {
        return !closed && reading == null && out.isEmpty() && opening == null && in.isEmpty();
    }

    void checkUsable(String call) throws IOException {
        ioLoop.checkHere(call);
        if (closed) {
            throw failureOf(call, error);
        }
    }

    // ---- bounds

    int maxBuffer() {
        return maxBuffer;
    }

    void maxBuffer(int bytes) {
        maxBuffer = requirePositive(bytes, "bytes");
    }

    int chunk() {
        return chunk;
    }

    void chunk(int bytes) {
        chunk = requirePositive(bytes, "bytes");
    }

    long maxWrite() {
        return maxWrite;
    }

    void maxWrite(long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("bytes: " + bytes + " (expected: >= 0)");
        }
        maxWrite = bytes;
    }

    private static int requirePositive(int value, String name) {
        if (value < 1) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: >= 1)");
        }
        return value;
    }
}
