package dev.verdant.green.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.verdant.green.Green;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class GuardTest {

    /** A list of those who wait for something, whose word can be kept. */
    private static final class Place extends Guard {

        private final WaitList waiters = new WaitList();

        /** Waits for ever. The word is taken when the waiter wants it to leave the list, as if another thread had it. */
        boolean awaitWithTheWordTaken() throws InterruptedException {
            Waiter waiter = Waiter.ofCaller();
            lock();
            waiters.add(waiter);
            return await(waiters, waiter, "something", -1);
        }

        void giveWordBack() {
            unlock();
        }

        int waiting() {
            lock();
            int size = waiters.size();
            unlock();
            return size;
        }

        void serve() {
            lock();
            Waiter first = waiters.take();
            unlock();
            Objects.requireNonNull(first).unpark();
        }
    }

    /** Waits under a deadline that is taken back in the moment in which it has called the waiter away; see below. */
    private static final class CalledInVain {

        private final Place place = new Place();
        private dev.verdant.green.@Nullable Timeout deadline;
        private boolean waits;
        private boolean otherRanFirst;
        private boolean over;

        /**
         * The deadline must pass while this thread is ready and not in a wait, or else it would be interrupted at once; and the other must run next, or else a
         * helper would interrupt this one. So both yield by turns until it happens to be so.
         */
        boolean await() throws InterruptedException {
            do {
                otherRanFirst = false;
                if (deadline != null) {
                    deadline.close();
                }
                deadline = dev.verdant.green.Timeout.start(Duration.ofMillis(1));
                while (!deadline.fired()) {
                    Thread.yield();
                }
            } while (otherRanFirst);
            waits = true;
            return place.awaitWithTheWordTaken();
        }

        void takeBack() {
            while (!over) {
                var set = deadline;
                if (set != null && set.fired()) {
                    if (waits) {
                        set.cancel();
                        place.giveWordBack();
                        over = true;
                        return;
                    }
                    otherRanFirst = true;
                }
                Thread.yield();
            }
        }
    }

    @Test
    void whoIsCalledAwayInVainWaitsOn() throws Exception {
        Green.run(options -> options.hub(IdleHub.provider()), () -> {
            var inVain = new CalledInVain();
            var waiter = Green.spawn(inVain::await);
            var other = Green.spawn(() -> inVain.takeBack());
            other.await();
            for (int turn = 0; turn < 5; turn++) {
                Green.sleep();
            }
            assertThat(waiter.isDone()).as("left without anything").isFalse();
            assertThat(inVain.place.waiting()).isEqualTo(1);
            inVain.place.serve();
            assertThat(waiter.await()).isTrue();
        });
    }
}
