package dev.verdant.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.green.EventLoop;
import dev.verdant.green.Green;
import dev.verdant.green.GreenExit;
import dev.verdant.green.GreenThread;
import dev.verdant.green.Greenlet;
import dev.verdant.green.Timeout;
import dev.verdant.hub.HubProvider;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.NullUnmarked;

@NullUnmarked // AtomicReferences are set before they are read
@AnyOrder
class ExecutorTest {

    private static final Duration LONG = Duration.ofSeconds(100);

    @HubTest
    void eachTaskIsAGreenThreadOfTheLoop() throws Exception {
        var here = EventLoop.current();
        try (var executor = Green.executor()) {
            var first = executor.submit(() -> {
                assertThat(EventLoop.current()).isSameAs(here);
                return Green.current();
            });
            Runnable nothing = () -> {};
            assertThat(first.get()).isSameAs(first).isInstanceOf(GreenThread.class);
            assertThat(executor.submit(nothing, "given").get()).isEqualTo("given");
            assertThat(executor.submit(nothing).get()).isNull();
        }
    }

    @HubTest
    void whatASubmittedTaskThrowsReachesItsFutureOnly() {
        var failure = new IOException("broken");
        try (var executor = Green.executor()) {
            var future = executor.submit(() -> {
                throw failure;
            });
            assertThatThrownBy(future::get).isInstanceOf(ExecutionException.class).hasCause(failure);
        }
    }

    @HubTest
    void whatAnExecutedTaskThrowsIsReported(Uncaught uncaught) {
        try (var executor = Green.executor()) {
            executor.execute(() -> {
                throw new IllegalStateException("broken");
            });
        }
        assertThat(uncaught.failures()).extracting(Throwable::getMessage).containsExactly("broken");
    }

    @HubTest
    void closeWaitsForTheTasksAndTakesNoMore() {
        var events = new ArrayList<String>();
        var executor = Green.executor();
        executor.execute(() -> {
            Green.sleep(Duration.ofMillis(5));
            events.add("done");
        });
        assertThat(executor.isShutdown()).isFalse();
        executor.close();
        assertThat(events).containsExactly("done");
        assertThat(executor.isShutdown()).isTrue();
        assertThat(executor.isTerminated()).isTrue();
        assertThatThrownBy(() -> executor.execute(() -> events.add("never")))
                .isInstanceOf(RejectedExecutionException.class)
                .hasMessage("The executor has been shut down and takes no more tasks.");
        assertThatThrownBy(() -> executor.submit(() -> 1)).isInstanceOf(RejectedExecutionException.class);
        executor.close();
    }

    @HubTest
    void shutdownNowKillsWhatRunsAndHandsBackWhatHasNotBegun() throws Exception {
        var events = new ArrayList<String>();
        var executor = Green.executor();
        var begun = new CountDownLatch(2);
        var runs = executor.submit(() -> {
            begun.countDown();
            try {
                Green.sleep(LONG);
            } finally {
                Green.sleep(Duration.ofMillis(1));
                events.add("cleaned up");
            }
            return 1;
        });
        var runsInJdk = executor.submit(() -> {
            begun.countDown();
            Thread.sleep(100_000);
            return 1;
        });
        begun.await();
        Runnable given = () -> events.add("run by who got it back");
        executor.execute(given);
        Callable<Boolean> callable = () -> events.add("called by who got it back");
        var unbegun = executor.submit(callable);
        var back = executor.shutdownNow();
        assertThat(back).hasSize(2).first().isSameAs(given);
        assertThat(executor.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
        assertThat(events).containsExactly("cleaned up");
        assertThatThrownBy(runs::get).isInstanceOf(CancellationException.class);
        assertThatThrownBy(runsInJdk::get).isInstanceOf(CancellationException.class);
        assertThatThrownBy(unbegun::get).isInstanceOf(CancellationException.class);
        back.forEach(Runnable::run);
        assertThat(events).containsExactly("cleaned up", "run by who got it back", "called by who got it back");
    }

    @HubTest
    void awaitTerminationWaitsForShutdownAndTheLastTaskOrGivesUp() throws Exception {
        var executor = Green.executor();
        assertThat(executor.awaitTermination(1, TimeUnit.MILLISECONDS)).isFalse();
        var mayEnd = new CountDownLatch(1);
        var last = executor.submit(() -> {
            mayEnd.await();
            return 1;
        });
        var waiter = Green.spawn(() -> executor.awaitTermination(10, TimeUnit.SECONDS));
        executor.shutdown();
        assertThat(executor.awaitTermination(1, TimeUnit.MILLISECONDS)).isFalse();
        assertThat(executor.isTerminated()).isFalse();
        mayEnd.countDown();
        assertThat(last.get()).isEqualTo(1);
        assertThat(waiter.await()).isTrue();
        assertThat(executor.isTerminated()).isTrue();
        var idle = Green.executor();
        var other = Green.spawn(() -> idle.awaitTermination(10, TimeUnit.SECONDS));
        Turns.untilWaits(other);
        idle.shutdown();
        assertThat(other.await()).isTrue();
    }

    @HubTest
    void aCloseThatIsTimedOutKilledOrInterruptedKillsTheTasksAndWaitsForThem() throws Exception {
        var events = new ArrayList<String>();
        var busy = Green.executor();
        startSleeper(busy, events);
        assertThatThrownBy(() -> Timeout.call(Duration.ofMillis(5), busy::close)).isInstanceOf(Timeout.class);
        assertThat(events).containsExactly("cleaned up");

        var another = Green.executor();
        startSleeper(another, events);
        var closer = Green.spawn(() -> another.close());
        Turns.untilWaits(closer);
        closer.kill();
        assertThatThrownBy(closer::await).isInstanceOf(GreenExit.class);
        assertThat(events).hasSize(2);

        var third = Green.executor();
        startSleeper(third, events);
        var interrupted = Green.spawn(() -> {
            third.close();
            return Thread.interrupted();
        });
        Turns.untilWaits(interrupted);
        interrupted.thread().interrupt();
        assertThat(interrupted.await()).isTrue();
        assertThat(events).hasSize(3);
    }

    private static void startSleeper(ExecutorService executor, List<String> events) {
        Turns.untilWaits((GreenThread<?>) executor.submit(() -> sleepAndCleanUp(events)));
    }

    private static void sleepAndCleanUp(List<String> events) {
        try {
            Green.sleep(LONG);
        } finally {
            Green.sleep(Duration.ofMillis(1));
            events.add("cleaned up");
        }
    }

    @HubTest
    void aTaskThatClosesItsExecutorIsToldSo() throws Exception {
        var executor = Green.executor();
        var future = executor.submit(() -> {
            executor.close();
            return 1;
        });
        assertThatThrownBy(future::get).cause().isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("would wait for itself");
        assertThat(executor.isShutdown()).isFalse();
        executor.submit(executor::shutdown).get();
        assertThat(executor.isTerminated()).isTrue();
    }

    @HubTest
    void invokeAllGivesEveryOutcomeInTheOrderOfTheTasks() throws Exception {
        try (var executor = Green.executor()) {
            List<Callable<Integer>> tasks = List.of(() -> {
                Green.sleep(Duration.ofMillis(5));
                return 1;
            }, () -> {
                throw new IOException("broken");
            }, () -> 3);
            var futures = executor.invokeAll(tasks);
            assertThat(futures).extracting(Future::state).containsExactly(Future.State.SUCCESS, Future.State.FAILED,
                    Future.State.SUCCESS);
            assertThat(futures.get(0).get()).isEqualTo(1);
            assertThat(futures.get(2).get()).isEqualTo(3);
        }
    }

    @HubTest
    void invokeAllKillsWhatIsNotDoneInTime() throws Exception {
        try (var executor = Green.executor()) {
            List<Callable<Integer>> tasks = List.of(() -> 1, () -> {
                Green.sleep(LONG);
                return 2;
            });
            var futures = executor.invokeAll(tasks, 100, TimeUnit.MILLISECONDS);
            assertThat(futures.get(0).get()).isEqualTo(1);
            assertThatThrownBy(() -> futures.get(1).get()).isInstanceOf(CancellationException.class);
        }
    }

    @HubTest
    void invokeAnyGivesTheFirstResultAndKillsTheOthers() throws Exception {
        var events = new ArrayList<String>();
        var begun = new CountDownLatch(1);
        try (var executor = Green.executor()) {
            List<Callable<Integer>> tasks = List.of(() -> {
                throw new IOException("broken");
            }, () -> {
                begun.countDown();
                sleepAndCleanUp(events);
                return 2;
            }, () -> {
                begun.await();
                return 3;
            });
            assertThat(executor.invokeAny(tasks)).isEqualTo(3);
        }
        assertThat(events).containsExactly("cleaned up");
    }

    @HubTest
    void whatFailsAfterTheFirstResultOfInvokeAnyIsNobodysConcern() throws Exception {
        try (var executor = Green.executor()) {
            List<Callable<Integer>> tasks = List.of(() -> 1, () -> {
                throw new IOException("too late to matter");
            });
            for (int i = 0; i < 10; i++) {
                assertThat(executor.invokeAny(tasks)).isEqualTo(1);
            }
        }
    }

    @HubTest
    void invokeAnyThrowsTheLastFailureOrGivesUpInTime() throws Exception {
        try (var executor = Green.executor()) {
            Callable<Integer> fails = () -> {
                throw new IOException("broken");
            };
            assertThatThrownBy(() -> executor.invokeAny(List.of(fails, fails))).isInstanceOf(ExecutionException.class)
                    .cause().isInstanceOf(IOException.class);
            Callable<Integer> sleeps = () -> {
                Green.sleep(LONG);
                return 1;
            };
            assertThatThrownBy(() -> executor.invokeAny(List.of(fails, sleeps), 5, TimeUnit.MILLISECONDS))
                    .isInstanceOf(TimeoutException.class);
            assertThatThrownBy(() -> executor.invokeAny(List.<Callable<Integer>>of()))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @HubTest
    void itWorksFromAThreadOnNoLoop() throws Exception {
        var failure = new AtomicReference<Throwable>();
        var executor = Green.executor();
        var here = Objects.requireNonNull(EventLoop.current());
        var outside = Thread.ofPlatform().start(() -> {
            try {
                assertThat(executor.submit(() -> EventLoop.current()).get()).isSameAs(here);
                List<Callable<Integer>> tasks = List.of(() -> 1, () -> 1);
                assertThat(executor.invokeAny(tasks)).isEqualTo(1);
                assertThat(executor.invokeAll(tasks).get(1).get()).isEqualTo(1);
                assertThat(CompletableFuture.supplyAsync(() -> 5, executor).get()).isEqualTo(5);
                executor.execute(() -> Green.sleep(Duration.ofMillis(2)));
                executor.close();
                assertThat(executor.isTerminated()).isTrue();
            } catch (Throwable e) {
                failure.set(e);
            }
        });
        outside.join();
        assertThat(failure.get()).isNull();
    }

    @HubTest
    void aTaskThatCatchesItsKillMayCleanUpInsideTheJdk() throws Exception {
        var events = Collections.synchronizedList(new ArrayList<String>());
        var begun = new CountDownLatch(1);
        var latch = new CountDownLatch(1);
        var executor = Green.executor();
        executor.execute(() -> {
            begun.countDown();
            try {
                latch.await();
            } catch (InterruptedException e) {
                events.add("interrupted");
            }
        });
        begun.await();
        assertThat(executor.shutdownNow()).isEmpty();
        assertThat(executor.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
        assertThat(events).containsExactly("interrupted");
    }

    @HubTest
    void tasksAreRejectedWhenTheLoopHasClosed(HubProvider hub) throws Exception {
        var kept = new AtomicReference<ExecutorService>();
        Green.run(options -> options.hub(hub), () -> kept.set(Green.executor()));
        try (var executor = kept.get()) {
            assertThatThrownBy(() -> executor.execute(() -> {})).isInstanceOf(RejectedExecutionException.class)
                    .hasMessageContaining("has closed");
        }
    }

    @HubTest
    void aGreenletOfATaskThatClosesItsExecutorIsToldSoToo() throws Exception {
        try (var executor = Green.executor()) {
            executor.submit(() -> new Greenlet(ignored -> {
                assertThatThrownBy(executor::close).isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("a task of");
                return null;
            }).switchTo(null)).get();
        }
    }

    @HubTest
    void aKillThatComesToACloseWhichAnInterruptHasEndedIsThrown() throws Exception {
        var release = new CountDownLatch(1);
        var begun = new CountDownLatch(1);
        var cleaning = new CountDownLatch(1);
        var wentOn = new boolean[1];
        var closer = Green.spawn(() -> {
            try (var executor = Green.executor()) {
                executor.execute(() -> {
                    begun.countDown();
                    try {
                        Green.sleep(LONG);
                    } finally {
                        cleaning.countDown();
                        awaitUninterruptibly(release);
                    }
                });
            }
            wentOn[0] = true;
        });
        begun.await();
        closer.thread().interrupt();
        cleaning.await();
        closer.kill();
        release.countDown();
        assertThatThrownBy(closer::await).isInstanceOf(GreenExit.class);
        assertThat(wentOn[0]).isFalse();
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
