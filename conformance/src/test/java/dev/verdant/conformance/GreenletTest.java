package dev.verdant.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.green.EventLoop;
import dev.verdant.green.Green;
import dev.verdant.green.GreenExit;
import dev.verdant.green.GreenInterruptedException;
import dev.verdant.green.GreenThread;
import dev.verdant.green.Greenlet;
import dev.verdant.green.Timeout;
import dev.verdant.green.pool.NativePool;
import dev.verdant.hub.HubProvider;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.NullUnmarked;

@NullUnmarked // values are what the greenlets agree on
@AnyOrder
class GreenletTest {

    private static final Duration SHORT = Duration.ofMillis(5);
    private static final Duration LONG = Duration.ofSeconds(100);

    private static Object toParent(Object value) {
        return Greenlet.current().parent().switchTo(value);
    }

    @HubTest
    void theClassicProgramPrints12Then56Then34() throws Exception {
        Green.spawn(() -> {
            var printed = new ArrayList<Integer>();
            var two = new AtomicReference<Greenlet>();
            var one = new Greenlet(nothing -> {
                printed.add(12);
                two.get().switchTo(null);
                printed.add(34);
                return null;
            });
            two.set(new Greenlet(nothing -> {
                printed.add(56);
                one.switchTo(null);
                printed.add(78);
                return null;
            }));
            one.switchTo(null);
            assertThat(printed).containsExactly(12, 56, 34);
            assertThat(one.isDead()).isTrue();
            assertThat(two.get().isDead()).isFalse();
        }).await();
    }

    @HubTest
    void valuesGoBothWays() throws Exception {
        Green.spawn(() -> {
            var adder = new Greenlet(first -> {
                int sum = (Integer) first;
                while (true) {
                    sum += (Integer) toParent(sum);
                }
            });
            assertThat(adder.switchTo(1)).isEqualTo(1);
            assertThat(adder.switchTo(2)).isEqualTo(3);
            assertThat(adder.switchTo(4)).isEqualTo(7);
        }).await();
    }

    @HubTest
    void aGreenletThatReturnsGivesItsResultToItsParentWhoeverSwitchedToItLast() throws Exception {
        Green.spawn(() -> {
            var events = new ArrayList<String>();
            var parent = new Greenlet(child -> {
                events.add("parent got " + ((Greenlet) child).switchTo("begin"));
                return "parent's result";
            });
            var child = new Greenlet(parent, begin -> {
                parent.parent().switchTo("suspended " + begin);
                return "child's result";
            });
            assertThat(parent.switchTo(child)).isEqualTo("suspended begin");
            assertThat(child.switchTo("go on")).isEqualTo("parent's result");
            assertThat(events).containsExactly("parent got child's result");
            assertThat(child.parent()).isSameAs(parent);
            assertThat(parent.isDead()).isTrue();
        }).await();
    }

    @HubTest
    void whatItThrowsIsThrownInItsParentTheVeryObject() {
        var failure = new IllegalStateException("broken");
        var fails = new Greenlet(nothing -> {
            toParent("suspended");
            throw failure;
        });
        assertThat(fails.switchTo(null)).isEqualTo("suspended");
        assertThatThrownBy(() -> fails.switchTo(null)).isSameAs(failure);
        assertThat(fails.isDead()).isTrue();
    }

    @HubTest
    void aGreenExitEndsItWithoutNoiseAndTheParentGetsThatObject() {
        var exit = new GreenExit("enough");
        var events = new ArrayList<String>();
        var one = new Greenlet(nothing -> {
            try {
                return toParent(null);
            } finally {
                events.add("finally");
            }
        });
        one.switchTo(null);
        assertThat(one.throwInto(exit)).isSameAs(exit);
        assertThat(events).containsExactly("finally");
        assertThat(new Greenlet(nothing -> {
            throw exit;
        }).switchTo(null)).isSameAs(exit);
    }

    @HubTest
    void aSwitchToADeadOneGoesToTheNextAboveThatLives() {
        var parent = new Greenlet(child -> ((Greenlet) child).switchTo(null));
        var child = new Greenlet(parent, nothing -> "result");
        assertThat(parent.switchTo(child)).isEqualTo("result");
        assertThat(child.isDead()).isTrue();
        assertThat(parent.isDead()).isTrue();
        assertThat(child.switchTo("comes back")).isEqualTo("comes back");
        var failure = new IllegalStateException("comes back");
        assertThatThrownBy(() -> child.throwInto(failure)).isSameAs(failure);
        var exit = new GreenExit();
        assertThat(child.throwInto(exit)).isSameAs(exit);
    }

    @HubTest
    void whatIsThrownIntoOneThatHasNotBegunKillsItAndGoesToItsParent() {
        var ran = new ArrayList<String>();
        var failure = new IllegalStateException("never begins");
        var one = new Greenlet(nothing -> ran.add("ran"));
        assertThatThrownBy(() -> one.throwInto(failure)).isSameAs(failure);
        assertThat(one.isDead()).isTrue();
        var two = new Greenlet(nothing -> ran.add("ran"));
        var exit = new GreenExit();
        assertThat(two.throwInto(exit)).isSameAs(exit);
        assertThat(ran).isEmpty();
    }

    @HubTest
    void aParentThatHasNotBegunBeginsWithTheResultOfItsChild() {
        var parent = new Greenlet(result -> "parent began with " + result);
        var child = new Greenlet(parent, nothing -> "the child's result");
        assertThat(child.switchTo(null)).isEqualTo("parent began with the child's result");
    }

    @HubTest
    void whatIsThrownIntoASuspendedOneIsThrownThereAndMayBeCaught() {
        var caught = new AtomicReference<Throwable>();
        var one = new Greenlet(nothing -> {
            try {
                return toParent("suspended");
            } catch (IllegalStateException e) {
                caught.set(e);
                return "recovered";
            }
        });
        one.switchTo(null);
        var failure = new IllegalStateException("thrown in");
        assertThat(one.throwInto(failure)).isEqualTo("recovered");
        assertThat(caught.get()).isSameAs(failure);
    }

    @HubTest
    void currentIsTheRootOfTheGreenThreadOrTheGreenletThatRuns() throws Exception {
        var root = Greenlet.current();
        assertThat(root).isSameAs(Greenlet.current()).hasToString("the root greenlet");
        assertThat(root.parent()).isNull();
        assertThat(root.isDead()).isFalse();
        assertThat(root.switchTo("to myself")).isEqualTo("to myself");
        var inner = new AtomicReference<Greenlet>();
        var one = new Greenlet(nothing -> {
            inner.set(Greenlet.current());
            return null;
        });
        one.switchTo(null);
        assertThat(inner.get()).isSameAs(one);
        assertThat(one.parent()).isSameAs(root);
        assertThat(Green.spawn(() -> Greenlet.current()).await()).isNotSameAs(root);
    }

    @HubTest
    void aGreenletSeesTheGreenThreadItBelongsTo() {
        var main = Green.current();
        var one = new Greenlet(nothing -> Green.current());
        assertThat(one.switchTo(null)).isSameAs(main);
    }

    @HubTest
    void itBelongsToTheGreenThreadThatMadeIt(HubProvider hub) throws Exception {
        var mine = new Greenlet(nothing -> "mine");
        var other = Green.spawn("other", () -> mine.switchTo(null));
        assertThatThrownBy(other::await).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("belongs to the green thread 'main'").hasMessageContaining("'other'");
        try (var elsewhere = EventLoop.start(options -> options.hub(hub))) {
            var there = elsewhere.spawn(() -> mine.switchTo(null));
            assertThatThrownBy(there::await).isInstanceOf(IllegalStateException.class);
        }
        var thrown = new AtomicReference<Throwable>();
        Thread.ofPlatform().start(() -> {
            try {
                mine.switchTo(null);
            } catch (IllegalStateException e) {
                thrown.set(e);
            }
        }).join();
        assertThat(thrown.get()).hasMessageContaining("Greenlet.switchTo").hasMessageContaining("Green.run");
        assertThatThrownBy(() -> Green.spawn(() -> new Greenlet(mine, nothing -> null)).await())
                .isInstanceOf(IllegalStateException.class).hasMessageContaining("belongs to");
        assertThat(mine.switchTo(null)).isEqualTo("mine");
    }

    @HubTest
    void theGreenThreadWaitsWhileItsGreenletDoesAndOthersRun() throws Exception {
        var events = new ArrayList<String>();
        var other = new AtomicReference<GreenThread<?>>();
        var one = new Greenlet(nothing -> {
            other.set(Green.spawn(() -> events.add("other")));
            events.add("before");
            Timeouts.until(() -> other.get().isDone());
            events.add("after");
            return null;
        });
        one.switchTo(null);
        events.add("root");
        assertThat(events).containsExactly("before", "other", "after", "root");
        other.get().await();
    }

    // ---- timeouts, kills and interrupts

    @HubTest
    void aTimeoutAroundASwitchHoldsWhereverTheGreenletWaits() {
        var events = new ArrayList<String>();
        var inVerdant = new Greenlet(nothing -> {
            try {
                Green.sleep(LONG);
                return null;
            } finally {
                events.add("finally");
            }
        });
        assertThatThrownBy(() -> Timeout.call(SHORT, () -> inVerdant.switchTo(null))).isInstanceOf(Timeout.class)
                .hasMessage("5 ms");
        assertThat(inVerdant.isDead()).isTrue();
        var never = new CountDownLatch(1);
        var inJdk = new Greenlet(nothing -> {
            try {
                never.await();
                return null;
            } catch (InterruptedException e) {
                events.add("interrupted");
                throw new IllegalStateException(e);
            }
        });
        assertThatThrownBy(() -> Timeout.call(SHORT, () -> inJdk.switchTo(null))).isInstanceOf(Timeout.class);
        assertThat(events).containsExactly("finally", "interrupted");
        assertThat(Thread.currentThread().isInterrupted()).isFalse();
        Green.sleep();
    }

    @HubTest
    void aTimeoutThatPassesWhileAGreenletRunsComesAtTheNextWaitOfWhoeverRunsThen() {
        var busy = new Greenlet(nothing -> {
            spin();
            return "back";
        });
        assertThatThrownBy(() -> Timeout.call(Duration.ofMillis(1), () -> {
            assertThat(busy.switchTo(null)).isEqualTo("back");
            Green.sleep(LONG);
        })).isInstanceOf(Timeout.class);
    }

    /** Holds the loop, so that time passes; the loop learns of it only in a turn. */
    private static void spin() {
        long end = System.nanoTime() + 3_000_000;
        while (System.nanoTime() < end) {
            Thread.onSpinWait();
        }
    }

    @HubTest
    void aTimeoutThatAGreenletSetWaitsWhileAnotherRunsThatIsNotBelow() {
        var one = new Greenlet(nothing -> {
            try {
                return Timeout.callOrElse(SHORT, () -> {
                    toParent("deadline set");
                    Green.sleep(LONG);
                    return "not reached";
                }, "timed out");
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        });
        assertThat(one.switchTo(null)).isEqualTo("deadline set");
        Green.sleep(Duration.ofMillis(20));
        assertThat(one.switchTo(null)).isEqualTo("timed out");
    }

    @HubTest
    void aKillOfTheGreenThreadReachesTheGreenletThatRunsAndGoesAllTheWayUp() {
        var events = new ArrayList<String>();
        var runs = new AtomicBoolean();
        var victim = Green.spawn(() -> {
            var outer = new Greenlet(nothing -> {
                try {
                    return new Greenlet(none -> {
                        try {
                            runs.set(true);
                            Green.sleep(LONG);
                            return null;
                        } finally {
                            events.add("inner");
                        }
                    }).switchTo(null);
                } finally {
                    events.add("outer");
                }
            });
            try {
                outer.switchTo(null);
                events.add("not reached");
            } finally {
                events.add("root");
            }
        });
        Turns.until(runs::get);
        victim.kill();
        assertThatThrownBy(victim::await).isInstanceOf(GreenExit.class);
        assertThat(events).containsExactly("inner", "outer", "root");
        assertThat(victim.isCancelled()).isTrue();
    }

    @HubTest
    @SuppressWarnings("ThreadPriorityCheck") // a way to let others run that is no wait of Verdant's
    void aKillThatComesToAGreenletWhichEndsBeforeItsNextWaitGoesUpWithIt() {
        var events = new ArrayList<String>();
        var running = new AtomicBoolean();
        var killed = new AtomicBoolean();
        var victim = Green.spawn(() -> {
            events.add("got " + new Greenlet(nothing -> {
                running.set(true);
                while (!killed.get()) {
                    Thread.yield();
                }
                return "result";
            }).switchTo(null));
            Green.sleep(LONG);
            events.add("not reached");
        });
        while (!running.get()) {
            Green.sleep();
        }
        victim.kill();
        killed.set(true);
        assertThatThrownBy(victim::await).isInstanceOf(GreenExit.class);
        assertThat(events).containsExactly("got result");
    }

    @HubTest
    void aGreenletMayKillItsGreenThread() {
        var events = new ArrayList<String>();
        var victim = Green.spawn(() -> {
            new Greenlet(nothing -> {
                Green.current().kill();
                return events.add("not reached");
            }).switchTo(null);
            events.add("not reached either");
        });
        assertThatThrownBy(victim::await).isInstanceOf(GreenExit.class);
        assertThat(events).isEmpty();
    }

    @HubTest
    void anInterruptOfTheGreenThreadReachesTheGreenletThatRuns() {
        var runs = new AtomicBoolean();
        var thread = Green.spawn(() -> new Greenlet(nothing -> {
            runs.set(true);
            Green.sleep(LONG);
            return null;
        }).switchTo(null));
        Turns.until(runs::get);
        thread.thread().interrupt();
        assertThatThrownBy(thread::await).isInstanceOf(GreenInterruptedException.class);
    }

    @HubTest
    void anInterruptedThreadDoesNotSwitch() {
        var ran = new ArrayList<String>();
        var one = new Greenlet(nothing -> ran.add("ran"));
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> one.switchTo(null)).isInstanceOf(GreenInterruptedException.class);
        assertThat(Thread.currentThread().isInterrupted()).isFalse();
        assertThat(ran).isEmpty();
        assertThat(one.switchTo(null)).isEqualTo(true);
    }

    @HubTest
    void anyThreadMayLookAtOneAndOnlyItsOwnMaySwitch() throws Exception {
        var one = new Greenlet(nothing -> toParent(null));
        one.switchTo(null);
        var looks = new Callable<Boolean>() {

            @Override
            public Boolean call() {
                assertThat(one.parent()).isNotNull();
                assertThat(one).hasToString(one.toString());
                assertThatThrownBy(() -> one.switchTo(null)).isInstanceOf(IllegalStateException.class);
                return one.isDead();
            }
        };
        assertThat(Green.spawn(looks).await()).isFalse();
        assertThat(NativePool.execute(looks)).isFalse();
        one.switchTo(null);
        assertThat(Green.spawn(looks).await()).isTrue();
        assertThat(NativePool.execute(looks)).isTrue();
    }

    // ---- nobody is left behind

    @HubTest
    void whenTheGreenThreadEndsItsGreenletsCleanUpBeforeItHasEnded() throws Exception {
        var events = new ArrayList<String>();
        var thread = Green.spawn(() -> {
            for (int i = 0; i < 3; i++) {
                var one = new Greenlet(number -> {
                    try {
                        toParent(null);
                        return events.add("not reached");
                    } catch (GreenExit e) {
                        Green.sleep(Duration.ofMillis(1));
                        events.add(number + " " + e.getMessage());
                        throw e;
                    }
                });
                one.switchTo(i);
            }
            var stubborn = new Greenlet(nothing -> {
                while (true) {
                    try {
                        toParent(null);
                    } catch (GreenExit e) {
                        events.add("stubborn");
                        return null;
                    }
                }
            });
            stubborn.switchTo(null);
        });
        thread.await();
        assertThat(events).containsExactly("0 its green thread has ended", "1 its green thread has ended",
                "2 its green thread has ended", "stubborn");
    }

    @HubTest
    void whatBeginsWhileTheGreenletsOfAGreenThreadCleanUpCleansUpToo() throws Exception {
        var events = new ArrayList<String>();
        var kept = new ArrayList<Greenlet>();
        Green.spawn(() -> {
            var early = new Greenlet(nothing -> {
                try {
                    return toParent(null);
                } finally {
                    var late = new Greenlet(no -> {
                        try {
                            return toParent(null);
                        } finally {
                            events.add("late");
                        }
                    });
                    kept.add(late);
                    late.switchTo(null);
                    events.add("early");
                }
            });
            kept.add(early);
            early.switchTo(null);
        }).await();
        assertThat(events).containsExactly("early", "late");
        assertThat(kept).hasSize(2).allMatch(Greenlet::isDead);
    }

    @HubTest
    void whatAGreenletThrowsWhenItsGreenThreadHasEndedIsReported(Uncaught uncaught) throws Exception {
        Green.spawn(() -> new Greenlet(nothing -> {
            try {
                return toParent(null);
            } finally {
                throwIllegalState();
            }
        }).switchTo(null)).await();
        assertThat(uncaught.failures()).extracting(Throwable::getMessage).containsExactly("while cleaning up");
    }

    private static void throwIllegalState() {
        throw new IllegalStateException("while cleaning up");
    }

    @HubTest
    void aDroppedOneIsKilledSoThatItsFinallyBlocksRun() throws Exception {
        Green.spawn(() -> {
            var cleanedUp = new CountDownLatch(2);
            var messages = new ArrayList<String>();
            dropOne(cleanedUp, messages);
            var kept = new Greenlet(nothing -> toParent(null));
            kept.switchTo(null);
            awaitWithCollections(cleanedUp);
            assertThat(messages).containsExactly("nothing refers to it any more", "cleaned up");
            assertThat(kept.isDead()).isFalse();
            assertThat(kept.switchTo("kept")).isEqualTo("kept");
        }).await();
    }

    private static void dropOne(CountDownLatch cleanedUp, List<String> messages) {
        new Greenlet(nothing -> {
            try {
                return toParent(null);
            } catch (GreenExit e) {
                messages.add(e.getMessage());
                cleanedUp.countDown();
                throw e;
            } finally {
                Green.sleep(Duration.ofMillis(1));
                messages.add("cleaned up");
                cleanedUp.countDown();
            }
        }).switchTo(null);
    }

    private static void awaitWithCollections(CountDownLatch latch) {
        for (int i = 0; i < 500 && latch.getCount() > 0; i++) {
            System.gc();
            Green.sleep(Duration.ofMillis(10));
        }
        assertThat(latch.getCount()).isZero();
    }

    @HubTest
    void aDroppedOneThatIsAboveOneThatIsKeptLives() throws Exception {
        Green.spawn(() -> {
            var events = new ArrayList<String>();
            var dropped = new AtomicReference<WeakReference<Greenlet>>();
            var child = new AtomicReference<Greenlet>();
            makeFamily(events, dropped, child);
            for (int i = 0; i < 10; i++) {
                System.gc();
                Green.sleep(SHORT);
            }
            assertThat(events).isEmpty();
            assertThat(child.get().switchTo("go on")).isEqualTo("parent got child's go on");
            assertThat(events).containsExactly("parent ends");
        }).await();
    }

    private static void makeFamily(List<String> events, AtomicReference<WeakReference<Greenlet>> dropped,
            AtomicReference<Greenlet> child) {
        var root = Greenlet.current();
        var parent = new Greenlet(nothing -> {
            try {
                return "parent got " + root.switchTo(null);
            } finally {
                events.add("parent ends");
            }
        });
        parent.switchTo(null);
        child.set(new Greenlet(parent, nothing -> "child's " + root.switchTo(null)));
        child.get().switchTo(null);
        dropped.set(new WeakReference<>(parent));
    }

    @HubTest
    void aLoopThatClosesEndsGreenletsToo(HubProvider hub) throws Exception {
        var events = new ArrayList<String>();
        // Where no time passes the loop's patience lasts for ever: it closes only when all have ended by themselves.
        Green.run(options -> options.hub(Timeless.version(hub)), () -> {
            var runs = new CountDownLatch(1);
            Green.spawn(() -> {
                var suspended = new Greenlet(nothing -> {
                    try {
                        return toParent(null);
                    } finally {
                        Green.sleep();
                        events.add("suspended");
                    }
                });
                suspended.switchTo(null);
                new Greenlet(nothing -> {
                    try {
                        runs.countDown();
                        Green.sleep(LONG);
                        return null;
                    } finally {
                        Green.sleep();
                        events.add("running");
                    }
                }).switchTo(null);
            });
            runs.await();
        });
        assertThat(events).containsExactly("running", "suspended");
    }

    // ---- many

    @HubTest
    void aRingOfAThousandPassesAValueOnAndOn() throws Exception {
        Green.spawn(() -> {
            var ring = new ArrayList<Greenlet>();
            var root = Greenlet.current();
            int size = 1000;
            for (int i = 0; i < size; i++) {
                int next = i + 1;
                ring.add(new Greenlet(value -> {
                    Object held = value;
                    while (true) {
                        held = (next < size ? ring.get(next) : root).switchTo((Integer) held + 1);
                    }
                }));
            }
            Object value = 0;
            int rounds = Counts.of(1000);
            for (int round = 0; round < rounds; round++) {
                value = ring.get(0).switchTo(value);
            }
            assertThat(value).isEqualTo(rounds * size);
        }).await();
    }

    @HubTest
    void generatorsMayNest() throws Exception {
        Green.spawn(() -> {
            var numbers = numbersOf(3);
            var pairs = new Greenlet(root -> {
                for (Object left = numbers.switchTo(Greenlet.current()); left != null; left = numbers.switchTo(null)) {
                    var inner = numbersOf(2);
                    for (Object right = inner.switchTo(Greenlet.current()); right != null; right = inner
                            .switchTo(null)) {
                        toParent(left + "" + right);
                    }
                }
                return null;
            });
            var seen = new ArrayList<Object>();
            for (Object pair = pairs.switchTo(null); pair != null; pair = pairs.switchTo(null)) {
                seen.add(pair);
            }
            assertThat(seen).containsExactly("00", "01", "10", "11", "20", "21");
        }).await();
    }

    /** Counts for whoever it is told to at first. */
    private static Greenlet numbersOf(int end) {
        return new Greenlet(reader -> {
            for (int i = 0; i < end; i++) {
                ((Greenlet) reader).switchTo(i);
            }
            ((Greenlet) reader).switchTo(null);
            return null;
        });
    }

    @HubTest
    void greenThreadsWithGreenletsDoNotDisturbEachOther() throws Exception {
        var threads = new ArrayList<GreenThread<Integer>>();
        for (int i = 0; i < 50; i++) {
            threads.add(Green.spawn(() -> {
                var counter = new Greenlet(nothing -> {
                    for (int n = 0;; n++) {
                        Green.sleep();
                        toParent(n);
                    }
                });
                int sum = 0;
                for (int n = 0; n < 20; n++) {
                    sum += (Integer) counter.switchTo(null);
                }
                return sum;
            }));
        }
        for (var thread : threads) {
            assertThat(thread.await()).isEqualTo(190);
        }
    }
}
