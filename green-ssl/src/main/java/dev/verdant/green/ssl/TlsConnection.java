package dev.verdant.green.ssl;

import dev.verdant.green.Green;
import dev.verdant.green.LoopClosedException;
import dev.verdant.green.net.GreenStream;
import dev.verdant.green.sync.GreenSemaphore;
import java.io.Closeable;
import java.io.IOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import org.jspecify.annotations.Nullable;

/**
 * TLS over a stream: the one place where an engine is driven. Any thread may call it; one reads and one writes at a time.
 */
final class TlsConnection {

    /*
     * An engine may need bytes from the peer for anything, and may have bytes to send at any time. Who may do what:
     *
     * Until the handshake is done, only its driver touches the engine (`handshakes`). Everybody else waits for it or drives it himself.
     *
     * After that, whoever holds `inward` reads records and decrypts them, and whoever holds `outward` encrypts and sends. A reader waits for the peer with
     * `inward` in his hand, a writer with `outward`; no reader ever waits for `outward`, so both directions go on whatever the peer does.
     *
     *  - A reader whose engine has something to say (the answer to a KeyUpdate, to a close_notify, a handshake message) notes that in `answers` and says it if
     *    `outward` is free; if it is not, whoever has it says it before he gives it back. What the stream has no room for then is sent by a green thread of
     *    its own, so that the reader goes on reading.
     *  - A writer whose engine must hear something first (a TLS 1.2 renegotiation) reads himself, or waits until the reader has got so far. He keeps `outward`:
     *    no reader ever waits for that, and nobody else's words get into the middle of his.
     *
     * A close takes the stream away, and everybody who waits there leaves. What the connection holds of the engine and of buffers is given back when the last
     * one has left (`uses`), tasks of the engine on native threads included.
     */

    /** How many records that bring no data a peer may send in a row: KeyUpdates, tickets, empty ones. More is an attack. */
    private static final int MOST_QUIET = 64;

    /** So short that it is one turn of the loop. */
    private static final Duration LOOK = Duration.ofNanos(1);

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private static final long GOODBYE_NANOS = Duration.ofSeconds(1).toNanos();

    private final GreenStream stream;
    private final Closeable streamsClose;
    private final TlsEngine engine;
    private final SSLEngine ssl;
    private final boolean suppressesRaggedEnds;
    private final Runnable onEstablished;

    private final GreenSemaphore handshakes = new GreenSemaphore(1);
    private final GreenSemaphore inward = new GreenSemaphore(1);
    private final GreenSemaphore outward = new GreenSemaphore(1);
    private final Incoming incoming;
    private final Outgoing outgoing;
    private final Uses uses = new Uses(this::dispose);
    private final AtomicBoolean closing = new AtomicBoolean();

    /** Has its permit when the stream is closed. */
    private final GreenSemaphore over = new GreenSemaphore(0);

    /** Confined to its driver. */
    private final Handshake handshake;

    private volatile boolean established;
    private volatile boolean answers;
    private final AtomicReference<@Nullable GreenSemaphore> stalledWriter = new AtomicReference<>();
    private volatile boolean inputShut;
    private volatile boolean outputShut;

    /** Whoever holds {@link #outward} writes everything and waits for the peer as long as that takes. Written with {@link #outward}. */
    private volatile boolean writesFully;

    /** The peer has said goodbye. Written with {@link #inward}. */
    private volatile boolean ended;

    /** Why nothing can be read or written any more. */
    private volatile @Nullable IOException failure;

    /** Written with {@link #inward}. */
    private int quiet;

    /** How many answers the engine keeps because whoever sends waits for the peer. Written with {@link #inward}. */
    private int unanswered;

    /**
     * Creates one. Nothing is sent before somebody shakes hands, reads or writes.
     *
     * @param stream what carries the records
     * @param streamsClose how the stream is closed
     * @param engine which has not been used yet; it is released by this
     * @param options what else there is to know
     * @param name the socket, for messages
     * @param onEstablished is told when hands have been shaken, by the thread that did; must not throw
     */
    TlsConnection(GreenStream stream, Closeable streamsClose, TlsEngine engine, SslOptions options, Object name,
            Runnable onEstablished) {
        this.stream = stream;
        this.streamsClose = streamsClose;
        this.engine = engine;
        this.ssl = engine.ssl();
        this.suppressesRaggedEnds = options.suppressesRaggedEofs();
        this.onEstablished = onEstablished;
        this.incoming = new Incoming(stream, engine);
        this.outgoing = new Outgoing(stream, engine);
        this.handshake = new Handshake(engine, incoming, outgoing, uses, options.handshakeTimeoutNanos(), name);
    }

    // ---- states

    boolean isEstablished() {
        return established;
    }

    /** Tells whether somebody reads, writes, shakes hands or waits. */
    boolean isUsed() {
        return uses.isUsed();
    }

    boolean isInputShut() {
        return inputShut;
    }

    boolean isOutputShut() {
        return outputShut;
    }

    private void enter() throws IOException {
        if (!uses.enter()) {
            checkFailure();
            throw new SocketException("Socket closed");
        }
    }

    private void dispose() {
        incoming.free();
        outgoing.free();
        engine.release();
    }

    /** Acquires, or does what an interrupt of a socket call does. */
    private void acquire(GreenSemaphore right) throws SocketException {
        try {
            right.acquire();
        } catch (InterruptedException e) {
            throw closedByInterrupt();
        }
    }

    private void acquire(GreenSemaphore right, Limit limit) throws IOException {
        if (!acquired(right, limit)) {
            throw limit.timeout();
        }
    }

    /** Tells whether it was acquired within the time that is left. */
    private boolean acquired(GreenSemaphore right, Limit limit) throws SocketException {
        try {
            return right.acquire(limit.left());
        } catch (InterruptedException e) {
            throw closedByInterrupt();
        }
    }

    private SocketException closedByInterrupt() {
        abort();
        Thread.currentThread().interrupt();
        return new SocketException("Closed by interrupt");
    }

    /** Remembers why nothing goes any more, and closes the stream. */
    private <E extends IOException> E fail(E e) {
        if (failure == null) {
            failure = e;
        }
        abort();
        return e;
    }

    private void checkFailure() throws IOException {
        if (failure != null) {
            throw again(failure);
        }
    }

    /** The same as before, for another call. */
    private static IOException again(IOException first) {
        IOException e = switch (first) {
            case TruncatedException _ -> new TruncatedException();
            case SSLHandshakeException _ -> new SSLHandshakeException(first.getMessage());
            case SSLException _ -> new SSLException(first.getMessage());
            default -> new SocketException(first.getMessage());
        };
        e.initCause(first);
        return e;
    }

    // ---- the handshake

    /**
     * Shakes hands, unless that is done. Waits for whoever does it already.
     *
     * @param caller what the caller's time is; the handshake has its own besides
     */
    void handshake(Limit caller) throws IOException {
        if (established) {
            return;
        }
        enter();
        try {
            acquire(handshakes, caller);
            try {
                checkFailure();
                if (!established) {
                    drive(caller);
                    established = true;
                    onEstablished.run();
                }
            } finally {
                handshakes.release();
            }
        } finally {
            uses.leave();
        }
    }

    /** A wait that ends early by the caller's time can be taken up again; everything else that ends it closes the connection. */
    private void drive(Limit caller) throws IOException {
        boolean resumable = false;
        try {
            if (handshake.shake(caller)) {
                ended = true;
            }
            resumable = true;
        } catch (InterruptedException e) {
            throw closedByInterrupt();
        } catch (IOException e) {
            if (Green.isDelivered(e)) {
                throw e;
            }
            if (e instanceof SocketTimeoutException) {
                resumable = !handshake.isOver();
                throw resumable ? e : fail(handshake.tookTooLong());
            }
            throw fail(e);
        } finally {
            if (!resumable) {
                abort();
            }
        }
    }

    // ---- reading

    /**
     * Reads.
     *
     * @param target with room
     * @param waits false to read only what is there
     * @return the number of bytes, 0 for none now, -1 at the end
     */
    int read(ByteBuffer target, Limit limit, boolean waits) throws IOException {
        handshake(limit);
        if (!beginReading(limit, waits)) {
            if (waits) {
                throw limit.timeout();
            }
            return 0; // A writer hears first what the engine must hear.
        }
        try {
            return pull(target, limit, waits);
        } finally {
            endReading();
        }
    }

    /** Takes {@link #inward}, unless the time passes first, or somebody has it and there is no waiting. {@link #endReading} follows if it was taken. */
    private boolean beginReading(Limit limit, boolean waits) throws IOException {
        enter();
        boolean taken = false;
        try {
            taken = waits ? acquired(inward, limit) : inward.tryAcquire();
        } finally {
            if (!taken) {
                uses.leave();
            }
        }
        return taken;
    }

    private void endReading() {
        inward.release();
        wakeStalledWriter();
        uses.leave();
    }

    /** Shakes hands; false if the time has passed first. */
    private boolean isShaken(Limit limit) throws IOException {
        try {
            handshake(limit);
            return true;
        } catch (SocketTimeoutException e) {
            if (Green.isDelivered(e)) {
                throw e;
            }
            checkFailure();
            return false;
        }
    }

    /** Waits until a read may find something; false if the time has passed first. */
    boolean awaitReadable(Limit limit) throws IOException {
        if (!isShaken(limit) || !beginReading(limit, true)) {
            return false;
        }
        try {
            return incoming.plainCount() > 0 || ended || failure != null || inputShut
                    || incoming.hasNet() && !incoming.isStarved() || stream.awaitReadable(limit.left());
        } finally {
            endReading();
        }
    }

    /** Decrypts what is there and tells how much it is; 0 while somebody else reads, who takes it. */
    int available() throws IOException {
        if (!established || uses.hasEnded() || !beginReading(Limit.NONE, false)) {
            return 0;
        }
        try {
            if (incoming.plainCount() == 0 && failure == null) {
                int _ = pull(null, Limit.NONE, false);
            }
            return incoming.plainCount();
        } finally {
            endReading();
        }
    }

    /** With {@link #inward}. Without a target, what is decrypted is kept. */
    private int pull(@Nullable ByteBuffer target, Limit limit, boolean waits) throws IOException {
        while (true) {
            if (incoming.plainCount() > 0) {
                return target == null ? incoming.plainCount() : incoming.takePlain(target);
            }
            if (ended || inputShut) {
                return -1;
            }
            checkOpen();
            if (incoming.isStarved() || !incoming.hasNet()) {
                int count = waits ? receiveOrFail(limit) : tryReceive();
                if (count == 0) {
                    return 0;
                }
                if (count < 0) {
                    return endOfStream();
                }
            }
            int count = decrypt(target);
            if (count > 0 && target != null && incoming.plainCount() == 0) {
                return count;
            }
        }
    }

    private void checkOpen() throws IOException {
        checkFailure();
        if (uses.hasEnded()) {
            throw new SocketException("Socket closed");
        }
    }

    private int receiveOrFail(Limit limit) throws IOException {
        try {
            return incoming.await(limit);
        } catch (SocketTimeoutException e) {
            throw e;
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private int tryReceive() throws IOException {
        try {
            return incoming.receive();
        } catch (IOException e) {
            throw failed(e);
        }
    }

    /** The stream is broken: a second try could take that for its end. Unless the reader was called away. */
    private IOException failed(IOException e) {
        if (uses.hasEnded() || Green.isDelivered(e)) {
            return e;
        }
        if (failure == null) {
            failure = e;
        }
        return e;
    }

    /** The stream has ended. If the peer has not said so in TLS, anybody may have cut it. */
    private int endOfStream() throws IOException {
        if (inputShut) {
            return -1;
        }
        if (!suppressesRaggedEnds) {
            throw fail(new TruncatedException());
        }
        ended = true;
        return -1;
    }

    /** Has the engine take one record. Returns how much of it went to the target, or is kept. */
    private int decrypt(@Nullable ByteBuffer target) throws IOException {
        SSLEngineResult result;
        try {
            result = incoming.unwrap(target);
        } catch (SSLException e) {
            if (uses.hasEnded()) {
                throw new SocketException("Socket closed");
            }
            throw refuse(e);
        }
        if (engine.hasRefused(result)) {
            throw refuse(null);
        }
        if (engine.isEnd(result)) {
            ended = true;
        }
        int produced = result.bytesProduced();
        if (produced > 0) {
            quiet = 0;
        } else if (result.bytesConsumed() > 0 && ++quiet > MOST_QUIET) {
            throw fail(new SSLException(
                    "The peer sent more than " + MOST_QUIET
                            + " TLS records without data in a row; the connection was closed"));
        }
        follow(result.getHandshakeStatus());
        return produced;
    }

    /** With {@link #inward}. Sends the alert, unless somebody is sending: he might wait for the peer. Without a reason the engine tells it after that. */
    private SSLException refuse(@Nullable SSLException e) {
        boolean told = false;
        try {
            if (outward.tryAcquire()) {
                try {
                    outgoing.sayWhatIsWrong();
                } finally {
                    outward.release();
                }
            }
            incoming.discardUnread();
            told = true;
        } finally {
            if (!told) {
                abort(); // Whatever ended it, the engine is of no more use.
            }
        }
        return fail(e != null ? e : engine.refusal());
    }

    /** Does what the engine needs after a record. With {@link #inward}. */
    private void follow(HandshakeStatus after) throws IOException {
        if (after == HandshakeStatus.NOT_HANDSHAKING) {
            return;
        }
        HandshakeStatus status = ssl.getHandshakeStatus();
        while (status == HandshakeStatus.NEED_TASK) {
            if (!ssl.getUseClientMode()) {
                throw fail(new SSLException("The client asked to renegotiate, which is refused"));
            }
            runTasks();
            status = ssl.getHandshakeStatus();
        }
        if (status == HandshakeStatus.NEED_WRAP) {
            unanswered = answers ? unanswered + 1 : 0;
            if (unanswered > MOST_QUIET) {
                throw fail(new SSLException("The peer asked for more than " + MOST_QUIET
                        + " answers and takes none; the connection was closed"));
            }
            answers = true;
            answer();
        }
        if (status != HandshakeStatus.NEED_UNWRAP) {
            wakeStalledWriter();
        }
    }

    /** On native threads. A wait that ends early leaves a task behind, so it is the end of the connection. */
    private void runTasks() throws IOException {
        boolean done = false;
        try {
            EngineTask.runAll(ssl, uses, Limit.NONE);
            done = true;
        } catch (InterruptedException e) {
            throw closedByInterrupt();
        } finally {
            if (!done) {
                abort();
            }
        }
    }

    private void wakeStalledWriter() {
        if (stalledWriter.get() == null) {
            return;
        }
        GreenSemaphore stalled = stalledWriter.getAndSet(null);
        if (stalled != null) {
            stalled.release();
        }
    }

    // ---- answering

    /** Says what the engine has to say of itself, unless somebody holds {@link #outward}: then he does it. */
    private void answer() throws IOException {
        while (answers && outward.tryAcquire()) {
            boolean sent = false;
            try {
                wrapAnswers();
                sent = outgoing.trySend();
            } catch (IOException e) {
                if (Green.isDelivered(e)) {
                    throw e;
                }
                sent = true; // The peer is not there to hear it. Whoever writes next meets that, too; what it has sent before can still be read.
            } finally {
                outward.release();
                if (!sent) {
                    sendInBackground();
                }
            }
        }
    }

    /** With {@link #outward}. */
    private void wrapAnswers() throws SSLException {
        answers = false;
        while (ssl.getHandshakeStatus() == HandshakeStatus.NEED_WRAP) {
            SSLEngineResult result = outgoing.wrap();
            if (result.getStatus() != Status.OK) {
                return;
            }
        }
    }

    /** Who has no loop waits himself. */
    private void sendInBackground() {
        if (!Green.isGreen()) {
            flush();
            return;
        }
        try {
            Green.spawnN(this::flush);
        } catch (LoopClosedException e) {
            abort(); // Nobody is left to send it; whatever the caller is about to throw is his.
        }
    }

    /** Sends what is left of earlier records. */
    private void flush() {
        if (!uses.enter()) {
            return;
        }
        try {
            acquire(outward);
            try {
                outgoing.send(Limit.NONE);
            } finally {
                releaseOutward();
            }
        } catch (IOException e) {
            // Whoever writes next meets it as well.
        } finally {
            uses.leave();
        }
    }

    /** Gives it back, and looks whether something was left to be said meanwhile. */
    private void releaseOutward() throws IOException {
        outward.release();
        answer();
    }

    // ---- writing

    /** Writes everything. If it ends early, the connection is closed: the peer could not tell where the next message begins. */
    void writeFully(ByteBuffer source) throws IOException {
        handshake(Limit.NONE);
        enter();
        int length = source.remaining();
        try {
            acquire(outward);
            try {
                writesFully = true;
                outgoing.send(Limit.NONE);
                while (source.hasRemaining()) {
                    encrypt(source);
                    outgoing.send(Limit.NONE);
                }
            } finally {
                writesFully = false;
                releaseOutward();
            }
        } catch (Throwable e) {
            failIfRefused(e);
            int encrypted = length - source.remaining();
            if (isCalledAway(e) && (encrypted > 0 || outgoing.isPending())) {
                abort();
                e.addSuppressed(new SocketException("A write of " + length + " bytes ended after at most " + encrypted
                        + ", by " + e + "; the connection was closed"));
            }
            throw e;
        } finally {
            uses.leave();
        }
    }

    /** Tells whether a call was ended from outside, and not by what became of the connection. */
    private static boolean isCalledAway(Throwable e) {
        return !(e instanceof IOException) || Green.isDelivered(e);
    }

    /** An engine that refuses to encrypt is of no more use. */
    private void failIfRefused(Throwable e) {
        if (e instanceof SSLException refused && !isCalledAway(e)) {
            fail(refused);
        }
    }

    /**
     * Writes as much as can be sent without waiting; what is encrypted already and does not fit is sent in the background. The same if its caller is called away
     * meanwhile: what the source's position says was taken goes out.
     */
    int tryWrite(ByteBuffer source) throws IOException {
        handshake(Limit.NONE);
        enter();
        int length = source.remaining();
        try {
            if (!outward.tryAcquire()) {
                return 0;
            }
            boolean sent;
            try {
                if (!outgoing.trySend()) {
                    return 0;
                }
                encrypt(source);
                sent = outgoing.trySend();
            } finally {
                releaseOutward();
            }
            if (!sent) {
                sendInBackground();
            }
            return length - source.remaining();
        } catch (Throwable e) {
            failIfRefused(e);
            if (isCalledAway(e) && outgoing.isPending()) {
                sendInBackground();
            }
            throw e;
        } finally {
            uses.leave();
        }
    }

    /** Waits until a write may take something; false if the time has passed first. */
    boolean awaitWritable(Limit limit) throws IOException {
        if (!isShaken(limit)) {
            return false;
        }
        enter();
        try {
            if (!acquired(outward, limit)) {
                return false;
            }
            try {
                outgoing.send(limit);
            } catch (SocketTimeoutException e) {
                if (Green.isDelivered(e)) {
                    throw e;
                }
                return false;
            } finally {
                releaseOutward();
            }
            return stream.awaitWritable(limit.left());
        } finally {
            uses.leave();
        }
    }

    /** Makes at least one record of the source. With {@link #outward}. */
    private void encrypt(ByteBuffer source) throws IOException {
        int before = source.remaining();
        while (source.remaining() == before) {
            checkOpen();
            if (outputShut) {
                throw new SocketException("Broken pipe");
            }
            SSLEngineResult result = outgoing.wrap(source);
            if (result.getStatus() == Status.CLOSED) {
                checkOpen();
                throw new SocketException("Broken pipe");
            }
            switch (result.getHandshakeStatus()) {
                // The task is in the hands of whoever heard what it is for.
                case NEED_TASK -> hearFirst();
                case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> {
                    if (result.bytesConsumed() == 0) {
                        outgoing.send(Limit.NONE);
                        hearFirst();
                    }
                }
                default -> {
                }
            }
        }
    }

    /** With {@link #outward}. Lets the engine hear, and compute, what it must before it can encrypt: by the reader if there is one. */
    private void hearFirst() throws IOException {
        try {
            var turn = new GreenSemaphore(0);
            stalledWriter.set(turn);
            HandshakeStatus status = ssl.getHandshakeStatus();
            if (status != HandshakeStatus.NEED_UNWRAP && status != HandshakeStatus.NEED_TASK) {
                return;
            }
            if (inward.tryAcquire()) {
                try {
                    if (status == HandshakeStatus.NEED_TASK) {
                        follow(status);
                    } else {
                        hearOnce();
                    }
                } finally {
                    inward.release();
                }
            } else {
                acquire(turn);
            }
        } finally {
            stalledWriter.set(null);
        }
    }

    /** With {@link #inward}: what is data is kept for the reader. */
    private void hearOnce() throws IOException {
        if (incoming.isStarved() || !incoming.hasNet()) {
            if (receiveOrFail(Limit.NONE) < 0) {
                int _ = endOfStream();
                throw new SocketException("Broken pipe");
            }
        }
        int _ = decrypt(null);
    }

    // ---- ending

    /** Tells the peer that nothing more will come. */
    void shutdownOutput() throws IOException {
        handshake(Limit.NONE);
        enter();
        try {
            acquire(outward);
            try {
                outputShut = true;
                wrapGoodbye();
                outgoing.send(Limit.NONE);
            } finally {
                releaseOutward();
            }
        } finally {
            uses.leave();
        }
    }

    /** With {@link #outward}. */
    private void wrapGoodbye() throws SSLException {
        ssl.closeOutbound();
        while (!ssl.isOutboundDone()) {
            SSLEngineResult result = outgoing.wrap();
            if (result.bytesProduced() == 0) {
                return;
            }
        }
    }

    /** Nothing more is read: reads tell the end. */
    void shutdownInput() {
        inputShut = true;
    }

    /**
     * Ends TLS on both sides and leaves the stream as it is.
     *
     * @return what has come behind the peer's goodbye
     */
    ByteBuffer unwrap(Limit limit) throws IOException {
        enter();
        boolean done = false;
        try {
            shutdownOutput();
            acquire(inward, limit);
            try {
                if (pull(null, limit, true) >= 0) {
                    throw fail(new SSLException(
                            "The peer sent data where the end of TLS was expected: read to the end before unwrap"));
                }
                if (!ssl.isInboundDone()) {
                    throw fail(new TruncatedException()); // An end that was forgiven, or not waited for: plain bytes might be TLS still.
                }
                ByteBuffer behind = incoming.drainNet();
                done = closing.compareAndSet(false, true);
                return behind;
            } finally {
                inward.release();
            }
        } finally {
            uses.leave();
            if (done) {
                uses.end();
                over.release();
            } else {
                abort();
            }
        }
    }

    /**
     * Says goodbye if that can be done at once or soon, and closes the stream. Whoever comes second waits until that is done.
     *
     * @param leavesStream true if somebody goes on with the stream in plain: nothing of that is read
     * @return what has been read behind the peer's goodbye, for whoever goes on
     */
    ByteBuffer close(boolean leavesStream) throws IOException {
        if (!closing.compareAndSet(false, true)) {
            awaitEnd();
            return NOTHING;
        }
        try {
            return sayGoodbye(leavesStream);
        } finally {
            end();
        }
    }

    private void awaitEnd() {
        try {
            over.acquire();
            over.release();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private ByteBuffer sayGoodbye(boolean leavesStream) {
        if (!established || failure != null || !uses.enter()) {
            return NOTHING;
        }
        try {
            var limit = new Limit(GOODBYE_NANOS, "The peer takes nothing");
            // What a try has taken was written, for all that its writer knows. What is being written in full is not, and may take for ever.
            if (writesFully ? outward.tryAcquire() : acquired(outward, limit)) {
                try {
                    if (!outputShut) {
                        wrapGoodbye();
                    }
                    outgoing.send(limit);
                } finally {
                    outward.release();
                }
            }
            if ((leavesStream || ssl.getUseClientMode()) && inward.tryAcquire()) {
                try {
                    return leavesStream ? behindGoodbye() : hearLastWords();
                } finally {
                    inward.release();
                }
            }
        } catch (IOException e) {
            // The peer is not there to hear it.
        } finally {
            uses.leave();
        }
        return NOTHING;
    }

    /** A server's tickets, of which the loop may not know yet. With {@link #inward}. */
    private ByteBuffer hearLastWords() throws IOException {
        boolean _ = stream.awaitReadable(LOOK);
        incoming.discardUnread();
        return NOTHING;
    }

    /** Hears the peer's goodbye if it is there, and gives what has been read behind it. With {@link #inward}. */
    private ByteBuffer behindGoodbye() throws IOException {
        if (!ended && incoming.plainCount() == 0) {
            boolean _ = stream.awaitReadable(LOOK);
            int _ = pull(null, Limit.NONE, false);
        }
        return ended ? incoming.drainNet() : NOTHING;
    }

    /** Closes the stream without a word. */
    void abort() {
        if (closing.compareAndSet(false, true)) {
            try {
                end();
            } catch (IOException e) {
                // What the operating system says at a close helps nobody.
            }
        }
    }

    private void end() throws IOException {
        // First, so that nobody comes in to wait on a stream that is left open because nobody was there.
        uses.end();
        try {
            streamsClose.close();
        } finally {
            over.release();
        }
    }
}
