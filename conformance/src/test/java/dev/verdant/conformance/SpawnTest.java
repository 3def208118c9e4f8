package dev.verdant.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.green.EventLoop;
import dev.verdant.green.Green;
import dev.verdant.green.GreenExit;
import dev.verdant.green.GreenThread;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.NullUnmarked;
import org.jspecify.annotations.Nullable;

@NullUnmarked // nulls are passed on purpose
@AnyOrder
class SpawnTest {

    @HubTest
    void aSpawnedBodyRunsWhenItsSpawnerWaits() throws Exception {
        var events = new ArrayList<String>();
        var child = Green.spawn(() -> {
            events.add("child");
            return 42;
        });
        events.add("parent");
        assertThat(child.await()).isEqualTo(42);
        assertThat(events).containsExactly("parent", "child");
    }

    @HubTest
    void everyWaiterGetsTheSameFailureObjectEachTime() {
        var failure = new IOException("broken");
        GreenThread<Object> child = Green.spawn(() -> {
            throw failure;
        });
        assertThatThrownBy(child::await).isSameAs(failure);
        assertThatThrownBy(child::await).isSameAs(failure);
        assertThatThrownBy(child::get).isInstanceOf(ExecutionException.class).hasCause(failure);
    }

    @HubTest
    void aThreadRunsOnWhenItsSpawnerHasEnded() throws Exception {
        var ran = new ArrayList<String>();
        var parent = Green.spawn(() -> Green.spawn(() -> {
            Green.sleep(Duration.ofMillis(5));
            ran.add("child");
        }));
        parent.await().await();
        assertThat(ran).containsExactly("child");
    }

    @HubTest
    void aFailureThatNobodyAwaitsIsReportedWhenItsHandleIsGoneOrItsLoopCloses(Uncaught uncaught) throws Exception {
        var seen = new ArrayList<Throwable>();
        Green.run(options -> options.onUncaught((thread, e) -> seen.add(e)), () -> {
            Turns.untilEnds(Green.spawn(() -> {
                throw new IOException("unseen");
            }));
        });
        assertThat(seen).singleElement().isInstanceOf(IOException.class);
    }

    @HubTest
    void aFailureOfSpawnNIsReportedAtOnce(Uncaught uncaught) {
        var thread = new AtomicReference<Thread>();
        Green.spawnN(() -> {
            thread.set(Thread.currentThread());
            throw new IOException("unseen");
        });
        Turns.until(() -> thread.get() != null && !thread.get().isAlive());
        assertThat(uncaught.failures()).singleElement().isInstanceOf(IOException.class);
    }

    @HubTest
    void aFailureThatWasAwaitedOrLinkedIsNotReported() {
        GreenThread<Object> awaited = Green.spawn(() -> {
            throw new IOException("seen");
        });
        assertThatThrownBy(awaited::await).isInstanceOf(IOException.class);
        GreenThread<Object> linked = Green.spawn(() -> {
            throw new IOException("seen");
        });
        linked.link(ended -> {});
        Turns.untilEnds(linked);
    }

    @HubTest
    void aStackOverflowIsTheThreadsOwnAndTheLoopLives() {
        GreenThread<Integer> deep = Green.spawn(() -> recurse(0));
        assertThatThrownBy(deep::await).isInstanceOf(StackOverflowError.class);
        Green.sleep(Duration.ofMillis(1));
    }

    @SuppressWarnings("InfiniteRecursion") // the point
    private static int recurse(int depth) {
        return recurse(depth + 1) + 1;
    }

    @HubTest
    void getGivesUpAfterItsTimeAndTheThreadRunsOn() throws Exception {
        var child = Green.spawn(() -> {
            Green.sleep(Duration.ofMillis(50));
            return "late";
        });
        assertThatThrownBy(() -> child.get(1, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);
        assertThat(child.get()).isEqualTo("late");
    }

    @HubTest
    void cancelStopsOnlyWhatHasNotBegun() throws Exception {
        var unstarted = Green.spawn(() -> "never");
        assertThat(unstarted.cancel()).isTrue();
        assertThat(unstarted.isCancelled()).isTrue();
        assertThatThrownBy(unstarted::await).isInstanceOf(GreenExit.class);
        assertThatThrownBy(unstarted::get).isInstanceOf(CancellationException.class);
        var mayEnd = new CountDownLatch(1);
        var started = Green.spawn(() -> {
            mayEnd.await();
            return "done";
        });
        Turns.until(started::isAlive);
        assertThat(started.cancel()).isFalse();
        mayEnd.countDown();
        assertThat(started.await()).isEqualTo("done");
    }

    @HubTest
    void theStatesOfAThreadAreUnstartedThenAliveThenDone() throws Exception {
        var mayEnd = new CountDownLatch(1);
        var child = Green.spawn(() -> {
            mayEnd.await();
            return 5;
        });
        assertThat(child.isAlive()).isFalse();
        assertThat(child.isDone()).isFalse();
        Turns.until(child::isAlive);
        assertThat(child.isDone()).isFalse();
        mayEnd.countDown();
        assertThat(child.await()).isEqualTo(5);
        assertThat(child.isAlive()).isFalse();
        assertThat(child.isDone()).isTrue();
        assertThat(child.isCancelled()).isFalse();
        assertThat(child.state()).isEqualTo(Future.State.SUCCESS);
    }

    @HubTest
    void aThousandLinksAreCalledInTheirOrder() throws Exception {
        var calls = new ArrayList<Integer>();
        var child = Green.spawn(() -> calls.add(0));
        for (int i = 1; i < 1000; i++) {
            int number = i;
            child.link(ended -> calls.add(number));
        }
        child.await();
        Turns.untilEnds(child);
        assertThat(calls).isEqualTo(IntStream.range(0, 1000).boxed().toList());
    }

    @HubTest
    void aDelayedBodyThatThrowsIsReportedOnceAndSleepsLastTheirTime(Uncaught uncaught) {
        Green.spawnAfter(Duration.ofMillis(2), () -> Green.spawnN(() -> {
            throw new IOException("broken");
        }));
        long begun = Green.nanoTime();
        Green.sleep(Duration.ofMillis(30));
        assertThat(Green.nanoTime() - begun).isGreaterThanOrEqualTo(30_000_000);
        Turns.until(() -> EventLoop.current().snapshot().threads().size() == 1);
        assertThat(uncaught.failures()).singleElement().isInstanceOf(IOException.class);
    }

    @HubTest
    void linksAreCalledInOrderByTheEndingThreadAndAtOnceIfItHasEnded() throws Exception {
        var calls = new ArrayList<String>();
        var child = Green.spawn("child", () -> 1);
        child.link(ended -> calls.add("first by " + Green.current().name()));
        child.link(ended -> calls.add("second"));
        child.await();
        Turns.untilEnds(child);
        child.link(ended -> calls.add("late by " + Green.current().name()));
        assertThat(calls).containsExactly("first by child", "second", "late by main");
    }

    @HubTest
    void aLinkThatThrowsStopsNeitherTheOthersNorTheLoop(Uncaught uncaught) throws Exception {
        var calls = new ArrayList<String>();
        var child = Green.spawn(() -> 1);
        child.link(ended -> {
            throw new IllegalStateException("bad link");
        });
        child.link(ended -> calls.add("second"));
        assertThat(child.await()).isEqualTo(1);
        Turns.untilEnds(child);
        assertThat(calls).containsExactly("second");
        assertThat(uncaught.failures()).extracting(Throwable::getMessage).containsExactly("bad link");
    }

    @HubTest
    void anUnlinkedLinkIsNotCalledEvenIfAnEarlierLinkTakesItBack() throws Exception {
        var calls = new ArrayList<String>();
        var child = Green.spawn(() -> 1);
        Consumer<GreenThread<Integer>> second = ended -> calls.add("second");
        child.link(ended -> assertThat(child.unlink(second)).isTrue());
        child.link(second);
        child.await();
        Turns.untilEnds(child);
        assertThat(calls).isEmpty();
        assertThat(child.unlink(second)).isFalse();
    }

    @HubTest
    void aLinkIsTakenBackByItsIdentityWithoutAQuestionToAnother() throws Exception {
        var calls = new ArrayList<String>();
        class Link implements Consumer<GreenThread<Integer>> {

            private final String name;

            Link(String name) {
                this.name = name;
            }

            @Override
            public void accept(GreenThread<Integer> ended) {
                calls.add(name);
            }

            @Override
            public boolean equals(@Nullable Object other) {
                calls.add("asked");
                return other instanceof Link;
            }

            @Override
            public int hashCode() {
                return 1;
            }
        }
        var child = Green.spawn(() -> 1);
        var second = new Link("second");
        child.link(new Link("first"));
        child.link(second);
        child.link(second);
        assertThat(child.unlink(second)).isTrue();
        assertThat(child.unlink(new Link("third"))).isFalse();
        child.await();
        Turns.untilEnds(child);
        assertThat(calls).containsExactly("first", "second");
    }

    @HubTest
    void aDelayedSpawnRunsWhetherItsCreatorLivesOrNotAndALocalOneOnlyIfItLives() throws Exception {
        var ran = new ArrayList<String>();
        var handles = new ArrayList<GreenThread<?>>();
        Green.spawn(() -> {
            handles.add(Green.spawnAfter(Duration.ofMillis(5), () -> ran.add("global")));
            handles.add(Green.spawnAfterLocal(Duration.ofMillis(5), () -> ran.add("local of a dead creator")));
        }).await();
        handles.add(Green.spawnAfterLocal(Duration.ofMillis(5), () -> ran.add("local of a living creator")));
        handles.get(0).await();
        handles.get(2).await();
        assertThatThrownBy(() -> handles.get(1).await()).isInstanceOf(GreenExit.class);
        assertThat(ran).containsExactlyInAnyOrder("global", "local of a living creator");
    }

    @HubTest
    void aDelayedSpawnThatIsCancelledLeavesNoTimer() {
        var delayed = Green.spawnAfter(Duration.ofHours(1), () -> 1);
        assertThat(delayed.cancel()).isTrue();
    }

    @HubTest
    void badArgumentsAreNamed() {
        List<ThrowingCallable> calls = List.of(() -> Green.spawn((Callable<Object>) null),
                () -> Green.spawnN(null), () -> Green.spawnAfter(null, () -> 1));
        assertThat(calls).allSatisfy(call -> assertThatThrownBy(call).isInstanceOf(NullPointerException.class)
                .hasMessageMatching("body|delay"));
    }
}
