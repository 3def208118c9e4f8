package dev.verdant.green;

import dev.verdant.green.kernel.Fiber;
import dev.verdant.green.kernel.Sneaky;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** The scope there is. */
final class Scope implements GreenScope {

    private static final String FAILED = "A member of the scope has failed, so it takes no more: the cause is what it threw.";

    private final EventLoop loop;
    private final Fiber owner;
    private final Members members = new Members();

    /** The very first failure, and whose it is. */
    private final AtomicReference<@Nullable ScopeMember<?>> failed = new AtomicReference<>();

    /** By the owner. */
    Scope(Fiber owner) {
        this.loop = EventLoop.of(owner.loop());
        this.owner = owner;
    }

    /** One of a scope's threads. */
    private static final class ScopeMember<T extends @Nullable Object> extends Members.Member<T> {

        private final Scope scope;
        private @Nullable Throwable thrown;

        ScopeMember(Scope scope, Callable<? extends T> body) {
            super(scope.loop, scope.members, null, body);
            this.scope = scope;
        }

        @Override
        void threw(Throwable e) {
            thrown = e;
        }

        @Override
        void ended() {
            Throwable own = thrown;
            if (own != null && !isCancelled()) {
                scope.fail(this, own);
            } else if (own != null && own != failure() && !(own instanceof InterruptedException)) {
                scope.failToo(own);
            }
            super.ended();
        }
    }

    @Override
    public <T extends @Nullable Object> GreenThread<T> spawn(Callable<T> body) {
        Objects.requireNonNull(body, "body");
        var member = new ScopeMember<T>(this, body);
        String refusal = members.add(member);
        if (refusal != null) {
            ScopeMember<?> first = failed.get();
            throw new IllegalStateException(refusal, FAILED.equals(refusal) && first != null ? first.thrown : null);
        }
        member.startOrRemove();
        return member;
    }

    @Override
    public GreenThread<@Nullable Void> spawn(GreenTask body) {
        Objects.requireNonNull(body, "body");
        return this.<@Nullable Void>spawn(body.toCallable());
    }

    /** By the member that has failed, at its end. */
    private void fail(ScopeMember<?> member, Throwable failure) {
        if (!failed.compareAndSet(null, member)) {
            failToo(failure);
            return;
        }
        members.refuse(FAILED); // What has failed may not be able to say so.
        for (var other : members.list()) {
            if (other != member) {
                other.doom(new GreenExit("another member of its scope has failed"));
            }
        }
    }

    /** By a member that has thrown something of its own on its way out. */
    private void failToo(Throwable failure) {
        ScopeMember<?> first = failed.get();
        if (first != null && first.thrown != null && first.thrown != failure) {
            first.thrown.addSuppressed(failure);
        }
    }

    @Override
    public void joinAll() throws Exception {
        requireOwner("joinAll");
        members.awaitIdle(this);
        ScopeMember<?> first = failed.get();
        if (first != null) {
            throw Sneaky.thrown(first.seenFailure());
        }
    }

    @Override
    public void close() {
        requireOwner("close");
        members.refuse("The scope is closed and takes no more.");
        members.killAndAwaitEnd(this, "its scope was closed");
    }

    private void requireOwner(String call) {
        if (!owner.isCaller()) {
            throw new IllegalStateException(call + " was called by the thread '" + Thread.currentThread().getName()
                    + "', but the scope belongs to the green thread '" + owner.name()
                    + "', which opened it: call it there.");
        }
    }

    @Override
    public String toString() {
        return "a scope of " + members.size() + " green threads";
    }
}
