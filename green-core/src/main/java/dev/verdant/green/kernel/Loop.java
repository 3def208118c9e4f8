package dev.verdant.green.kernel;

import dev.verdant.green.spi.FaultPoint;
import dev.verdant.green.spi.LoopObserver;
import dev.verdant.green.spi.LoopSnapshot;
import dev.verdant.green.spi.LoopSnapshot.GreenThreadSnapshot;
import dev.verdant.green.spi.ReadyOrder;
import dev.verdant.hub.Hub;
import dev.verdant.hub.HubProvider;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jctools.queues.atomic.MpscUnboundedAtomicArrayQueue;
import org.jspecify.annotations.Nullable;

/**
 * One platform thread, one hub, and the green threads that take turns there.
 *
 * <p>Methods say who may call them. "On the loop" means its own thread or a green thread of it, which never run at the same time.
 */
public final class Loop {

    /*
     * A turn: take over what other threads brought, ask the hub for readiness (without waiting if anything is ready or due), fire the timers
     * that are due, run a bounded round of what is ready. Readiness comes before timers, so data that has arrived wins over a deadline that
     * passed in the same turn.
     *
     * The loop's own thread takes no lock that a green thread may hold, does no logging, runs no user code, and interrupts nobody: what
     * needs one of these is done by a helper green thread.
     *
     * Sleep and wake-up. Before it sleeps, the loop sets `sleeping` and looks at the inbox once more; a producer puts into the inbox and then
     * looks at `sleeping`. Both accesses are ordered by full fences, so one of the two sees the other, and Hub.wakeup() is sticky.
     */

    /** The loop takes new green threads. */
    private static final int OPEN = 0;

    /** Its green threads have been killed and may still wait, for a while, in their finally blocks. */
    private static final int KILLING = 1;

    /** Whatever still waits is thrown out. */
    private static final int UNWINDING = 2;

    /** The thread has ended. What comes late runs on the JDK's default scheduler, to unwind. */
    private static final int CLOSED = 3;

    /** How long a closing loop stays in KILLING, and again in UNWINDING, at the most. */
    private static final long GRACE_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** The bounds of a round. */
    private static final int ROUND = 256;

    private static final long ROUND_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    /** How many continuations may run between two looks at the clock while they are short. */
    private static final int STRIDE = 8;

    /** A continuation that succeeds in this many calls that could have waited must let others run. */
    private static final int CALLS_PER_RUN = 128;

    private static final FaultPoint ROUND_SHORT = FaultPoint.named("loop.round-short");
    private static final FaultPoint TIMERS_LATE = FaultPoint.named("loop.timers-late");

    private static final VarHandle SLEEPING;
    private static final VarHandle PHASE;
    private static final VarHandle FORWARDING;

    static {
        try {
            var lookup = MethodHandles.lookup();
            SLEEPING = lookup.findVarHandle(Loop.class, "sleeping", boolean.class);
            PHASE = lookup.findVarHandle(Loop.class, "phase", int.class);
            FORWARDING = lookup.findVarHandle(Loop.class, "forwarding", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private static final VirtualThreads JDK = JdkInternals.instance();

    private final String name;
    private final Host host;
    private final LoopObserver observer;
    private final Hub hub;
    private final LoopThread thread;
    private final LoopScheduler scheduler = new LoopScheduler(this);

    /** Continuations and {@link Message}s from other threads. */
    private final MpscUnboundedAtomicArrayQueue<Runnable> inbox = new MpscUnboundedAtomicArrayQueue<>(256);

    // Confined to the loop.
    final Timers timers;
    private final ReadyQueue ready;
    private final Fibers fibers = new Fibers();
    private final List<Fiber> toInterrupt = new ArrayList<>();
    private final @Nullable Strangers strangers;
    private @Nullable Fiber current;
    private long turnTime;
    private int callsThisRun;
    private long runs;
    private int channels;
    private @Nullable Pollable firstChannel;
    private int adopted;
    private long closingDeadline;

    /** Made at the first turn that a flight recorder may want to know of. */
    private @Nullable TurnRecord turnRecord;

    /** Everybody who was told of the close has had a turn when {@link #switches} has come so far; only then the time runs. */
    private long allToldAt;

    private boolean killed;
    private final List<Alarm> retired = new ArrayList<>();

    // Written by the loop, read by the watch thread and by snapshots.
    private volatile boolean sleeping;
    private volatile long turns;
    private volatile long switches;

    private volatile int phase = OPEN;

    /** What is done when the loop has ended. */
    private final Set<Runnable> lastWishes = ConcurrentHashMap.newKeySet();

    /** Who waits in virtual time for its end; see {@link #close}. */
    private final Set<Waiter> closers = ConcurrentHashMap.newKeySet();

    /** The loop has released its channels: whoever brings something late forwards it himself. Before that, its own thread still reads the inbox. */
    private volatile boolean forwards;

    /** Guards the inbox's consumer end once the loop has closed. */
    @SuppressWarnings("UnusedVariable") // read by the handle
    private volatile boolean forwarding;

    /**
     * Starts a loop.
     *
     * @param name its name, also its thread's
     * @param provider where its hub comes from
     * @param order which ready green thread runs next, or null for first come, first served
     * @param observer what is told about its turns
     * @param host the layer above
     * @return a running loop
     * @throws IllegalStateException if the JVM does not let virtual threads have a scheduler; the message says which flag is missing
     */
    public static Loop start(String name, HubProvider provider, @Nullable ReadyOrder order, LoopObserver observer,
            Host host) {
        JdkInternals.check();
        FlightEvents.loadIfRecorderIsThere();
        var loop = new Loop(name, provider.open(), order, observer, host);
        Watch.add(loop);
        loop.thread.start();
        return loop;
    }

    private Loop(String name, Hub hub, @Nullable ReadyOrder order, LoopObserver observer, Host host) {
        this.name = name;
        this.hub = hub;
        this.host = host;
        this.observer = observer;
        this.strangers = hub.isTimeVirtual() ? new Strangers() : null;
        this.ready = order == null ? new ReadyQueue() : new ReadyQueue.Ordered(order);
        this.turnTime = hub.nanoTime();
        this.timers = new Timers(turnTime);
        this.thread = new LoopThread(this, name);
        hub.confine(this::isHere);
    }

    // ---- who is where

    /**
     * Returns the loop the caller is on. Any thread.
     *
     * @return the loop, or null off every loop
     */
    public static @Nullable Loop current() {
        return JDK.carrier() instanceof LoopThread loopThread ? loopThread.loop : null;
    }

    /**
     * Returns the time by the clock of the loop the caller is on, or by the JDK's. Any thread.
     *
     * @return nanoseconds since some moment
     */
    public static long nanoTimeOfCaller() {
        Loop loop = current();
        return loop == null ? System.nanoTime() : loop.hub.nanoTime();
    }

    /**
     * Returns the clock of the caller's loop that tells the time of day; off every loop, the JDK's. Any thread.
     *
     * @return the clock
     */
    public static InstantSource wallClockOfCaller() {
        Loop loop = current();
        return loop == null ? InstantSource.system() : loop.hub.wallClock();
    }

    /**
     * Returns the fiber of the caller. Any thread.
     *
     * @return the fiber, or null off every loop
     */
    public static @Nullable Fiber currentFiber() {
        return JDK.carrier() instanceof LoopThread loopThread ? loopThread.loop.fiber() : null;
    }

    /**
     * Returns the fiber of the caller, or fails.
     *
     * @param call what needs it, for the message
     * @return the fiber
     * @throws IllegalStateException off every loop; on a thread whose loop has closed, the host's exception
     */
    public static Fiber requireFiber(String call) {
        Fiber fiber = waitingFiber();
        if (fiber != null) {
            return fiber;
        }
        throw new IllegalStateException(call + " was called on the thread '" + Thread.currentThread().getName()
                + "', which is on no loop. Run it in Green.run(...), or start a loop with EventLoop.start() and spawn it there.");
    }

    /**
     * Returns the fiber of the caller, which is about to wait. Any thread.
     *
     * @return the fiber, or null on a thread that was never on a loop
     * @throws IllegalStateException on a thread whose loop has closed, the host's exception
     */
    static @Nullable Fiber waitingFiber() {
        Fiber fiber = currentFiber();
        if (fiber == null) {
            var thread = Thread.currentThread();
            if (thread.isVirtual() && JDK.schedulerOf(thread) instanceof LoopScheduler late) {
                throw late.loop().closedException();
            }
        }
        return fiber;
    }

    /**
     * Tells whether the caller is on this loop. Any thread.
     *
     * @return true on its own thread and on its green threads
     */
    public boolean isHere() {
        return JDK.carrier() == thread;
    }

    /** The fiber of the calling green thread; one is made for a thread that inherited the loop. Null on the loop's own thread. */
    private @Nullable Fiber fiber() {
        Fiber last = current;
        Thread caller = Thread.currentThread();
        if (last != null && last.thread == caller) {
            return last;
        }
        if (caller == thread) {
            return null;
        }
        Fiber found = fibers.find(caller);
        if (found == null) {
            if (++adopted > fibers.size() / 2) {
                forgetEnded();
            }
            found = host.adopt(this, caller);
            found.thread = caller;
            fibers.add(found);
        }
        current = found;
        return found;
    }

    /** Threads that were adopted do not say when they end. */
    private void forgetEnded() {
        adopted = 0;
        for (Fiber fiber : fibers.list()) {
            Thread adopted = fiber.thread;
            if (adopted != null && !adopted.isAlive()) {
                fibers.remove(fiber);
            }
        }
    }

    Thread thread() {
        return thread;
    }

    /**
     * Returns the loop's name. Any thread.
     *
     * @return the name
     */
    public String name() {
        return name;
    }

    /**
     * Tells whether the hub's time is virtual. Any thread.
     *
     * @return false if it runs by itself
     */
    public boolean isTimeVirtual() {
        return strangers != null;
    }

    /**
     * Returns the hub. Any thread may have it; what may be called on it from where, it says itself.
     *
     * @return the hub
     */
    public Hub hub() {
        return hub;
    }

    // ---- starting green threads

    /**
     * Starts a fiber. Any thread.
     *
     * @param fiber a fiber of this loop
     * @param threadName the virtual thread's name, or null for none
     */
    public void start(Fiber fiber, @Nullable String threadName) {
        create(fiber, threadName).start();
    }

    /**
     * Creates a fiber's thread without starting it. Any thread.
     *
     * @param fiber a fiber of this loop
     * @param threadName the virtual thread's name, or null for none
     * @return the thread
     */
    public Thread create(Fiber fiber, @Nullable String threadName) {
        checkOpen();
        Thread created = JDK.create(scheduler, threadName, fiber);
        fiber.thread = created;
        return created;
    }

    /**
     * Does something after a delay, on the loop's own thread: it must not lock, log, wait or run user code. On the loop.
     *
     * @param nanos the delay in nanoseconds
     * @param action what is done
     * @param otherwise what is done instead if the loop closes before
     * @return cancels it, on the loop
     */
    public Alarm after(long nanos, Runnable action, Runnable otherwise) {
        return at(deadlineAfter(nanos), action, otherwise);
    }

    /**
     * Does something at a moment, as {@link #after}; those of equal moments in the order in which they were set. On the loop.
     *
     * @param deadline the moment in the hub's time, at most 73 years ahead
     * @param action what is done
     * @param otherwise what is done instead if the loop closes before
     * @return cancels it, on the loop
     */
    public Alarm at(long deadline, Runnable action, Runnable otherwise) {
        checkOpen();
        var alarm = new Alarm(timers, action, otherwise);
        timers.set(alarm, deadline);
        return alarm;
    }

    /** An action that waits for its time. Confined to the loop. */
    public static final class Alarm extends Timer {

        private final Timers timers;
        private final Runnable action;
        private final Runnable otherwise;

        private Alarm(Timers timers, Runnable action, Runnable otherwise) {
            this.timers = timers;
            this.action = action;
            this.otherwise = otherwise;
        }

        /**
         * Cancels it. On the loop.
         *
         * @return false if it was done or cancelled already
         */
        public boolean cancel() {
            return timers.cancel(this);
        }

        @Override
        void fire() {
            action.run();
        }
    }

    /** A fiber begins: on its own thread. Returns false if it came too late to run, which it has been told. */
    boolean enter(Fiber fiber) {
        if (phase != OPEN || !isHere()) {
            fiber.neverRan();
            return false;
        }
        current = fiber;
        fibers.add(fiber);
        if (observer != LoopObserver.NONE) { // The name may have to be made.
            observer.began(Thread.currentThread(), fiber.name());
        }
        return true;
    }

    /** A fiber ends: on its own thread. */
    void leave(Fiber fiber) {
        if (isHere()) {
            fibers.remove(fiber);
            observer.ended(Thread.currentThread(), fiber.failure());
        }
    }

    /** A fiber goes on after a wait: on its own thread. Returns false if the loop has closed meanwhile, and this is some other thread. */
    boolean resume(Fiber fiber) {
        if (phase == CLOSED) {
            return false;
        }
        current = fiber;
        return true;
    }

    /**
     * Counts a call that could have waited and did not, and tells when it is time to let others run. On the loop.
     *
     * @return true if the caller should yield
     */
    public boolean isOverBudget() {
        return ++callsThisRun > CALLS_PER_RUN;
    }

    /**
     * Returns how often green threads have begun or gone on: as long as it stays, nobody else has run. On the loop.
     *
     * @return a number that grows
     */
    public long runs() {
        return runs;
    }

    // ---- messages

    /** A continuation is ready. Any thread; never throws, never blocks. */
    void enqueue(Runnable continuation) {
        if (isHere() && phase != CLOSED) {
            ready.add(continuation);
        } else {
            offer(continuation);
        }
    }

    /**
     * Does something on the loop's own thread, soon: it must not lock, log, wait or run user code. Any thread.
     *
     * @param action what is done
     * @param otherwise what is done instead, on any thread, if the loop has closed
     */
    public void tell(Runnable action, Runnable otherwise) {
        offer(new Message(action, otherwise));
    }

    /**
     * Does something on the loop's own thread and waits until it is done. Not on the loop. The wait is ended by nothing else.
     *
     * @param what what the caller waits for, for tools
     * @param action what is done: it must not lock, log, wait or run user code
     * @throws IOException what the action throws, or the loop's exception if it has closed
     */
    void callHere(Object what, IoAction action) throws IOException {
        call(what, action, false);
    }

    /**
     * The same, and waits until the hub has been polled after it: what it had the hub look at is known when this returns.
     *
     * @param what what the caller waits for, for tools
     * @param action what is done: it must not lock, log, wait or run user code
     * @throws IOException what the action throws, or the loop's exception if it has closed
     */
    void callHereAndPoll(Object what, IoAction action) throws IOException {
        call(what, action, true);
    }

    private void call(Object what, IoAction action, boolean andPoll) throws IOException {
        var done = new Waiter();
        var failure = new AtomicReference<@Nullable Throwable>();
        tell(() -> {
            try {
                action.run();
            } catch (Throwable e) { // the caller waits for an answer, whatever it is
                failure.set(e);
            }
            if (andPoll) {
                // Messages are read before and after a poll. A timer that is not due at once fires after one.
                timers.set(new Alarm(timers, done::wake, done::wake), deadlineAfter(1));
            } else {
                done.wake();
            }
        }, () -> {
            failure.set(closedException());
            done.wake();
        });
        done.awaitQuietly(what, Long.MAX_VALUE);
        Throwable thrown = failure.get();
        if (thrown != null) {
            throw Sneaky.thrown(thrown);
        }
    }

    /**
     * Has the loop do something, unless it does not begin with it in time: for callers who can do without. On another thread than the loop's.
     *
     * @param what what the caller waits for, for tools
     * @param action what is done: it must not lock, log, wait or run user code
     * @param nanos how long the loop may take to begin; less than 0 is for ever
     * @return false if it has not begun, and never will
     * @throws InterruptedException if a user interrupted the caller first
     * @throws IOException what the action throws, or the loop's exception if it has closed
     */
    boolean offerHere(Object what, IoAction action, long nanos) throws IOException, InterruptedException {
        var done = new Waiter();
        var failure = new AtomicReference<@Nullable Throwable>();
        var isOpen = new AtomicBoolean(true);
        tell(() -> {
            if (isOpen.compareAndSet(true, false)) {
                try {
                    action.run();
                } catch (Throwable e) { // the caller waits for an answer, whatever it is
                    failure.set(e);
                }
                done.wake();
            }
        }, () -> {
            if (isOpen.compareAndSet(true, false)) {
                failure.set(closedException());
                done.wake();
            }
        });
        boolean isDone = false;
        try {
            isDone = done.await(what, nanos);
        } finally {
            if (!isDone && !isOpen.compareAndSet(true, false)) {
                isDone = done.awaitQuietly(what, Long.MAX_VALUE); // It has begun, and does not wait.
            }
        }
        Throwable thrown = failure.get();
        if (thrown != null) {
            throw Sneaky.thrown(thrown);
        }
        return isDone;
    }

    /** What {@link #callHere} does. */
    @FunctionalInterface
    interface IoAction {
        void run() throws IOException;
    }

    private record Message(Runnable action, Runnable otherwise) implements Runnable {

        @Override
        public void run() {
            action.run();
        }
    }

    private void offer(Runnable work) {
        observer.handedIn();
        inbox.offer(work);
        VarHandle.fullFence();
        if (sleeping) {
            wake();
        }
        if (forwards) {
            forwardInbox();
        }
    }

    private void wake() {
        if (SLEEPING.compareAndSet(this, true, false)) {
            hub.wakeup();
        }
    }

    /** Interrupts a thread that waits in the JDK, from a helper: an interrupt may close a channel, in the thread that interrupts. */
    void interruptSoon(Fiber fiber) {
        toInterrupt.add(fiber);
        if (toInterrupt.size() == 1) {
            help("verdant-interrupter", () -> {
                var batch = List.copyOf(toInterrupt);
                toInterrupt.clear();
                batch.forEach(Fiber::sendInterrupt);
            });
        }
    }

    private void reportSoon(Throwable failure) {
        help("verdant-reporter", () -> host.report(name, failure));
    }

    /**
     * Runs something on a green thread that nobody sees. On the loop's own thread.
     *
     * @param helper the thread's name
     * @param work what it does
     */
    public void help(String helper, Runnable work) {
        JDK.create(scheduler, helper, work).start();
    }

    // ---- time

    /**
     * Returns the moment that lies some time ahead. Any thread.
     *
     * @param nanos nanoseconds from now; more than 73 years are taken for 73 years
     * @return a deadline in the hub's time
     */
    public long deadlineAfter(long nanos) {
        return hub.nanoTime() + Math.min(nanos, 1L << 61);
    }

    /** The hub's time at the beginning of the turn. */
    long turnTime() {
        return turnTime;
    }

    /** The JDK begins a timed wait. On the loop, but for threads that it cannot name. */
    void schedule(LoopScheduler.TimedPark park, long nanos) {
        if (isTimeVirtual()) {
            scheduleInRealTime(park, nanos);
        } else if (isHere()) {
            timers.set(park, deadlineAfter(nanos));
        } else {
            tell(() -> timers.set(park, deadlineAfter(nanos)), () -> forward(park, nanos));
        }
    }

    /** The JDK measures its waits by its own clock, again and again: one that jumps would make it turn for ever. */
    private void scheduleInRealTime(LoopScheduler.TimedPark park, long nanos) {
        Fiber last = current;
        observer.waitsInJdk(last != null && last.waitingFor == null ? last.thread : null, nanos);
        hub.hold();
        park.timedBy(inRealTime(park::fireFromOutside, nanos));
    }

    /** Has something done on a thread of the JDK's. */
    private static Future<?> inRealTime(Runnable action, long nanos) {
        if (JDK.defaultScheduler() instanceof ForkJoinPool pool) {
            return pool.schedule(action, nanos, TimeUnit.NANOSECONDS);
        }
        throw new IllegalStateException(
                "virtual time needs a JDK whose scheduler of virtual threads is a ForkJoinPool");
    }

    void unschedule(LoopScheduler.TimedPark park) {
        if (isHere()) {
            timers.cancel(park);
        } else if (phase != CLOSED) {
            tell(() -> timers.cancel(park), () -> {});
        }
    }

    private static void forward(LoopScheduler.TimedPark park, long nanos) {
        if (JDK.defaultScheduler() instanceof ForkJoinPool pool) {
            var _ = pool.schedule(park::fire, nanos, TimeUnit.NANOSECONDS);
        }
    }

    long untilDeadline(Timer timer) {
        return timers.remaining(timer, hub.nanoTime());
    }

    // ---- channels

    /** A channel has been registered. On the loop. */
    void add(Pollable channel) {
        Pollable next = firstChannel;
        channel.next = next;
        if (next != null) {
            next.previous = channel;
        }
        firstChannel = channel;
        channels++;
    }

    /** A channel that was added has been released. On the loop. */
    void remove(Pollable channel) {
        Pollable next = channel.next;
        Pollable previous = channel.previous;
        if (next != null) {
            next.previous = previous;
        }
        if (previous != null) {
            previous.next = next;
        } else {
            firstChannel = next;
        }
        channel.next = null;
        channel.previous = null;
        channels--;
    }

    /** Whoever waits for a channel, on whatever thread, waits for nothing any more. */
    private void releaseChannels() {
        for (Pollable channel = firstChannel; channel != null; channel = firstChannel) {
            channel.endWithLoop();
        }
    }

    // ---- the turn

    void run() {
        preparePoller();
        if (!isTimeVirtual()) {
            SelfTest.startOnce(this);
        }
        try {
            while (phase != CLOSED) {
                turn();
            }
        } finally {
            finish();
        }
    }

    /**
     * The JDK's own sockets are polled by virtual threads that take the scheduler of whoever needs them first. If that were a loop, every
     * virtual thread's socket in the process would hang when it closes. A platform thread makes them take the default scheduler.
     */
    private static void preparePoller() {
        try {
            Class.forName("sun.nio.ch.Poller", true, null);
        } catch (ClassNotFoundException | LinkageError e) {
            // A JDK without it has nothing to prepare.
        }
    }

    private void turn() {
        int events = 0;
        int fired = 0;
        int ran = 0;
        TurnRecord record = null;
        try {
            takeInbox();
            if (turnRecord != null) {
                turnRecord.endTurn();
            }
            events = poll();
            turnTime = hub.nanoTime();
            if (FlightEvents.areLoaded()) { // Asked after the poll, which may have taken hours.
                record = beginRecord();
            }
            takeInbox();
            fired = fireTimers();
            ran = runRound(record);
        } catch (Throwable e) { // one failure must not end the loop, whatever it is
            reportSoon(e);
        }
        switches = switches + ran;
        turns = turns + 1;
        observer.turned(events, fired, ran);
        if (record != null) {
            record.count(events, fired, ran);
        }
        if (phase != OPEN) {
            goOnClosing();
        }
    }

    /** Returns where this turn is noted, or null if nobody wants to know of it. */
    private @Nullable TurnRecord beginRecord() {
        TurnRecord record = turnRecord;
        if (record == null) {
            record = new TurnRecord(this);
            turnRecord = record;
        }
        return record.beginTurn() ? record : null;
    }

    /** For {@link TurnRecord}: from now on {@link #current} is who has called Verdant since. */
    @Nullable Fiber forgetCurrent() {
        Fiber last = current;
        current = null;
        return last;
    }

    /** For {@link TurnRecord}: returns who has run since {@link #forgetCurrent}, if known. */
    @Nullable Thread threadThatRan(@Nullable Fiber before) {
        Fiber ran = current;
        if (ran == null) {
            current = before;
            return null;
        }
        return ran.thread;
    }

    private int poll() {
        if (!ready.isEmpty() || phase != OPEN && !killed) {
            return hub.poll(0);
        }
        long timeout = untilNext();
        if (timeout == 0) {
            return hub.poll(0);
        }
        sleeping = true;
        try {
            boolean awake = !settle() || !inbox.isEmpty() || phase != OPEN && !killed;
            return hub.poll(awake ? 0 : timeout);
        } finally {
            sleeping = false;
        }
    }

    /**
     * Virtual time must not run on, and nobody's turn come, while the JDK is about to bring a thread that it has woken. Returns false if some are still on
     * their way.
     */
    private boolean settle() {
        return strangers == null || strangers.settle();
    }

    private long untilNext() {
        long now = hub.nanoTime();
        long next = timers.untilNext(now);
        if (phase != OPEN) {
            long grace = Math.max(0, closingDeadline - now);
            return next < 0 ? grace : Math.min(next, grace);
        }
        return next;
    }

    private void takeInbox() {
        for (Runnable work = inbox.relaxedPoll(); work != null; work = inbox.relaxedPoll()) {
            if (work instanceof Message message) {
                message.action.run();
            } else {
                ready.add(work);
            }
        }
    }

    private int fireTimers() {
        if (isTimeVirtual() && TIMERS_LATE.strikes()) {
            return 0; // They are due still in the next turn.
        }
        int fired = 0;
        for (Timer timer = timers.takeDue(turnTime); timer != null; timer = timers.takeDue(turnTime)) {
            timer.fire();
            fired++;
        }
        return fired;
    }

    private int runRound(@Nullable TurnRecord record) {
        long lastLook = turnTime;
        int stride = 1;
        int untilLook = 1;
        int ran = 0;
        while (ran < ROUND) {
            Runnable continuation = ready.take();
            if (continuation == null) {
                break;
            }
            callsThisRun = 0;
            runs++;
            if (record == null) {
                continuation.run();
            } else {
                record.run(continuation);
            }
            ran++;
            if (strangers != null) {
                settleAfterRun(strangers);
                if (ROUND_SHORT.strikes()) {
                    break;
                }
            }
            if (--untilLook == 0) {
                long now = hub.nanoTime();
                if (now - turnTime >= ROUND_NANOS) {
                    break;
                }
                // Long continuations are looked at one by one, short ones a few at a time.
                stride = now - lastLook > ROUND_NANOS / ROUND * stride ? 1 : Math.min(STRIDE, stride * 2);
                untilLook = stride;
                lastLook = now;
            }
        }
        return ran;
    }

    /** Who a continuation has woken comes next, whenever the JDK's thread for that gets to run: so the order depends on nothing but the program. */
    private void settleAfterRun(Strangers strangers) {
        Fiber last = current;
        if (last != null) {
            strangers.note(last);
        }
        if (strangers.areOrWereBlocked()) {
            Strangers.awaitHandOver();
            takeInbox();
        }
    }

    // ---- closing

    /**
     * Tells whether the loop takes new green threads. Any thread.
     *
     * @return true until {@link #close}
     */
    public boolean isOpen() {
        return phase == OPEN;
    }

    /**
     * Fails if the loop has ended. Any thread.
     */
    public void checkEnded() {
        if (phase == CLOSED) {
            throw closedException();
        }
    }

    /** Fails if the loop has begun to close. */
    private void checkOpen() {
        if (phase != OPEN) {
            throw closedException();
        }
    }

    /** Tells whether it has ended: green threads that still run do so elsewhere. */
    boolean isClosed() {
        return phase == CLOSED;
    }

    /** Tells whether every wait must end with the loop's exception. */
    boolean isUnwinding() {
        return phase >= UNWINDING;
    }

    /**
     * Makes the exception for calls that come too late. Any thread.
     *
     * @return a new exception
     */
    public RuntimeException closedException() {
        return host.closed("The loop '" + name + "' has closed.");
    }

    /**
     * Kills the green threads, lets their finally blocks run, and ends the loop. Returns when it has ended, after some two seconds at the most
     * unless a green thread occupies it. Any thread; on the loop itself it returns at once, and the caller is killed with the others.
     *
     * @return true if the loop has ended
     */
    public boolean close() {
        beginClose();
        if (isHere()) {
            return false;
        }
        long deadline = System.nanoTime() + 5 * GRACE_NANOS;
        if (isTimeVirtual() && currentFiber() != null) {
            awaitLastTurn(5 * GRACE_NANOS);
        }
        return awaitEnd(deadline);
    }

    /** The loop may need virtual time to end, and a timed wait of the JDK's would keep that from passing. It has passed when this returns, or the real time has. */
    private void awaitLastTurn(long nanos) {
        var closer = new Waiter();
        closers.add(closer);
        Future<?> patience = inRealTime(closer::wake, nanos);
        if (phase != CLOSED) {
            boolean _ = closer.awaitQuietly(this, -1);
        }
        patience.cancel(false);
        closers.remove(closer);
    }

    private boolean awaitEnd(long deadline) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return thread.join(Duration.ofNanos(Math.max(0, deadline - System.nanoTime())));
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /**
     * Begins what {@link #close} does, and waits for nothing. Any thread.
     */
    public void beginClose() {
        PHASE.compareAndSet(this, OPEN, KILLING);
        wake();
    }

    /**
     * Has something done when the loop has ended, on a thread for it alone, or on the caller's if it has ended already. Any thread.
     *
     * @param wish what is done; it must not throw
     */
    public void whenEnded(Runnable wish) {
        lastWishes.add(wish);
        if (phase == CLOSED && lastWishes.remove(wish)) {
            wish.run();
        }
    }

    /**
     * Takes {@link #whenEnded} back. Any thread.
     *
     * @param wish what was to be done
     */
    public void forgetWish(Runnable wish) {
        lastWishes.remove(wish);
    }

    /** Not on the loop's own thread: a wish may take a lock, and whoever closes the loop waits for that thread. */
    private void beginGrantingWishes() {
        if (lastWishes.isEmpty()) {
            return;
        }
        try {
            Thread.ofPlatform().daemon().inheritInheritableThreadLocals(false).name("verdant-last-wishes")
                    .start(this::grantWishes);
        } catch (OutOfMemoryError e) {
            host.report(name, e); // No native thread can be had.
        }
    }

    private void grantWishes() {
        for (var wishes = lastWishes.iterator(); wishes.hasNext();) {
            Runnable wish = wishes.next();
            if (lastWishes.remove(wish)) {
                wish.run();
            }
        }
    }

    private void goOnClosing() {
        if (!killed) {
            killed = true;
            retireAlarms();
            for (Fiber fiber : fibers.list()) {
                Delivery exit = host.exit(fiber);
                if (exit != null) {
                    fiber.deliver(exit);
                }
            }
            giveGrace();
        }
        if (hasEmptied()) {
            phase = CLOSED;
        } else if (switches < allToldAt && !ready.isEmpty()) {
            closingDeadline = deadlineAfter(GRACE_NANOS);
        } else if (hub.nanoTime() - closingDeadline >= 0) {
            endPatience();
        }
    }

    private boolean hasEmptied() {
        if (!ready.isEmpty() || !inbox.isEmpty()) {
            return false;
        }
        forgetEnded();
        return fibers.size() == 0;
    }

    private void endPatience() {
        if (phase == UNWINDING) {
            phase = CLOSED;
        } else {
            phase = UNWINDING;
            fibers.list().forEach(Fiber::unwind);
            giveGrace();
        }
    }

    /** The more threads there are, the longer it takes to tell them all: a hundred thousand are not to be thrown out for that. */
    private void giveGrace() {
        allToldAt = switches + ready.size();
        closingDeadline = deadlineAfter(GRACE_NANOS);
    }

    /** What was to be done later will not be; who hears of it may be user code, which comes last. The waits of those who unwind go on. */
    private void retireAlarms() {
        var waits = new ArrayList<Timer>();
        timers.drain(timer -> {
            if (timer instanceof Alarm alarm) {
                retired.add(alarm);
            } else {
                waits.add(timer);
            }
        });
        waits.forEach(timers::setAgain);
    }

    /** The last thing the loop's own thread does. */
    private void finish() {
        try {
            releaseChannels();
        } finally {
            phase = CLOSED;
            forwards = true;
        }
        closers.forEach(Waiter::wake);
        Watch.remove(this);
        for (Fiber fiber : fibers.list()) {
            fiber.unwind();
        }
        for (Runnable late = ready.take(); late != null; late = ready.take()) {
            forward(late);
        }
        long now = hub.nanoTime();
        timers.drain(timer -> {
            if (timer instanceof LoopScheduler.TimedPark park) {
                forward(park, timers.remaining(park, now));
            } else if (timer instanceof Alarm alarm) {
                retired.add(alarm);
            }
        });
        forwardInbox();
        try {
            hub.close();
        } catch (RuntimeException e) {
            host.report(name, e);
        }
        retired.forEach(alarm -> alarm.otherwise.run());
        beginGrantingWishes();
        host.ended(this);
    }

    private void forwardInbox() {
        // Whoever finds somebody at it leaves the rest to him, who looks once more after he has let go. To wait for him could be to wait for oneself: what
        // is forwarded may wake a thread of this loop.
        while (!inbox.isEmpty() && FORWARDING.compareAndSet(this, false, true)) {
            try {
                for (Runnable late = inbox.poll(); late != null; late = inbox.poll()) {
                    forwardOrReport(late);
                }
            } finally {
                forwarding = false;
            }
        }
    }

    private void forwardOrReport(Runnable late) {
        try {
            forward(late);
        } catch (Throwable e) { // the others must not suffer for it
            host.report(name, e);
        }
    }

    private static void forward(Runnable late) {
        if (late instanceof Message message) {
            message.otherwise.run();
        } else {
            JDK.defaultScheduler().execute(late);
        }
    }

    // ---- for tools

    /**
     * Describes the loop. Any thread; exact on the loop itself.
     *
     * @return what it holds now
     */
    public LoopSnapshot snapshot() {
        var threads = new ArrayList<GreenThreadSnapshot>();
        long now = hub.nanoTime();
        for (Fiber fiber : fibers.list()) {
            Thread each = fiber.thread;
            if (each == null || !each.isAlive()) {
                continue;
            }
            Object what = fiber.waitingFor;
            threads.add(new GreenThreadSnapshot(fiber.name(), each, what == null ? null : what.toString(),
                    what == null ? null : Duration.ofNanos(Math.max(0, now - fiber.waitingSince)),
                    each.getState().toString()));
        }
        return new LoopSnapshot(name, hub.name(), turns, switches, ready.size() + inbox.size(), timers.size(), channels,
                List.copyOf(threads));
    }

    // ---- for the watch thread

    boolean isAsleep() {
        return sleeping;
    }

    long turns() {
        return turns;
    }

    /** The fiber that holds the loop's thread now, if the kernel knows it. */
    @Nullable Fiber mounted() {
        Fiber last = current;
        if (last != null && isMounted(last)) {
            return last;
        }
        for (Fiber fiber : fibers.list()) {
            if (isMounted(fiber)) {
                return fiber;
            }
        }
        return null;
    }

    boolean isMounted(Fiber fiber) {
        Thread each = fiber.thread;
        return each != null && JDK.isMounted(each, thread);
    }

    /**
     * Returns the layer above. Any thread.
     *
     * @return what the loop was started with
     */
    public Host host() {
        return host;
    }

}
