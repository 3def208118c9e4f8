package dev.verdant.conformance.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.conformance.HubTest;
import dev.verdant.conformance.NotSimulated;
import dev.verdant.conformance.Turns;
import dev.verdant.conformance.Uncaught;
import dev.verdant.green.EventLoop;
import dev.verdant.green.Green;
import dev.verdant.green.GreenExit;
import dev.verdant.green.GreenTask;
import dev.verdant.green.Timeout;
import dev.verdant.green.io.GreenPipe;
import dev.verdant.green.net.Net;
import dev.verdant.green.stream.DelayedCall;
import dev.verdant.green.stream.IOLoop;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

class IOLoopTest {

    private static final Duration LONG = Duration.ofSeconds(20);

    @HubTest
    void callbacksRunInTheOrderInWhichTheyWereAddedAndNotFromWithinTheCall() throws Exception {
        var io = IOLoop.current();
        var seen = new ArrayList<Integer>();
        io.addCallback(() -> {
            io.addCallback(() -> {
                seen.add(3);
                io.stop();
            });
            seen.add(1);
        });
        io.addCallback(() -> seen.add(2));
        assertThat(seen).isEmpty();
        io.start();
        assertThat(seen).containsExactly(1, 2, 3);
    }

    @HubTest
    void aStopThatCameBeforeTheStartLetsItRunOnce() throws Exception {
        var io = IOLoop.current();
        var seen = new ArrayList<Integer>();
        io.addCallback(() -> {
            seen.add(1);
            io.addCallback(() -> seen.add(2));
        });
        io.stop();
        io.start();
        assertThat(seen).containsExactly(1);
        io.stop();
        io.start();
        assertThat(seen).containsExactly(1, 2);
    }

    @HubTest
    void aLoopThatRunsCannotBeStartedAgain() throws Exception {
        var io = IOLoop.current();
        var failure = new ArrayList<Throwable>();
        io.addCallback(() -> {
            try {
                io.start();
            } catch (IllegalStateException e) {
                failure.add(e);
            }
            io.stop();
        });
        io.start();
        assertThat(failure).singleElement().asString().contains("runs already");
    }

    @HubTest
    void anyThreadMayAddACallbackAndWakesTheLoopByThat() throws Exception {
        var io = IOLoop.current();
        var onLoop = new ArrayList<Boolean>();
        var starts = new CountDownLatch(1);
        var other = Thread.ofPlatform().start(() -> {
            try {
                starts.await();
            } catch (InterruptedException e) {
                return;
            }
            io.addCallback(() -> {
                onLoop.add(io.isInCallback());
                io.stop();
            });
        });
        io.addCallback(starts::countDown);
        io.start();
        other.join();
        assertThat(onLoop).containsExactly(true);
        assertThat(io.isInCallback()).isFalse();
    }

    @HubTest
    void whatACallbackThrowsIsReportedAndTheNextGoesOn(Uncaught uncaught) throws Exception {
        var io = IOLoop.current();
        io.addCallback(() -> {
            throw new IOException("on purpose");
        });
        io.addCallback(io::stop);
        io.start();
        assertThat(uncaught.failures()).singleElement().asString().contains("on purpose");
    }

    @HubTest
    void aKillOfWhoRunsTheLoopEndsItThoughACallbackIsInTheMiddle() throws Exception {
        var io = IOLoop.current();
        var seen = new ArrayList<String>();
        io.addCallback(() -> {
            seen.add("in");
            Green.sleep(LONG);
            seen.add("out");
        });
        var runner = Green.spawn(() -> io.start());
        Turns.until(() -> !seen.isEmpty());
        runner.kill();
        assertThatThrownBy(runner::await).isInstanceOf(GreenExit.class);
        assertThat(seen).containsExactly("in");
        assertThat(io.isRunning()).isFalse();
        io.stop();
        io.start();
    }

    @HubTest
    void aTimeoutAroundTheLoopEndsIt() {
        var io = IOLoop.current();
        assertThatThrownBy(() -> Timeout.call(Duration.ofMillis(20), () -> io.start())).isInstanceOf(Timeout.class);
        assertThat(io.isRunning()).isFalse();
    }

    @HubTest
    void callbacksOfOtherLoopsAreOthers() throws Exception {
        try (var other = EventLoop.start()) {
            assertThat(IOLoop.of(other)).isNotSameAs(IOLoop.current()).isSameAs(IOLoop.of(other));
            assertThatThrownBy(() -> IOLoop.of(other).callLater(Duration.ZERO, () -> {}))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("addCallback");
        }
    }

    @HubTest
    void outsideOfALoopThereIsNone() throws Exception {
        var failure = new CompletableFuture<Throwable>();
        Thread.ofPlatform().start(() -> {
            try {
                IOLoop.current();
            } catch (IllegalStateException e) {
                failure.complete(e);
            }
        }).join();
        assertThat(failure.getNow(null)).hasMessageContaining("Green.run");
    }

    // ---- time

    @HubTest
    void delayedCallsComeByTheirTimeAndThoseOfOneTimeInTheirOrder() throws Exception {
        var io = IOLoop.current();
        var seen = new ArrayList<Integer>();
        long at = io.time() + TimeUnit.MILLISECONDS.toNanos(20);
        io.callLater(Duration.ofMillis(40), () -> {
            seen.add(4);
            io.stop();
        });
        io.callAt(at, () -> seen.add(2));
        io.callAt(at, () -> seen.add(3));
        io.callLater(Duration.ofMillis(-5), () -> seen.add(1));
        io.start();
        assertThat(seen).containsExactly(1, 2, 3, 4);
        assertThat(io.time()).isGreaterThanOrEqualTo(at);
    }

    @HubTest
    void aCallThatWasRemovedDoesNotComeThoughItsTimeHasCome() throws Exception {
        var io = IOLoop.current();
        var seen = new ArrayList<Integer>();
        var second = new DelayedCall[1];
        long at = io.time() + TimeUnit.MILLISECONDS.toNanos(5);
        var first = io.callAt(at, () -> {
            seen.add(1);
            assertThat(io.removeTimeout(second[0])).isTrue();
        });
        second[0] = io.callAt(at, () -> seen.add(2));
        io.callLater(Duration.ofMillis(30), io::stop);
        io.start();
        assertThat(seen).containsExactly(1);
        assertThat(first.isPending()).isFalse();
        assertThat(second[0].isPending()).isFalse();
        assertThat(io.removeTimeout(first)).isFalse();
    }

    // ---- stages

    @HubTest
    void runSyncBringsWhatItsStageBrings() throws Exception {
        var io = IOLoop.current();
        assertThat(io.runSync(() -> {
            var later = new CompletableFuture<String>();
            io.callLater(Duration.ofMillis(5), () -> later.complete("done"));
            return later;
        }, null)).isEqualTo("done");
        assertThat(io.<String>runSync(() -> null, LONG)).isNull();
    }

    @HubTest
    void runSyncThrowsWhatItsStageFailsWithOrItsBodyThrows() {
        var io = IOLoop.current();
        var failure = new IOException("on purpose");
        assertThatThrownBy(() -> io.runSync(() -> CompletableFuture.failedStage(failure), null)).isSameAs(failure);
        assertThatThrownBy(() -> io.runSync(() -> {
            throw failure;
        }, null)).isSameAs(failure);
        assertThatThrownBy(() -> io.runSync(() -> CompletableFuture.completedStage(1).thenApply(_ -> {
            throw new IllegalArgumentException("deep");
        }), null)).isInstanceOf(IllegalArgumentException.class);
    }

    @HubTest
    void runSyncCancelsItsStageWhenTheTimeIsOver() {
        var io = IOLoop.current();
        var never = new CompletableFuture<String>();
        assertThatThrownBy(() -> io.runSync(() -> never, Duration.ofMillis(10))).isInstanceOf(TimeoutException.class)
                .hasMessageContaining("10 ms");
        assertThat(never).isCancelled();
    }

    @HubTest
    void runSyncSaysWhenTheLoopWasStoppedBefore() {
        var io = IOLoop.current();
        assertThatThrownBy(() -> io.runSync(() -> {
            io.stop();
            return new CompletableFuture<>();
        }, null)).isInstanceOf(IllegalStateException.class).hasMessageContaining("was stopped before");
    }

    @HubTest
    @NotSimulated(NotSimulated.MACHINE)
    void workInAnExecutorDoesNotHoldTheLoopAndTwoThatMeetRunInParallel() throws Exception {
        var io = IOLoop.current();
        var meet = new java.util.concurrent.CyclicBarrier(2);
        var first = io.runInExecutor(null, () -> meet.await(10, TimeUnit.SECONDS) >= 0);
        var second = io.runInExecutor(null, () -> meet.await(10, TimeUnit.SECONDS) >= 0);
        boolean met = io.runSync(() -> first.thenCombine(second, (a, b) -> a && b && io.isInCallback()), LONG);
        assertThat(met).isTrue();
        assertThatThrownBy(() -> io.runSync(() -> io.runInExecutor(Runnable::run, () -> {
            throw new IOException("there");
        }), LONG)).hasMessage("there");
    }

    // ---- handlers

    @HubTest
    void aHandlerIsCalledForAsLongAsThereIsSomethingToRead() throws Exception {
        var io = IOLoop.current();
        try (var pipe = GreenPipe.open()) {
            var events = new ArrayList<Integer>();
            io.addHandler(pipe.source(), (_, ready) -> {
                events.add(ready);
                if (events.size() == 3) {
                    assertThat(pipe.source().recv(10)).hasSize(2);
                    io.callLater(Duration.ofMillis(5), io::stop);
                }
            }, IOLoop.READ);
            io.callLater(Duration.ofMillis(5), () -> {
                assertThat(events).isEmpty();
                pipe.sink().sendAll(new byte[2]);
            });
            io.start();
            assertThat(events).containsExactly(IOLoop.READ, IOLoop.READ, IOLoop.READ);
            io.removeHandler(pipe.source());
        }
    }

    @HubTest
    void aHandlerIsCalledForWhatItAskedForAndNothingElse() throws Exception {
        var io = IOLoop.current();
        try (var listener = Net.listen(new InetSocketAddress("127.0.0.1", 0));
                var client = Net.connect(listener.getLocalSocketAddress());
                var server = listener.accept()) {
            var events = new ArrayList<Integer>();
            io.addHandler(server, (_, ready) -> {
                events.add(ready);
                if (ready == IOLoop.WRITE) {
                    io.updateHandler(server, IOLoop.READ);
                    client.sendAll(new byte[1]);
                } else {
                    server.recv(1);
                    io.stop();
                }
            }, IOLoop.WRITE);
            io.start();
            assertThat(events).containsExactly(IOLoop.WRITE, IOLoop.READ);
            io.removeHandler(server);
        }
    }

    @HubTest
    void aListenersHandlerAcceptsWhoComes() throws Exception {
        var io = IOLoop.current();
        try (var listener = Net.listen(new InetSocketAddress("127.0.0.1", 0))) {
            io.addHandler(listener, (channel, _) -> {
                assertThat(channel).isSameAs(listener);
                listener.accept().close();
                io.stop();
            }, IOLoop.READ);
            try (var _ = Net.connect(listener.getLocalSocketAddress())) {
                io.start();
            }
            io.removeHandler(listener);
        }
    }

    @HubTest
    void theEndOfTheOtherSideIsToldAsAnErrorToWhoAskedForThat() throws Exception {
        var io = IOLoop.current();
        try (var listener = Net.listen(new InetSocketAddress("127.0.0.1", 0))) {
            var client = Net.connect(listener.getLocalSocketAddress());
            var server = listener.accept();
            var events = new ArrayList<Integer>();
            io.addHandler(server, (_, ready) -> {
                events.add(ready);
                io.removeHandler(server);
                io.stop();
            }, IOLoop.READ | IOLoop.ERROR);
            client.close();
            io.start();
            assertThat(events.getFirst() & IOLoop.READ).isEqualTo(IOLoop.READ);
            server.close();
        }
    }

    @HubTest
    void aHandlerThatAnotherOneRemovesIsNotCalledAnyMore() throws Exception {
        var io = IOLoop.current();
        try (var first = GreenPipe.open(); var second = GreenPipe.open()) {
            var seen = new ArrayList<String>();
            io.addHandler(first.source(), (_, _) -> {
                seen.add("first");
                io.removeHandler(first.source());
                io.removeHandler(second.source());
            }, IOLoop.READ);
            io.addHandler(second.source(), (_, _) -> {
                seen.add("second");
                io.removeHandler(first.source());
                io.removeHandler(second.source());
            }, IOLoop.READ);
            first.sink().sendAll(new byte[1]);
            second.sink().sendAll(new byte[1]);
            io.callLater(Duration.ofMillis(20), io::stop);
            io.start();
            assertThat(seen).hasSize(1);
        }
    }

    @HubTest
    void aChannelHasOneHandler() throws Exception {
        var io = IOLoop.current();
        try (var pipe = GreenPipe.open()) {
            io.addHandler(pipe.source(), (_, _) -> {}, IOLoop.READ);
            assertThatThrownBy(() -> io.addHandler(pipe.source(), (_, _) -> {}, IOLoop.READ))
                    .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("watched by");
            io.removeHandler(pipe.source());
            io.removeHandler(pipe.source());
            assertThatThrownBy(() -> io.updateHandler(pipe.source(), IOLoop.READ))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("addHandler comes first");
            assertThatThrownBy(() -> io.addHandler(pipe.source(), (_, _) -> {}, 2))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("events: 2 (expected: READ, WRITE, ERROR, added)");
            io.addHandler(pipe.source(), (_, _) -> {}, IOLoop.READ);
            io.removeHandler(pipe.source());
        }
    }

    @HubTest
    void aHandlerOfAChannelThatIsClosedIsToldSoAndForgotten() throws Exception {
        var io = IOLoop.current();
        var pipe = GreenPipe.open();
        var events = new ArrayList<Integer>();
        io.addHandler(pipe.source(), (_, ready) -> {
            events.add(ready);
            io.stop();
        }, IOLoop.READ | IOLoop.ERROR);
        io.addCallback(pipe::close);
        io.start();
        assertThat(events).containsExactly(IOLoop.ERROR);
        assertThatThrownBy(() -> io.updateHandler(pipe.source(), IOLoop.READ))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @HubTest
    void callbacksThatLeadToTheNextLetTheRestOfTheLoopGoOn() throws Exception {
        var io = IOLoop.current();
        var other = Green.spawn(() -> {
            for (int i = 0; i < 10; i++) {
                Green.sleep();
            }
            io.stop();
        });
        List<GreenTask> again = new ArrayList<>();
        again.add(() -> io.addCallback(again.getFirst()));
        io.addCallback(again.getFirst());
        io.start();
        other.await();
        io.stop();
        again.set(0, () -> {});
        io.start();
    }
}
