package dev.verdant.green.sync;

import dev.verdant.green.kernel.Durations;
import dev.verdant.green.kernel.Guard;
import dev.verdant.green.kernel.Sneaky;
import dev.verdant.green.kernel.WaitList;
import dev.verdant.green.kernel.Waiter;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Something that happens once, with a value or an exception, and that any number of threads wait for.
 *
 * <pre>{@code
 * var ready = new Event<String>();
 * Green.spawn(() -> ready.send(fetch()));
 * System.out.println(ready.await());
 * }</pre>
 *
 * <p>Who waits is woken in the order of the calls. Who comes after it has been sent does not wait, even while those who waited have not run yet. Any thread.
 *
 * @param <T> what is sent
 */
public final class Event<T extends @Nullable Object> {

    private final State state = new State();

    /** Creates one that has not been sent. */
    public Event() {}

    /** How it has ended: with a failure if that is not null. */
    private record Sent(@Nullable Object value, @Nullable Throwable failure) {}

    /**
     * Wakes all who wait, with a value. Never waits.
     *
     * @param value what they get
     * @throws IllegalStateException if it has been sent before
     */
    public void send(T value) {
        state.send(new Sent(value, null));
    }

    /**
     * Wakes all who wait, with null. Never waits.
     *
     * @throws IllegalStateException if it has been sent before
     */
    public void send() {
        state.send(new Sent(null, null));
    }

    /**
     * Makes all who wait throw something, the same object each. Never waits.
     *
     * @param failure what they throw
     * @throws IllegalStateException if it has been sent before
     */
    public void sendException(Throwable failure) {
        state.send(new Sent(null, Objects.requireNonNull(failure, "failure")));
    }

    /**
     * Waits until it is sent.
     *
     * @return what was sent
     * @throws InterruptedException if a user interrupted the wait
     * @throws Exception what was sent as an exception
     */
    public T await() throws Exception {
        return outcome(Objects.requireNonNull(state.await(-1)));
    }

    /**
     * Waits until it is sent, for a time.
     *
     * @param duration how long at the most; null for ever, zero or less does not wait
     * @return what was sent
     * @throws TimeoutException if the time has passed first
     * @throws InterruptedException if a user interrupted the wait
     * @throws Exception what was sent as an exception
     */
    public T await(@Nullable Duration duration) throws Exception {
        Sent sent = state.await(Waiter.nanos(duration));
        if (sent == null) {
            throw new TimeoutException("the event was not sent within " + Durations.describe(duration));
        }
        return outcome(sent);
    }

    @SuppressWarnings({"unchecked", "NullAway"}) // what was sent is a T, which may be nullable
    private T outcome(Sent sent) {
        if (sent.failure != null) {
            throw Sneaky.thrown(sent.failure);
        }
        return (T) sent.value;
    }

    /**
     * Tells whether it has been sent.
     *
     * @return true from then until {@link #reset()}
     */
    public boolean ready() {
        return state.sent != null;
    }

    /**
     * Tells whether it has been sent with a value.
     *
     * @return false also if it has not been sent
     */
    public boolean hasResult() {
        Sent sent = state.sent;
        return sent != null && sent.failure == null;
    }

    /**
     * Tells whether it has been sent with an exception.
     *
     * @return false also if it has not been sent
     */
    public boolean hasException() {
        Sent sent = state.sent;
        return sent != null && sent.failure != null;
    }

    /**
     * Makes it as it was before it was sent. Who was woken and has not run yet still gets what was sent.
     *
     * @throws IllegalStateException if it has not been sent: who waits would wait for something else
     */
    public void reset() {
        state.reset();
    }

    @Override
    public String toString() {
        return state.toString();
    }

    /** What was sent, and who waits for it. */
    private static final class State extends Guard {

        // Guarded; sent is read without.
        private volatile @Nullable Sent sent;
        private final WaitList waiters = new WaitList();

        void send(Sent outcome) {
            lock();
            if (sent != null) {
                unlock();
                throw new IllegalStateException("The event has been sent before. Reset it first, or use another.");
            }
            sent = outcome;
            Waiter[] all = waiters.takeAll(outcome);
            unlock();
            WaitList.unparkAll(all);
        }

        @Nullable Sent await(long nanos) throws InterruptedException {
            Sent known = sent;
            if (known != null || nanos == 0) {
                return known;
            }
            Waiter waiter = Waiter.ofCaller();
            lock();
            known = sent;
            if (known != null) {
                unlock();
                return known;
            }
            waiters.add(waiter);
            unlock();
            return await(waiters, waiter, this, nanos) ? (Sent) waiter.receive() : null;
        }

        void reset() {
            lock();
            boolean wasSent = sent != null;
            sent = null;
            unlock();
            if (!wasSent) {
                throw new IllegalStateException("The event has not been sent: there is nothing to reset.");
            }
        }

        @Override
        public String toString() {
            Sent known = sent;
            if (known == null) {
                return "Event[not sent, " + waiters.size() + " wait]";
            }
            return known.failure != null ? "Event[failed: " + known.failure + "]" : "Event[sent: " + known.value + "]";
        }
    }
}
