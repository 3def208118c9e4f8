package dev.verdant.green.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** On platform threads: whoever waits, the queue is the same. */
@Timeout(20)
class OffloadTest {

    private static final long SOON = TimeUnit.MILLISECONDS.toNanos(20);

    private static <T> FutureTask<T> waitElsewhere(Offload.Work<T> work) {
        var task = new FutureTask<>(() -> {
            assertThat(work.await(-1)).isTrue();
            return work.result();
        });
        Thread.ofPlatform().daemon().start(task);
        return task;
    }

    /** Work that holds a thread of the offload until it is let go, and runs when this returns. */
    private static CountDownLatch hold(Offload offload) throws InterruptedException {
        var runs = new CountDownLatch(1);
        var letGo = new CountDownLatch(1);
        var _ = waitElsewhere(offload.work("a hold", () -> {
            runs.countDown();
            letGo.await();
            return "";
        }));
        runs.await();
        return letGo;
    }

    @Test
    void theResultAndTheFailureAreTheBodys() throws Exception {
        var offload = new Offload("test", 2, 2);
        var good = offload.work("a name", () -> "name of " + Thread.currentThread().getName());
        assertThat(good.await(-1)).isTrue();
        assertThat(good.result()).startsWith("name of verdant-test-");
        assertThat(good.await(0)).as("again").isTrue();

        var failure = new IOException("no");
        var bad = offload.<String>work("a failure", () -> {
            throw failure;
        });
        assertThat(bad.await(-1)).isTrue();
        assertThatThrownBy(bad::result).isSameAs(failure);
        assertThat(bad.isUnderWay()).isFalse();
    }

    @Test
    void workIsDoneOnceHoweverManyWait() throws Exception {
        var offload = new Offload("test", 2, 2);
        var letGo = new CountDownLatch(1);
        var calls = new AtomicInteger();
        var work = offload.work("a count", () -> {
            letGo.await();
            return calls.incrementAndGet();
        });
        var waits = new ArrayList<FutureTask<Integer>>();
        for (int i = 0; i < 20; i++) {
            waits.add(waitElsewhere(work));
        }
        letGo.countDown();
        for (var wait : waits) {
            assertThat(wait.get()).isEqualTo(1);
        }
    }

    @Test
    void workThatNobodyWaitsForAnyMoreIsNotBegun() throws Exception {
        var offload = new Offload("test", 1, 1);
        var letGo = hold(offload);
        var begun = ConcurrentHashMap.<String>newKeySet();
        var left = offload.work("what is left", () -> begun.add("left"));
        assertThat(left.await(SOON)).isFalse();
        assertThat(left.isUnderWay()).isFalse();

        var shared = offload.work("what is shared", () -> begun.add("shared"));
        var other = waitElsewhere(shared);
        while (!shared.isUnderWay()) {
            Thread.onSpinWait();
        }
        assertThat(shared.await(SOON)).isFalse();
        assertThat(shared.isUnderWay()).as("another waits").isTrue();
        letGo.countDown();
        assertThat(other.get()).isTrue();
        assertThat(begun).containsExactly("shared");
    }

    @Test
    void workThatWasDroppedIsDoneWhenSomebodyWaitsAgain() throws Exception {
        var offload = new Offload("test", 1, 1);
        var letGo = hold(offload);
        var work = offload.work("an answer", () -> 42);
        assertThat(work.await(SOON)).isFalse();
        letGo.countDown();
        assertThat(work.await(-1)).isTrue();
        assertThat(work.result()).isEqualTo(42);
    }

    @Test
    void workIsBegunInTheOrderOfTheAsking() throws Exception {
        var offload = new Offload("test", 1, 1);
        var letGo = hold(offload);
        var order = new ConcurrentLinkedQueue<Integer>();
        var waits = new ArrayList<FutureTask<Boolean>>();
        for (int i = 0; i < 100; i++) {
            int number = i;
            var work = offload.work("number " + i, () -> order.add(number));
            waits.add(waitElsewhere(work));
            while (!work.isUnderWay()) {
                Thread.onSpinWait();
            }
        }
        letGo.countDown();
        for (var wait : waits) {
            assertThat(wait.get()).isTrue();
        }
        assertThat(new ArrayList<>(order)).isSorted().hasSize(100);
    }

    @Test
    void workThatBlocksHoldsNoOtherAsLongAsThereAreThreads() throws Exception {
        var offload = new Offload("test", 3, 3);
        var held = List.of(hold(offload), hold(offload));
        var quick = offload.work("quick", () -> "done");
        assertThat(quick.await(-1)).isTrue();

        var third = hold(offload);
        var late = offload.work("late", () -> "done");
        assertThat(late.await(SOON)).isFalse();
        third.countDown();
        assertThat(late.await(-1)).isTrue();
        held.forEach(CountDownLatch::countDown);
    }

    @Test
    void aFewThreadsDoWhatDoesNotBlock() throws Exception {
        var offload = new Offload("test", 4, 64);
        var runners = ConcurrentHashMap.<Thread>newKeySet();
        var waits = new ArrayList<FutureTask<Boolean>>();
        for (int i = 0; i < 200; i++) {
            waits.add(waitElsewhere(offload.work("quick", () -> runners.add(Thread.currentThread()))));
        }
        for (var wait : waits) {
            wait.get();
        }
        assertThat(runners).hasSizeLessThanOrEqualTo(8);
    }

    @Test
    void moreThreadsAreMadeWhenThoseThatThereAreDoNotGetOn() throws Exception {
        var offload = new Offload("test", 4, 20);
        var held = new ArrayList<CountDownLatch>();
        for (int i = 0; i < 20; i++) {
            held.add(hold(offload));
        }
        assertThat(offload.work("late", () -> "done").await(SOON)).isFalse();
        held.forEach(CountDownLatch::countDown);
    }

    @Test
    void anInterruptEndsTheWaitAndIsNotSeenByTheWork() throws Exception {
        var offload = new Offload("test", 1, 1);
        var letGo = hold(offload);
        var work = offload.work("interrupted", () -> Thread.currentThread().isInterrupted());
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> work.await(-1)).isInstanceOf(InterruptedException.class);
        assertThat(Thread.interrupted()).isFalse();
        letGo.countDown();
        assertThat(work.await(-1)).isTrue();
        assertThat(work.result()).isFalse();
    }

    @Test
    void theInterruptThatABodyLeavesIsNotTheNextOnes() throws Exception {
        var offload = new Offload("test", 1, 1);
        var rude = offload.work("rude", () -> {
            Thread.currentThread().interrupt();
            return "";
        });
        assertThat(rude.await(-1)).isTrue();
        var next = offload.work("next", () -> Thread.currentThread().isInterrupted());
        assertThat(next.await(-1)).isTrue();
        assertThat(next.result()).isFalse();
    }

    @Test
    void aDumpNamesWhatRunsAndCountsWhatWaits() throws Exception {
        var offload = new Offload("dumped", 1, 1);
        assertThat(Offload.dump()).doesNotContain("dumped");
        var letGo = hold(offload);
        var waiting = waitElsewhere(offload.work("what waits", () -> ""));
        String expected = "Native threads for dumped: 1 of 1, 0 idle, 1 queued\n  'verdant-dumped-1' works on a hold since ";
        while (!Offload.dump().contains(expected)) {
            Thread.onSpinWait();
        }
        assertThat(Offload.dump()).contains("at dev.verdant.green.kernel.OffloadTest.lambda$hold");
        letGo.countDown();
        assertThat(Objects.requireNonNull(waiting.get())).isEmpty();
    }

    @Test
    void idleThreadsEndAndAnOffloadThatHasNoneIsInNoList() throws Exception {
        var offload = new Offload("idling", 2, 2, TimeUnit.MILLISECONDS.toNanos(1));
        var work = offload.work("who", Thread::currentThread).submit();
        assertThat(work.await(-1)).isTrue();
        Thread runner = work.result();
        runner.join();
        assertThat(Offload.dump()).doesNotContain("idling");
        var again = offload.work("who", Thread::currentThread);
        assertThat(again.await(-1)).isTrue();
        assertThat(again.result()).isNotSameAs(runner);
    }

    @Test
    void anIdleThreadHoldsNothingOfWhatItDid() throws Exception {
        var offload = new Offload("forgetting", 1, 1);
        var kept = new WeakReference<>(resultOf(offload));
        String idle = "Native threads for forgetting: 1 of 1, 1 idle, 0 queued"; // A moment after its work is done.
        for (long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10); (kept.get() != null
                || !Offload.dump().contains(idle)) && System.nanoTime() < end;) {
            System.gc();
        }
        assertThat(kept.get()).isNull();
        assertThat(Offload.dump()).contains(idle);
    }

    private static Object resultOf(Offload offload) throws Exception {
        var work = offload.work("a result", Object::new);
        assertThat(work.await(-1)).isTrue();
        return work.result();
    }

    @Test
    void whatWasSubmittedIsDoneThoughNobodyWaits() throws Exception {
        var offload = new Offload("test", 1, 1);
        var letGo = hold(offload);
        var done = new CountDownLatch(1);
        var work = offload.work("an errand", () -> {
            done.countDown();
            return "";
        }).submit();
        assertThat(work.await(SOON)).isFalse();
        assertThat(work.isUnderWay()).isTrue();
        letGo.countDown();
        done.await();
    }

    @Test
    void oneThatIsShutEndsItsThreadsWhenAllIsDoneAndTakesNoMore() throws Exception {
        var offload = new Offload("test", 1, 1);
        var letGo = hold(offload);
        var queued = offload.work("queued", () -> "done").submit();
        offload.shut();
        assertThatThrownBy(() -> offload.work("late", () -> "").submit())
                .isInstanceOf(RejectedExecutionException.class).hasMessage("test is closed and takes no more: late");
        letGo.countDown();
        offload.awaitEnd();
        assertThat(queued.await(0)).isTrue();
        assertThat(queued.result()).isEqualTo("done");
        var unused = new Offload("test", 1, 1);
        unused.shut();
        unused.awaitEnd();
    }

    @Test
    void whatIsDroppedIsCancelledForAllWhoWait() throws Exception {
        var offload = new Offload("test", 1, 1);
        var letGo = hold(offload);
        var queued = offload.work("queued", () -> "done").submit();
        var waits = List.of(waitElsewhere(queued), waitElsewhere(queued));
        offload.shut();
        offload.dropQueued();
        for (var wait : waits) {
            assertThatThrownBy(wait::get).cause().isInstanceOf(CancellationException.class)
                    .hasMessage("test was closed before it began: queued");
        }
        letGo.countDown();
        offload.awaitEnd();
    }
}
