package dev.verdant.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.verdant.green.EventLoop;
import dev.verdant.green.Green;
import dev.verdant.green.GreenExit;
import dev.verdant.green.GreenThread;
import dev.verdant.green.Timeout;
import dev.verdant.green.sync.Event;
import dev.verdant.hub.HubProvider;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.jspecify.annotations.NullUnmarked;
import org.jspecify.annotations.Nullable;

/** {@code Green.killAll}, {@code joinAll} and {@code iwait}. */
@NullUnmarked // nulls are passed on purpose
@AnyOrder
class SeveralTest {

    private static final Duration LONG = Duration.ofSeconds(100);

    private static Callable<Integer> after(int millis, int result) {
        return () -> {
            Green.sleep(Duration.ofMillis(millis));
            return result;
        };
    }

    private static Callable<Integer> failing(Throwable failure) {
        return () -> {
            throw (Exception) failure;
        };
    }

    // ---- joinAll

    @HubTest
    void joinAllGivesAllInTheOrderInWhichTheyFinish() throws Exception {
        var quick = Green.spawn(after(5, 2));
        var slow = Green.spawn(() -> quick.await() - 1);
        var done = Green.spawn(() -> 3);
        done.await();
        assertThat(Green.joinAll(List.of(slow, quick, done))).containsExactly(done, quick, slow);
        assertThat(Green.<GreenThread<?>>joinAll(List.of())).isEmpty();
    }

    @HubTest
    void joinAllWithACountReturnsAsSoonAsThatManyHaveFinishedTheFailedIncluded() throws Exception {
        var endless = Green.spawn(after(100_000, 1));
        var fails = Green.spawn(failing(new IOException("broken")));
        assertThat(Green.joinAll(List.of(endless, fails), 1, null)).containsExactly(fails);
        assertThat(endless.isDone()).isFalse();
        assertThatThrownBy(fails::await).isInstanceOf(IOException.class);
        endless.kill();
    }

    @HubTest
    void joinAllReturnsThoseThatFinishedInTimeAndTheOthersRunOn() throws Exception {
        var mayEnd = new CountDownLatch(1);
        var slow = Green.spawn(() -> {
            mayEnd.await();
            return 1;
        });
        var quick = Green.spawn(() -> 2);
        assertThat(Green.joinAll(List.of(slow, quick), 2, Duration.ofMillis(100))).containsExactly(quick);
        assertThat(Green.joinAll(List.of(slow, quick), 2, Duration.ZERO)).containsExactly(quick);
        mayEnd.countDown();
        assertThat(slow.await()).isEqualTo(1);
    }

    @HubTest
    void joinAllTakesEachOnceAndBadArgumentsAreNamed() throws Exception {
        var one = Green.spawn(() -> 1);
        assertThat(Green.joinAll(List.of(one, one))).containsExactly(one);
        assertThatThrownBy(() -> Green.joinAll(List.of(one), -1, null)).hasMessage("count: -1 (expected: >= 0)");
        assertThatThrownBy(() -> Green.joinAll(Arrays.<@Nullable GreenThread<?>>asList(one, null)))
                .isInstanceOf(NullPointerException.class).hasMessage("thread");
    }

    @HubTest
    void joinAllOrThrowThrowsTheFirstToFailAtOnceAndLeavesTheOthersRunning() throws Exception {
        var slow = new IOException("the slow one");
        var mayFail = new CountDownLatch(1);
        var first = Green.spawn(() -> {
            mayFail.await();
            throw slow;
        });
        var quick = new IOException("the quick one");
        var second = Green.spawn(failing(quick));
        assertThatThrownBy(() -> Green.joinAllOrThrow(List.of(first, second), 2, null)).isSameAs(quick);
        assertThat(first.isDone()).isFalse();
        mayFail.countDown();
        assertThatThrownBy(first::await).isSameAs(slow);
    }

    @HubTest
    void aKilledOneHasNotFailed() throws Exception {
        var victim = Green.spawn(after(100_000, 1));
        Turns.untilWaits(victim);
        victim.kill();
        assertThat(Green.joinAllOrThrow(List.of(victim), 1, null)).containsExactly(victim);
    }

    @HubTest
    void aFailureThatWasJoinedAndNeverLookedAtIsReported(Uncaught uncaught, HubProvider hub) throws Exception {
        Green.run(options -> options.hub(hub).onUncaught((thread, e) -> uncaught.add(e)),
                () -> Green.joinAll(List.of(Green.spawn(failing(new IOException("unseen"))))));
        assertThat(uncaught.failures()).singleElement().isInstanceOf(IOException.class);
    }

    @HubTest
    void anOuterTimeoutGoesThroughAJoinWithATimeoutOfItsOwn() {
        var endless = Green.spawn(after(100_000, 1));
        assertThatThrownBy(() -> Timeout.call(Duration.ofMillis(2),
                () -> Green.joinAll(List.of(endless), 1, Duration.ofSeconds(10)))).isInstanceOf(Timeout.class)
                .hasMessage("2 ms");
        endless.kill();
    }

    @HubTest
    void threadsOfAnotherLoopCanBeJoined(HubProvider hub) throws Exception {
        try (var other = EventLoop.start(options -> options.hub(hub))) {
            var there = other.spawn(after(5, 1));
            var here = Green.spawn(() -> 2);
            assertThat(Green.joinAll(List.of(there, here))).containsExactlyInAnyOrder(here, there);
        }
    }

    @HubTest
    void anInheritedThreadCannotBeJoinedAndTheOthersAreNotLinkedThen() throws Exception {
        var adopted = new AtomicReference<GreenThread<?>>();
        var inherited = Thread.startVirtualThread(() -> adopted.set(Green.current()));
        inherited.join();
        var other = Green.spawn(() -> 1);
        assertThatThrownBy(() -> Green.joinAll(List.of(other, adopted.get())))
                .isInstanceOf(UnsupportedOperationException.class).hasMessageContaining("Green.spawn");
        assertThat(other.await()).isEqualTo(1);
    }

    // ---- iwait

    @HubTest
    void iwaitGivesEachAsItFinishesAndTheConsumerMayWaitBetween() throws Exception {
        var mayEnd = IntStream.range(0, 3).mapToObj(i -> new CountDownLatch(1)).toList();
        var threads = IntStream.range(0, 3).mapToObj(i -> Green.spawn(() -> {
            mayEnd.get(i).await();
            return i;
        })).toList();
        var results = new ArrayList<Integer>();
        mayEnd.get(1).countDown();
        for (var finished : Green.iwait(threads)) {
            results.add(finished.await());
            mayEnd.get(results.size() == 1 ? 2 : 0).countDown();
            Green.sleep(Duration.ofMillis(1));
        }
        assertThat(results).containsExactly(1, 2, 0);
    }

    @HubTest
    void iwaitEndsAfterItsCountOrItsTime() {
        var slow = Green.spawn(after(100_000, 1));
        var quick = Green.spawn(() -> 2);
        var third = Green.spawn(() -> quick.await() + 1);
        var two = Green.iwait(List.of(slow, quick, third), 1, null);
        assertThat(two.next()).isSameAs(quick);
        assertThat(two.hasNext()).isFalse();
        assertThatThrownBy(two::next).isInstanceOf(NoSuchElementException.class);
        Turns.untilEnds(third);
        var timed = Green.iwait(List.of(slow, third), 2, Duration.ofMillis(5));
        assertThat(timed.next()).isSameAs(third);
        assertThat(timed.hasNext()).isFalse();
        slow.kill();
    }

    @HubTest
    void iwaitsTimeRunsFromItsCallAndNotAnewForEach() {
        var threads = IntStream.rangeClosed(1, 40).mapToObj(i -> Green.spawn(after(30 * i, i))).toList();
        var given = new ArrayList<GreenThread<Integer>>();
        Green.iwait(threads, 40, Duration.ofMillis(75)).forEachRemaining(given::add);
        assertThat(given).hasSizeLessThan(40);
        threads.forEach(GreenThread::kill);
    }

    @HubTest
    void whoClosesIwaitEarlyIsForgottenByTheThreads() throws Exception {
        var links = new ArrayList<String>();
        var slow = Green.spawn(after(100_000, 1));
        try (var finished = Green.iwait(List.of(slow, Green.spawn(() -> 2)))) {
            assertThat(finished.next().await()).isEqualTo(2);
        }
        var closed = Green.iwait(List.of(slow));
        closed.close();
        assertThat(closed.hasNext()).isFalse();
        slow.link(ended -> links.add("mine"));
        slow.kill();
        assertThatThrownBy(slow::await).isInstanceOf(GreenExit.class);
        assertThat(links).containsExactly("mine");
    }

    @HubTest
    void aWaitInIwaitThatEndsEarlyTakesNothing() throws Exception {
        var mayEnd = new CountDownLatch(1);
        var one = Green.spawn(() -> {
            mayEnd.await();
            return 1;
        });
        var finished = Green.iwait(List.of(one));
        assertThatThrownBy(() -> Timeout.call(Duration.ofMillis(1), finished::next)).isInstanceOf(Timeout.class);
        mayEnd.countDown();
        assertThat(finished.next().await()).isEqualTo(1);
        assertThat(finished.hasNext()).isFalse();
    }

    // ---- killAll

    @HubTest
    void killAllCancelsTheUnstartedFirstAndReturnsWhenAllAreDead() throws Exception {
        var events = new ArrayList<String>();
        var unstarted = new ArrayList<GreenThread<?>>();
        var started = Green.spawn(() -> {
            try {
                Green.sleep(LONG);
            } finally {
                events.add("the other has ended: " + unstarted.get(0).isDone());
                Green.sleep(Duration.ofMillis(2));
                events.add("cleaned up");
            }
        });
        Turns.untilWaits(started);
        unstarted.add(Green.spawn(() -> events.add("never begins")));
        Green.killAll(List.of(started, unstarted.get(0)));
        assertThat(events).containsExactly("the other has ended: true", "cleaned up");
        assertThat(started.isDone()).isTrue();
    }

    @HubTest
    void killAllSendsToAllBeforeItWaitsForAny() throws Exception {
        var events = new ArrayList<String>();
        var allSent = new CountDownLatch(3);
        var threads = IntStream.range(0, 3).mapToObj(i -> Green.spawn(() -> {
            try {
                Green.sleep(LONG);
            } finally {
                events.add("sent " + i);
                allSent.countDown();
                allSent.await();
                events.add("dead " + i);
            }
        })).toList();
        threads.forEach(Turns::untilWaits);
        Green.killAll(threads);
        assertThat(events).containsExactlyInAnyOrder("sent 0", "sent 1", "sent 2", "dead 0", "dead 1", "dead 2");
    }

    @HubTest
    void killAllThrowsTheCauseIntoEachAndWaitsForWhoSwallowsIt() throws Exception {
        var cause = new IOException("because");
        var survivor = Green.spawn(() -> {
            try {
                Green.sleep(LONG);
            } catch (Throwable e) {
                assertThat(e).isSameAs(cause);
            }
            Green.sleep(Duration.ofMillis(3));
            return "survived";
        });
        var unstarted = new ArrayList<GreenThread<?>>();
        Turns.untilWaits(survivor);
        unstarted.add(Green.spawn(() -> 1));
        unstarted.add(survivor);
        Green.killAll(unstarted, cause, null);
        assertThat(survivor.isDone()).isTrue();
        assertThat(survivor.await()).isEqualTo("survived");
        assertThatThrownBy(() -> unstarted.get(0).await()).isSameAs(cause);
    }

    @HubTest
    void killAllNamesThoseThatDoNotEndInTime() throws Exception {
        var mayEnd = new CountDownLatch(1);
        var stubborn = Green.spawn("stubborn", () -> {
            try {
                Green.sleep(LONG);
            } finally {
                mayEnd.await();
            }
        });
        Turns.untilWaits(stubborn);
        assertThatThrownBy(() -> Green.killAll(List.of(stubborn), new GreenExit(), Duration.ofMillis(5)))
                .isInstanceOf(TimeoutException.class)
                .hasMessage("1 killed green threads have not ended within 5 ms: 'stubborn'");
        assertThatThrownBy(() -> Green.killAll(List.of(stubborn), new GreenExit(), Duration.ZERO))
                .isInstanceOf(TimeoutException.class);
        mayEnd.countDown();
        assertThatThrownBy(stubborn::await).isInstanceOf(GreenExit.class);
    }

    @HubTest
    void killAllReachesThreadsInTheJdkOfOtherLoopsAndInherited(HubProvider hub) throws Exception {
        var adopted = new AtomicReference<GreenThread<?>>();
        var inherited = Thread.startVirtualThread(() -> {
            adopted.set(Green.current());
            Green.sleep(LONG);
        });
        inherited.setUncaughtExceptionHandler((thread, e) -> {});
        Turns.until(() -> adopted.get() != null);
        Turns.untilWaits(adopted.get());
        try (var other = EventLoop.start(options -> options.hub(hub))) {
            var there = other.spawn(after(100_000, 1));
            var inJdk = Green.spawn(() -> Thread.sleep(100_000));
            Turns.untilWaits(there);
            Turns.untilWaits(inJdk);
            Green.killAll(List.of(there, inJdk, adopted.get()));
            assertThat(there.isCancelled()).isTrue();
            assertThat(inJdk.isCancelled()).isTrue();
            assertThat(inherited.isAlive()).isFalse();
        }
    }

    /** A handle that is not Verdant's own. */
    private static GreenThread<?> wrapped(GreenThread<?> thread) {
        return (GreenThread<?>) Proxy.newProxyInstance(GreenThread.class.getClassLoader(),
                new Class<?>[]{GreenThread.class}, (_, method, arguments) -> {
                    try {
                        return method.invoke(thread, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getTargetException();
                    }
                });
    }

    @HubTest
    void whoIsKilledWhileItKillsAllDiesOfItWhateverTheCauseLooksLike() throws Exception {
        for (Throwable cause : List.of(new CancellationException("a kill"), new TimeoutException("a kill"))) {
            var mayEnd = new Event<Boolean>();
            var stubborn = Green.spawn(() -> {
                try {
                    Green.sleep(null);
                } catch (GreenExit e) {
                    mayEnd.await();
                }
            });
            Turns.untilWaits(stubborn);
            var thrown = new AtomicReference<Throwable>();
            var killer = Green.spawn(() -> thrown.set(catchThrowable(() -> Green.killAll(List.of(wrapped(stubborn))))));
            Turns.untilWaits(killer);
            killer.kill(cause);
            Turns.untilEnds(killer);
            assertThat(thrown.get()).isSameAs(cause);
            mayEnd.send();
            stubborn.await();
        }
    }

    @HubTest
    void whoKillsAllAndIsAmongThemDiesInItsWait() {
        var other = Green.spawn(after(100_000, 1));
        var killer = Green.spawn(() -> {
            Turns.untilWaits(other);
            Green.killAll(List.of(Green.current(), other));
            return "not reached";
        });
        assertThatThrownBy(killer::await).isInstanceOf(GreenExit.class);
        assertThatThrownBy(other::await).isInstanceOf(GreenExit.class);
    }

    @HubTest
    void killAllOfTheDeadReturnsAtOnce() throws Exception {
        var dead = Green.spawn(() -> 1);
        dead.await();
        Green.killAll(List.of(dead), new GreenExit(), Duration.ZERO);
        Green.killAll(List.of());
        assertThat(dead.await()).isEqualTo(1);
    }
}
