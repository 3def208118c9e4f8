package dev.verdant.green.sync;

import dev.verdant.green.Linearizability;
import java.time.Duration;
import org.jetbrains.lincheck.datastructures.Operation;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What does not wait happens at one moment, whichever threads do it. */
@Timeout(600)
class SyncLinearizabilityTest {

    @Test
    void aSemaphore() {
        Linearizability.check(OurSemaphore.class, ModelOfSemaphore.class);
    }

    @Test
    void aCappedSemaphore() {
        Linearizability.check(OurCapped.class, ModelOfCapped.class);
    }

    @Test
    void anEvent() {
        Linearizability.check(OurEvent.class, ModelOfEvent.class);
    }

    /** A semaphore of 2 permits that cannot have more. */
    public static final class OurSemaphore {

        private final GreenSemaphore semaphore = new BoundedSemaphore(2);

        @Operation
        public boolean tryAcquire() {
            return semaphore.tryAcquire();
        }

        @Operation
        public boolean acquireNow() throws InterruptedException {
            return semaphore.acquire(Duration.ZERO);
        }

        @Operation
        public void release() {
            semaphore.release();
        }

        @Operation
        public int balance() {
            return semaphore.balance();
        }

        @Operation
        public boolean locked() {
            return semaphore.locked();
        }
    }

    public static final class ModelOfSemaphore {

        private int left = 2;

        public boolean tryAcquire() {
            boolean one = left > 0;
            left -= one ? 1 : 0;
            return one;
        }

        public boolean acquireNow() {
            return tryAcquire();
        }

        public void release() {
            if (left == 2) {
                throw new IllegalStateException();
            }
            left++;
        }

        public int balance() {
            return left;
        }

        public boolean locked() {
            return left == 0;
        }
    }

    /** 1 permit of 2. */
    public static final class OurCapped {

        private final CappedSemaphore semaphore = new CappedSemaphore(1, 2);

        @Operation
        public boolean acquireNow() throws InterruptedException {
            return semaphore.acquire(Duration.ZERO);
        }

        @Operation
        public boolean releaseNow() throws InterruptedException {
            return semaphore.release(Duration.ZERO);
        }

        @Operation
        public int balance() {
            return semaphore.balance();
        }

        @Operation
        public boolean locked() {
            return semaphore.locked();
        }

        @Operation
        public boolean bounded() {
            return semaphore.bounded();
        }
    }

    public static final class ModelOfCapped {

        private int count = 1;

        public boolean acquireNow() {
            boolean one = count > 0;
            count -= one ? 1 : 0;
            return one;
        }

        public boolean releaseNow() {
            boolean room = count < 2;
            count += room ? 1 : 0;
            return room;
        }

        public int balance() {
            return count - (2 - count);
        }

        public boolean locked() {
            return count == 0;
        }

        public boolean bounded() {
            return count == 2;
        }
    }

    public static final class OurEvent {

        private final Event<Integer> event = new Event<>();

        @Operation
        public void send() {
            event.send(1);
        }

        @Operation
        public void sendException() {
            event.sendException(new UnsupportedOperationException());
        }

        @Operation
        public int result() throws Exception {
            return event.await(Duration.ZERO);
        }

        @Operation
        public void reset() {
            event.reset();
        }

        @Operation
        public boolean ready() {
            return event.ready();
        }

        @Operation
        public boolean hasResult() {
            return event.hasResult();
        }

        @Operation
        public boolean hasException() {
            return event.hasException();
        }
    }

    public static final class ModelOfEvent {

        private boolean sent;
        private boolean failed;

        public void send() {
            send(false);
        }

        public void sendException() {
            send(true);
        }

        private void send(boolean failure) {
            if (sent) {
                throw new IllegalStateException();
            }
            sent = true;
            failed = failure;
        }

        public int result() throws Exception {
            if (!sent) {
                throw new java.util.concurrent.TimeoutException();
            }
            if (failed) {
                throw new UnsupportedOperationException();
            }
            return 1;
        }

        public void reset() {
            if (!sent) {
                throw new IllegalStateException();
            }
            sent = false;
        }

        public boolean ready() {
            return sent;
        }

        public boolean hasResult() {
            return sent && !failed;
        }

        public boolean hasException() {
            return sent && failed;
        }
    }
}
