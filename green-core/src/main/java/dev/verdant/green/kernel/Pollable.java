package dev.verdant.green.kernel;

import dev.verdant.hub.HubChannel;
import dev.verdant.hub.ListenerChannel;
import dev.verdant.hub.Readiness;
import dev.verdant.hub.ReadinessHandler;
import dev.verdant.hub.SinkChannel;
import dev.verdant.hub.SourceChannel;
import dev.verdant.hub.StreamChannel;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.SocketException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A channel that green threads wait on: what is known of its readiness, who reads, who writes, and its close.
 *
 * <p>Any thread may use it; registration, readiness and release happen on its loop. A user claims a direction for the length of a call, tries,
 * and waits:
 *
 * <pre>{@code
 * claim(READ);
 * try {
 *     for (boolean expired = false;; expired = !await(READ, deadline)) {
 *         int state = state(READ);
 *         if (isReady(state)) { ... try; return if it made progress; else drained(READ, state) }
 *         if (isClosed()) throw ...
 *         if (expired) throw ...
 *     }
 * } finally {
 *     release(READ);
 * }
 * }</pre>
 */
public final class Pollable implements ReadinessHandler {

    /*
     * A direction's state is one word: bit 0 says that a try may make progress, bit 1 that a short read does not mean drained (sticky), and the rest
     * counts the edges. Whoever finds a direction drained clears bit 0 by a CAS against the word read before the try, which fails if an edge came meanwhile.
     */
    private static final int READY = 1;
    private static final int UNEVEN = 2;
    private static final int EDGE = 4;

    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final VarHandle READ_STATE;
    private static final VarHandle WRITE_STATE;
    private static final VarHandle READER;
    private static final VarHandle WRITER;
    private static final VarHandle RELEASED;

    static {
        try {
            var lookup = MethodHandles.lookup();
            READ_STATE = lookup.findVarHandle(Pollable.class, "readState", int.class);
            WRITE_STATE = lookup.findVarHandle(Pollable.class, "writeState", int.class);
            READER = lookup.findVarHandle(Pollable.class, "reader", Thread.class);
            WRITER = lookup.findVarHandle(Pollable.class, "writer", Thread.class);
            RELEASED = lookup.findVarHandle(Pollable.class, "released", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** Changes when the channel moves, on the loop that it leaves. */
    private volatile Loop loop;

    private final HubChannel channel;
    private final Object owner;

    private volatile int readState = READY;
    private volatile int writeState = READY;
    private volatile @Nullable Thread reader;
    private volatile @Nullable Thread writer;
    private volatile boolean closed;

    /** Somebody closes the channel, or has: mostly the loop. */
    private volatile boolean released;

    /** The descriptor is gone. */
    private volatile boolean gone;

    private @Nullable Writability writability;

    /** Confined to the loop. */
    private @Nullable Listener listener;

    /** Is told of readiness in place of a thread that waits. */
    public interface Listener {

        /**
         * Something may be possible, or the channel has been closed. On the loop, mostly on its own thread: it must only take note of it, and must not
         * lock, log, wait or run user code.
         *
         * @param ops {@link Readiness#READ}, {@link Readiness#WRITE} or both
         */
        void ready(int ops);
    }

    /** The hub has it. Written on the loop. */
    private volatile boolean registered;

    /** Where it goes when its loop ends; null if it ends with its loop. */
    private @Nullable Loop harbour;

    // Confined to the loop.
    private boolean listed;
    @Nullable Pollable next;
    @Nullable Pollable previous;

    /**
     * Takes charge of a channel that is not registered. Any thread.
     *
     * @param loop the loop whose hub made the channel
     * @param channel the channel
     * @param owner the socket, for messages and dumps: its {@code toString} names it
     */
    public Pollable(Loop loop, HubChannel channel, Object owner) {
        this.loop = loop;
        this.channel = channel;
        this.owner = owner;
    }

    /**
     * Makes it one that many loops share, as sockets of the JDK's are: when its loop ends it goes to another, and platform threads that wait for it are not called
     * away by an interrupt. Before anybody uses it. Any thread; elsewhere than on its loop, {@link #arrive()} is to follow.
     *
     * @param refuge where it goes, if it can: a loop that does not end
     */
    public void roam(Loop refuge) {
        harbour = refuge;
        if (loop != refuge && loop.isHere()) {
            enlist();
        }
    }

    /**
     * Says that nothing is possible until the hub says so: for a connect that is under way. Before {@link #register()}.
     */
    public void expectNothing() {
        readState = 0;
        writeState = 0;
    }

    /**
     * Registers the channel now, and closes it if that fails. Any thread; elsewhere than on the loop it waits for the loop to do it.
     *
     * @throws IOException if the poller refuses the descriptor
     */
    public void register() throws IOException {
        joinLoop(this::registerHere);
    }

    /**
     * Lets the loop have the channel: it ends with the loop from here on. It is registered when somebody first waits for it, so a channel that moves
     * on before, or never waits, costs its first poller nothing. Any thread; elsewhere than on the loop it waits for the loop to do it.
     *
     * @throws IOException if the channel has been closed meanwhile
     */
    public void arrive() throws IOException {
        if (loop != harbour) { // Which need not know whom it is to close when it ends.
            joinLoop(this::arriveHere);
        }
    }

    private void joinLoop(Loop.IoAction join) throws IOException {
        if (loop.isHere()) {
            join.run();
            return;
        }
        boolean told = false;
        try {
            loop.callHere(this, join);
            told = true;
        } finally {
            if (!told) {
                abandon(); // The loop has closed.
            }
        }
    }

    private void arriveHere() throws IOException {
        if (released) {
            throw closedException();
        }
        enlist();
    }

    private void registerHere() throws IOException {
        arriveHere();
        try {
            channel.register(this);
        } catch (IOException | RuntimeException | Error e) {
            abandon();
            throw e;
        }
        registered = true;
    }

    /**
     * Has the loop close the channel when it ends, though nobody waits for it yet and perhaps never will: for channels that are of use before they are
     * registered. On the loop.
     */
    public void enlist() {
        if (!listed) {
            listed = true;
            loop.add(this);
        }
    }

    private void unlist() {
        if (listed) {
            listed = false;
            loop.remove(this);
        }
    }

    /**
     * Registers the channel if that has not been done. Returns true if it was done now: then the direction's state must be looked at once more before a
     * wait, because a wake-up that came meanwhile on another thread may have been used up.
     */
    private boolean ensureRegistered() throws IOException {
        if (registered) {
            return false;
        }
        onItsLoop(this::registerOnce);
        return true;
    }

    /** Has the loop do something, or the one that the channel has gone to meanwhile because its own has ended. */
    private void onItsLoop(Loop.IoAction action) throws IOException {
        Loop asked = loop;
        if (asked.isHere()) {
            action.run();
            return;
        }
        try {
            asked.callHere(this, action);
        } catch (IllegalStateException e) {
            Loop now = loop;
            if (now == asked || now != harbour) {
                throw e;
            }
            now.callHere(this, action);
        }
    }

    /**
     * Fails if the channel is of no use any more because its loop has ended. Any thread.
     *
     * @throws IllegalStateException that says so
     */
    public void checkLoop() {
        if (harbour == null) { // Else it is on its way from one loop to the next.
            loop.checkEnded();
        }
    }

    /** A reader and a writer may come for it at the same time. */
    private void registerOnce() throws IOException {
        if (!registered && !released) {
            registerHere();
        }
    }

    /** Closes a channel that no loop can have, or not any more. */
    private void abandon() {
        closed = true;
        releaseChannel();
    }

    /**
     * Gives the channel to another loop. The caller has claimed both directions, and gives them back afterwards. Any thread; it waits for both loops,
     * and nothing else ends that wait.
     *
     * @param target where it is to go; its hub is of the same kind
     * @throws IOException if the channel is closed, or is now because the other loop has closed
     */
    public void moveTo(Loop target) throws IOException {
        if (loop != target) {
            leaveFor(target);
            arrive();
        }
    }

    /**
     * Gives the channel to another loop as {@link #moveTo} does, unless its own loop is busy for too long, or ends. The same caller, who can do without.
     *
     * @param target where it is to go; its hub is of the same kind
     * @param nanos how long its loop may take to begin; less than 0 is for ever
     * @return false if it stays where it is
     * @throws InterruptedException if a user interrupted the caller; it stays where it is, or has left and is to be closed
     * @throws IOException if the channel is closed
     */
    public boolean offerTo(Loop target, long nanos) throws IOException, InterruptedException {
        Loop asked = loop;
        try {
            if (asked.isHere()) {
                leaveHere(target);
            } else if (!asked.offerHere(this, () -> leaveHere(target), nanos)) {
                return false;
            }
        } catch (IllegalStateException e) {
            if (loop == asked) {
                throw e;
            }
            return false; // That loop has ended, and the channel has gone elsewhere.
        }
        arrive();
        return true;
    }

    /**
     * Does the first half of {@link #moveTo}; {@link #arrive()} is the other. In between the channel is on no loop, and must be closed by whoever moves
     * it if it is not to arrive. Any thread that has claimed both directions.
     *
     * @param target where it is to go; its hub is of the same kind
     * @throws IOException if the channel is closed
     */
    public void leaveFor(Loop target) throws IOException {
        onItsLoop(() -> leaveHere(target));
    }

    private void leaveHere(Loop target) throws IOException {
        Listener watching = listener;
        if (watching != null) {
            throw new IllegalStateException(
                    owner + " cannot move: " + watching + " watches it on the loop '" + loop.name() + "'");
        }
        channel.moveTo(target.hub());
        registered = false;
        unlist();
        // The other hub will say what is possible; until then, a try may find out.
        edge(READ_STATE, readState, 0);
        edge(WRITE_STATE, writeState, 0);
        loop = target;
    }

    /**
     * Returns the loop the channel belongs to. Any thread.
     *
     * @return its loop
     */
    public Loop loop() {
        return loop;
    }

    /**
     * Tells whether the channel has a direction: one end of a pipe is only read, the other only written, and a listener is only read. Any thread.
     *
     * @param op {@link Readiness#READ} or {@link Readiness#WRITE}
     * @return false if that can never be
     */
    public boolean has(int op) {
        return switch (channel) {
            case StreamChannel _ -> true;
            case SourceChannel _,ListenerChannel _ -> op == Readiness.READ;
            case SinkChannel _ -> op == Readiness.WRITE;
            default -> true;
        };
    }

    // ---- readiness

    @Override
    public void ready(int ops) {
        int uneven = (ops & (Readiness.ENDED | Readiness.URGENT)) != 0 ? UNEVEN : 0;
        if ((ops & Readiness.READ) != 0) {
            edge(READ_STATE, readState, uneven);
            wake(reader);
        }
        if ((ops & Readiness.WRITE) != 0) {
            edge(WRITE_STATE, writeState, uneven);
            wake(writer);
        }
        Listener told = listener;
        if (told != null) {
            told.ready(ops);
        }
    }

    private void edge(VarHandle direction, int seen, int uneven) {
        int state = seen;
        while (!direction.weakCompareAndSet(this, state, (state + EDGE) | READY | uneven)) {
            state = (int) direction.getVolatile(this);
        }
    }

    private static void wake(@Nullable Thread waiter) {
        if (waiter != null) {
            LockSupport.unpark(waiter);
        }
    }

    /**
     * Returns what is known of a direction. Any thread.
     *
     * @param op {@link Readiness#READ} or {@link Readiness#WRITE}
     * @return a word for {@link #isReady}, {@link #isUneven} and {@link #drained}
     */
    public int state(int op) {
        return op == Readiness.READ ? readState : writeState;
    }

    /**
     * Tells whether a try may make progress.
     *
     * @param state from {@link #state}
     * @return false if it would block for certain
     */
    public static boolean isReady(int state) {
        return (state & READY) != 0;
    }

    /**
     * Tells whether a short read does not mean that the stream is drained: the peer has ended or broken the connection, or sent urgent data.
     *
     * @param state from {@link #state}
     * @return true once the hub has said so
     */
    public static boolean isUneven(int state) {
        return (state & UNEVEN) != 0;
    }

    /**
     * Notes that a try found no more. Any thread that has claimed the direction.
     *
     * @param op {@link Readiness#READ} or {@link Readiness#WRITE}
     * @param state from {@link #state}, read before the try
     */
    public void drained(int op, int state) {
        if (op == Readiness.READ) { // A handle is fast where the compiler sees which it is.
            READ_STATE.compareAndSet(this, state, state & ~READY);
        } else {
            WRITE_STATE.compareAndSet(this, state, state & ~READY);
        }
    }

    /**
     * Forgets what is known of a direction and has the hub say it anew: for who wants to wait without a try, because a try would take something. The
     * thread that claimed the direction.
     *
     * @param op {@link Readiness#READ} or {@link Readiness#WRITE}
     * @throws IOException if the channel is closed
     */
    public void recheck(int op) throws IOException {
        var direction = op == Readiness.READ ? READ_STATE : WRITE_STATE;
        int seen = state(op);
        while (!direction.weakCompareAndSet(this, seen, seen & ~READY)) {
            seen = state(op);
        }
        if (loop.isHere()) {
            recheckHere(op);
        } else {
            loop.callHereAndPoll(this, () -> recheckHere(op));
        }
    }

    private void recheckHere(int op) throws IOException {
        registerOnce();
        channel.recheck(op);
    }

    // ---- a listener instead of a thread that waits

    /**
     * Has somebody told of readiness, whoever else waits. On the loop.
     *
     * @param who the listener
     * @return who listens already, and goes on doing so; null if nobody did
     */
    public @Nullable Listener listen(Listener who) {
        Listener before = listener;
        if (before == null) {
            listener = who;
        }
        return before;
    }

    /** Has nobody told of readiness any more. On the loop, by who listened. */
    public void stopListening() {
        listener = null;
    }

    /**
     * Sees to it that the listener is told when a direction becomes ready, after a try that found nothing. On the loop.
     *
     * @param op {@link Readiness#READ} or {@link Readiness#WRITE}
     * @return true if it is ready, for all that is known: then the listener need not be told, and should try again
     * @throws IOException if the poller refuses the descriptor, which is closed then
     */
    public boolean expect(int op) throws IOException {
        registerOnce();
        channel.arm(op);
        return isReady(state(op));
    }

    // ---- claims and waits

    /**
     * Takes a direction for the calling thread.
     *
     * @param op {@link Readiness#READ} or {@link Readiness#WRITE}
     * @return null if it was free, else the thread that has it
     */
    public @Nullable Thread claim(int op) {
        Thread caller = Thread.currentThread();
        return op == Readiness.READ
                ? (Thread) READER.compareAndExchange(this, null, caller)
                : (Thread) WRITER.compareAndExchange(this, null, caller);
    }

    /**
     * Gives a claimed direction back.
     *
     * @param op {@link Readiness#READ} or {@link Readiness#WRITE}
     */
    public void release(int op) {
        if (op == Readiness.READ) {
            READER.setRelease(this, null);
        } else {
            WRITER.setRelease(this, null);
        }
    }

    /**
     * Waits for readiness, or without cause. The thread that claimed the direction.
     *
     * @param fiber the caller's fiber, or null on a thread that is on no loop
     * @param op {@link Readiness#READ} or {@link Readiness#WRITE}
     * @param wait for how long, from {@link #deadline}; 0 for ever
     * @return false if the deadline has passed
     * @throws InterruptedException if a user interrupted the thread
     * @throws IOException if this is the first wait and the poller refuses the descriptor, which is closed then
     */
    public boolean await(@Nullable Fiber fiber, int op, long wait) throws InterruptedException, IOException {
        if (ensureRegistered()) {
            return true; // The wake-up may have come and been used up meanwhile.
        }
        channel.arm(op);
        Object what = op == Readiness.READ ? this : writability();
        if (fiber == null) {
            return awaitElsewhere(what, wait);
        }
        if (wait == 0) {
            fiber.await(what);
            return true;
        }
        return fiber.await(what, wait);
    }

    /** Reading is what channels mostly wait for, so the channel itself stands for that; this stands for the other wait. */
    private Writability writability() {
        Writability known = writability;
        if (known == null) {
            known = new Writability(owner);
            writability = known;
        }
        return known;
    }

    private record Writability(Object owner) {

        @Override
        public String toString() {
            return "writability of " + owner;
        }
    }

    /** A thread on no loop: its deadline is in the JDK's time. */
    private boolean awaitElsewhere(Object what, long wait) throws InterruptedException {
        boolean interrupted = Thread.interrupted();
        boolean isDeaf = harbour != null && !Thread.currentThread().isVirtual();
        if (interrupted && !isDeaf) {
            throw new InterruptedException();
        }
        if (wait == 0) {
            LockSupport.park(what);
        } else {
            long left = wait - System.nanoTime();
            if (left > 0) {
                LockSupport.parkNanos(what, left);
            }
        }
        if (isDeaf && (Thread.interrupted() || interrupted)) {
            Thread.currentThread().interrupt(); // For whoever cares.
        }
        return wait == 0 || wait - System.nanoTime() > 0;
    }

    /**
     * Returns the deadline for {@link #await} that lies some time ahead of now.
     *
     * @param fiber the caller's fiber, or null on a thread that is on no loop
     * @param nanos the time; 0 for ever
     * @return the deadline, 0 for none
     */
    public static long deadline(@Nullable Fiber fiber, long nanos) {
        if (nanos == 0) {
            return 0;
        }
        long deadline = fiber != null
                ? fiber.loop().deadlineAfter(nanos)
                : System.nanoTime() + Math.min(nanos, 1L << 61);
        return deadline == 0 ? 1 : deadline;
    }

    // ---- close

    /**
     * Tells whether {@link #close} has been called. Any thread.
     *
     * @return true from then on
     */
    public boolean isClosed() {
        return closed;
    }

    /**
     * Fails if {@link #close} has been called. Any thread.
     *
     * @throws SocketException if it is closed
     */
    public void checkOpen() throws SocketException {
        if (closed) {
            throw closedException();
        }
    }

    /**
     * Says that it is closed.
     *
     * @return to be thrown
     */
    public SocketException closedException() {
        boolean isPipe = channel instanceof SourceChannel != channel instanceof SinkChannel;
        return new SocketException(isPipe ? "Pipe closed" : "Socket closed");
    }

    /**
     * Closes the channel and wakes who waits there. When it returns the descriptor is gone, unless the loop has not turned for a second: then the
     * connection is shut down, and the descriptor goes when the loop turns again. Any thread; who comes second, while a first waits for the loop, gets
     * no less.
     */
    public void close() {
        closed = true;
        if (gone) {
            return;
        }
        if (loop.isHere()) {
            releaseChannel();
        } else {
            closeFromElsewhere();
        }
    }

    private void closeFromElsewhere() {
        var done = new Waiter();
        releaseOn(loop, done);
        if (!done.awaitQuietly(this, PATIENCE_NANOS)) {
            channel.shutdown();
            System.getLogger("dev.verdant.green").log(Level.WARNING,
                    "The loop '" + loop.name() + "' has not turned for a second, so "
                            + owner + " was shut down; its descriptor will be closed when the loop turns again.");
        }
    }

    /** The channel may have moved to another loop by the time that the message is read. */
    private void releaseOn(Loop at, Waiter done) {
        Runnable release = () -> {
            if (loop == at) {
                try {
                    releaseChannel();
                } finally {
                    done.wake();
                }
            } else {
                releaseOn(loop, done);
            }
        };
        at.tell(release, release);
    }

    /** The loop ends. On its own thread. */
    void endWithLoop() {
        Loop refuge = harbour;
        if (refuge != null && !closed && goesTo(refuge)) {
            wake(reader); // Who waits elsewhere waits there from now on.
            wake(writer);
            return;
        }
        abandon();
    }

    private boolean goesTo(Loop refuge) {
        try {
            leaveHere(refuge);
            return true;
        } catch (IOException | IllegalArgumentException e) {
            return false; // A channel of another kind of hub.
        }
    }

    private void releaseChannel() {
        if (!RELEASED.compareAndSet(this, false, true)) {
            return;
        }
        if (loop.isHere()) {
            unlist();
        }
        try {
            channel.close();
        } finally {
            gone = true;
            wake(reader);
            wake(writer);
            Listener told = listener;
            if (told != null) {
                told.ready(Readiness.READ | Readiness.WRITE);
            }
        }
    }

    @Override
    public String toString() {
        return "readability of " + owner;
    }
}
