package dev.verdant.green;

import dev.verdant.green.kernel.Fiber;
import dev.verdant.green.kernel.Loop;
import dev.verdant.green.kernel.Sneaky;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A greenlet without its handle. Confined to the loop, but for what looks at it only. */
final class GreenletCore {

    /*
     * A greenlet is a fiber, and so a virtual thread, of its own. A switch leaves a value in the target's core, hands the baton on, which unparks the target, and
     * parks until the baton is back.
     *
     * A suspended greenlet is reachable as long as its thread is, and the loop keeps every thread. So what users hold is a handle, to which nothing here
     * leads but weakly: the stack of a greenlet must not reach its own handle. When the handle is unreachable, nobody can ever switch to it again, and it is killed.
     * Who runs is kept by the tree, and whoever is above it by the cores' parents.
     */

    private static final int NEW = 0;
    private static final int BEGUN = 1;
    private static final int DEAD = 2;

    private static final ReferenceQueue<Greenlet> UNREACHABLE = new ReferenceQueue<>();

    /** Read by any thread. */
    private volatile int state;

    private GreenletTree tree;
    private final Fiber fiber;

    /** Null for the root. Read by any thread. */
    private volatile @Nullable Greenlet parent;

    private @Nullable UnaryOperator<@Nullable Object> function;
    private @Nullable Handle handle;

    /** The root is its thread, which needs no handle to live: this may be a strong one. */
    private final @Nullable Greenlet rootHandle;

    /** What the next switch to it brings. */
    private @Nullable Object value;
    private @Nullable Throwable thrown;

    private GreenletCore(GreenletTree tree) {
        this.tree = tree;
        this.fiber = tree.owner;
        this.state = BEGUN;
        this.rootHandle = new Greenlet(this);
    }

    private GreenletCore(Greenlet parent, UnaryOperator<@Nullable Object> function) {
        this.tree = parent.core().tree;
        this.parent = parent;
        this.function = function;
        this.fiber = new Body(tree.owner.loop(), this);
        this.rootHandle = null;
    }

    static GreenletCore root(GreenletTree tree) {
        return new GreenletCore(tree);
    }

    /** By a greenlet of the parent's tree. */
    static GreenletCore below(Greenlet parent, UnaryOperator<@Nullable Object> function) {
        GreenletCore made = new GreenletCore(parent, function);
        of("new Greenlet").requireSameTree(made);
        return made;
    }

    /** What knows the handle and is not it. */
    private static final class Handle extends WeakReference<Greenlet> {

        private final GreenletCore core;

        Handle(Greenlet greenlet, GreenletCore core) {
            super(greenlet, UNREACHABLE);
            this.core = core;
        }
    }

    /** The thread of a greenlet. */
    static final class Body extends Fiber {

        private final GreenletCore core;

        Body(Loop loop, GreenletCore core) {
            super(loop);
            this.core = core;
        }

        @Override
        protected void body() {
            core.run();
        }

        @Override
        protected void neverRan() {
            core.end(null, loop().closedException());
        }

        @Override
        protected @Nullable Throwable failure() {
            return null; // Its parent's.
        }

        @Override
        public Fiber owner() {
            return core.tree.owner;
        }

        @Override
        public boolean isKilledBy(Throwable e) {
            return owner().isKilledBy(e);
        }

        @Override
        public String name() {
            Thread started = threadOrNull();
            return started == null ? "greenlet (not started)" : "greenlet-" + started.threadId();
        }
    }

    /** The caller's. */
    static GreenletCore of(String call) {
        Fiber fiber = Loop.requireFiber(call);
        if (fiber instanceof Body body) {
            return body.core;
        }
        return (fiber.baton() instanceof GreenletTree tree ? tree : new GreenletTree(fiber)).root;
    }

    /** Its handle. If nobody can have the one there was, a new one is as good. */
    Greenlet handle() {
        if (rootHandle != null) {
            return rootHandle;
        }
        Greenlet known = handle == null ? null : handle.get();
        if (known == null) {
            known = new Greenlet(this);
            handledBy(known);
        }
        return known;
    }

    void handledBy(Greenlet greenlet) {
        handle = new Handle(greenlet, this);
    }

    @Nullable Greenlet parent() {
        return parent;
    }

    boolean isDead() {
        Thread own = fiber.threadOrNull();
        return state == DEAD || state == BEGUN && own != null && !own.isAlive();
    }

    String describe() {
        String who = parent == null ? "the root greenlet" : "'" + fiber.name() + "'";
        return who + (state == NEW ? ", not begun" : isDead() ? ", dead" : "");
    }

    // ---- switching

    /** Switches to a greenlet, as its handle says. */
    static @Nullable Object go(String call, GreenletCore target, @Nullable Object value, @Nullable Throwable thrown) {
        GreenletCore me = of(call);
        me.requireSameTree(target);
        try {
            me.fiber.checkpoint();
        } catch (InterruptedException e) {
            throw new GreenInterruptedException(e);
        }
        return me.exchange(target, value, thrown);
    }

    private void requireSameTree(GreenletCore target) {
        if (target.tree != tree) {
            throw new IllegalStateException(target.handle() + " belongs to " + target.tree
                    + " and can be switched to there only; this is " + tree + ".");
        }
    }

    /** Hands over and waits until somebody hands back. By this greenlet. */
    private @Nullable Object exchange(GreenletCore target, @Nullable Object given, @Nullable Throwable toThrow) {
        GreenletCore next = aim(target, given, toThrow);
        if (next != this) {
            tree.running = next.handle();
            fiber.hand(next.fiber);
            fiber.awaitBaton(this);
        }
        Object got = value;
        Throwable caught = thrown;
        value = null;
        thrown = null;
        if (caught != null) {
            throw Sneaky.thrown(caught);
        }
        return got;
    }

    /** Leaves something for a greenlet, or, if that is dead or dies of it, for the next above that lives; it has begun when this returns. */
    private static GreenletCore aim(GreenletCore target, @Nullable Object given, @Nullable Throwable toThrow) {
        GreenletCore next = target;
        Object left = given;
        Throwable thrown = toThrow;
        while (next.state != BEGUN) {
            if (next.state == NEW && thrown == null) {
                thrown = next.begin();
            }
            if (next.state != BEGUN) {
                next.state = DEAD;
                if (thrown instanceof GreenExit) {
                    left = thrown;
                    thrown = null;
                }
                next = Objects.requireNonNull(next.parent).core();
            }
        }
        next.value = left;
        next.thrown = thrown;
        return next;
    }

    /** Starts its thread; returns why that failed, or null. */
    private @Nullable Throwable begin() {
        try {
            fiber.join(tree, Objects.requireNonNull(parent).core().fiber);
            fiber.loop().start(fiber, null);
        } catch (RuntimeException e) {
            return e; // The loop closes.
        }
        state = BEGUN;
        tree.add(this);
        return null;
    }

    // ---- on its own thread

    private void run() {
        fiber.awaitBaton(this);
        Object result = null;
        Throwable failure = null;
        try {
            Object given = value;
            value = null;
            result = Objects.requireNonNull(function).apply(given);
        } catch (GreenExit e) {
            if (fiber.isKilledBy(e)) {
                failure = e;
            } else {
                result = e;
            }
        } catch (Throwable e) { // whatever it is, it is the parent's
            failure = e;
        }
        end(result, failure);
    }

    private void end(@Nullable Object result, @Nullable Throwable failure) {
        state = DEAD;
        function = null;
        tree.remove(this);
        GreenletCore next = aim(Objects.requireNonNull(parent).core(), result, failure);
        tree.running = next.handle();
        fiber.handForGood(next.fiber);
    }

    // ---- being killed

    /** Ends another greenlet, whose parent this becomes first: what was above it must not hear of it. By this greenlet. */
    void kill(GreenletCore victim, GreenExit exit) {
        if (victim.state != BEGUN) {
            return;
        }
        victim.parent = handle();
        victim.fiber.join(tree, fiber);
        try {
            var _ = exchange(victim, null, exit);
        } catch (LoopClosedException e) {
            throw e;
        } catch (Throwable e) { // nobody else will see it
            EventLoop.of(fiber.loop()).uncaught(Thread.currentThread(), victim.fiber.name(), e);
        }
    }

    /** Has those killed whose handles are gone, on their loops. Called by the watch thread. */
    static void killUnreachable() {
        for (var gone = UNREACHABLE.poll(); gone != null; gone = UNREACHABLE.poll()) {
            var handle = (Handle) gone;
            Loop loop = handle.core.fiber.loop();
            loop.tell(() -> {
                if (handle.core.isDropped(handle)) {
                    loop.help("verdant-greenlets", () -> handle.core.killDropped(handle));
                }
            }, () -> {});
        }
    }

    private boolean isDropped(Handle last) {
        return handle == last && state == BEGUN && tree.holder() != fiber;
    }

    /** On a thread of its own. */
    private void killDropped(Handle last) {
        if (isDropped(last)) {
            GreenletCore killer = of("the killing of a greenlet");
            tree.remove(this);
            tree = killer.tree;
            tree.add(this);
            killer.kill(this, new GreenExit("nothing refers to it any more"));
        }
    }

    @Override
    public String toString() {
        return "its turn among the greenlets of " + tree;
    }
}
