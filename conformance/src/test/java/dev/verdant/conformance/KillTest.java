package dev.verdant.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.green.Green;
import dev.verdant.green.GreenExit;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;

@AnyOrder
class KillTest {

    @HubTest
    void aThreadKilledBeforeItBeganNeverRuns() {
        var ran = new ArrayList<String>();
        var victim = Green.spawn(() -> ran.add("ran"));
        victim.kill();
        victim.kill();
        assertThatThrownBy(victim::await).isInstanceOf(GreenExit.class);
        assertThat(ran).isEmpty();
        assertThat(victim.isCancelled()).isTrue();
    }

    @HubTest
    void aThreadKilledWithACauseBeforeItBeganEndsByThatCause() {
        var cause = new IOException("because");
        var ran = new ArrayList<String>();
        var victim = Green.spawn(() -> ran.add("ran"));
        victim.kill(cause);
        assertThatThrownBy(victim::await).isSameAs(cause);
        assertThat(victim.isCancelled()).isTrue();
        assertThat(ran).isEmpty();
    }

    @HubTest
    void killReturnsWhenTheVictimHasBeenResumedWithItAndDoesNotWaitForItsEnd() {
        var events = new ArrayList<String>();
        var mayEnd = new CountDownLatch(1);
        var victim = Green.spawn(() -> {
            events.add("start");
            try {
                Green.sleep(Duration.ofSeconds(100));
            } catch (GreenExit e) {
                events.add("except");
            }
            mayEnd.await();
            events.add("finished");
        });
        victim.link(ended -> events.add("ended"));
        Turns.untilWaits(victim);
        victim.kill();
        assertThat(events).containsExactly("start", "except");
        mayEnd.countDown();
        Turns.untilEnds(victim);
        assertThat(events).containsExactly("start", "except", "finished", "ended");
    }

    @HubTest
    void aVictimInAJdkWaitIsInterrupted() throws Exception {
        var events = new ArrayList<String>();
        var victim = Green.spawn(() -> {
            try {
                Thread.sleep(100_000);
            } catch (InterruptedException e) {
                events.add("interrupted");
                throw e;
            }
        });
        Turns.untilWaits(victim);
        victim.kill();
        assertThatThrownBy(victim::await).isInstanceOf(GreenExit.class);
        assertThat(events).containsExactly("interrupted");
        assertThat(victim.isCancelled()).isTrue();
    }

    @HubTest
    @SuppressWarnings("LockNotBeforeTry") // held across the kill on purpose
    void aKillWaitsForAVictimThatTheJdkDoesNotLetAnInterruptWake() throws Exception {
        var lock = new ReentrantLock();
        lock.lock();
        var events = new ArrayList<String>();
        var victim = Green.spawn(() -> {
            lock.lock();
            events.add("locked");
            lock.unlock();
            Green.sleep(Duration.ofSeconds(100));
            events.add("not reached");
        });
        Turns.untilWaits(victim);
        victim.kill();
        assertThat(events).isEmpty();
        lock.unlock();
        assertThatThrownBy(victim::await).isInstanceOf(GreenExit.class);
        assertThat(events).containsExactly("locked");
    }

    @HubTest
    void aKillWithACauseThrowsThatObject() {
        var cause = new IOException("because");
        var caught = new AtomicReference<Throwable>();
        var victim = Green.spawn(() -> {
            try {
                Green.sleep(null);
            } catch (Throwable e) {
                caught.set(e);
                throw e;
            }
        });
        Turns.untilWaits(victim);
        victim.kill(cause);
        assertThatThrownBy(victim::await).isSameAs(cause);
        assertThat(caught.get()).isSameAs(cause);
    }

    @HubTest
    void aVictimThatSwallowsItsKillAndEndsWellHasEndedWell() throws Exception {
        var victim = Green.spawn(() -> {
            try {
                Green.sleep(null);
            } catch (GreenExit e) {
                // Swallowed.
            }
            return "survived";
        });
        Turns.untilWaits(victim);
        victim.kill();
        assertThat(victim.await()).isEqualTo("survived");
        victim.kill();
        assertThat(victim.isCancelled()).isFalse();
    }

    @HubTest
    void aVictimThatEndsByAnotherExceptionHasEndedByItsKill() {
        var victim = Green.spawn(() -> {
            try {
                Green.sleep(null);
            } finally {
                throwIllegalState();
            }
        });
        Turns.untilWaits(victim);
        victim.kill();
        assertThatThrownBy(victim::await).isInstanceOf(GreenExit.class);
    }

    private static void throwIllegalState() {
        throw new IllegalStateException("while cleaning up");
    }

    @HubTest
    void killingOneselfThrowsAtOnce() {
        var victim = Green.spawn(() -> {
            Green.current().kill();
            return "not reached";
        });
        assertThatThrownBy(victim::await).isInstanceOf(GreenExit.class);
    }

    @HubTest
    void aKillArrivesOnceAndTheCleanUpMayWait() throws Exception {
        var events = new ArrayList<String>();
        var victim = Green.spawn(() -> {
            try {
                Green.sleep(null);
            } finally {
                Green.sleep(Duration.ofMillis(1));
                Thread.sleep(1);
                events.add("cleaned up");
            }
        });
        Turns.untilWaits(victim);
        victim.kill();
        assertThatThrownBy(victim::await).isInstanceOf(GreenExit.class);
        assertThat(events).containsExactly("cleaned up");
    }

    @HubTest
    void anotherThreadMayKill() throws Exception {
        var victim = Green.spawn(() -> Green.sleep(null));
        var inJdk = Green.spawn(() -> new CountDownLatch(1).await());
        Turns.untilWaits(victim);
        Turns.untilWaits(inJdk);
        var killer = Thread.ofPlatform().start(() -> {
            victim.kill();
            inJdk.kill();
        });
        assertThatThrownBy(victim::await).isInstanceOf(GreenExit.class);
        assertThatThrownBy(inJdk::await).isInstanceOf(GreenExit.class);
        killer.join();
    }

    @HubTest
    void killingWhatHasEndedDoesNothing() throws Exception {
        var ended = Green.spawn(() -> 1);
        ended.await();
        Turns.untilEnds(ended);
        ended.kill();
        var killer = Thread.ofPlatform().start(ended::kill);
        killer.join();
        assertThat(ended.await()).isEqualTo(1);
    }
}
