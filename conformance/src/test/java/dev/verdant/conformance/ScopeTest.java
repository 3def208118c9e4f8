package dev.verdant.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.verdant.green.EventLoop;
import dev.verdant.green.Green;
import dev.verdant.green.GreenExit;
import dev.verdant.green.GreenScope;
import dev.verdant.green.GreenThread;
import dev.verdant.green.LoopClosedException;
import dev.verdant.green.Timeout;
import dev.verdant.hub.HubProvider;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.NullUnmarked;

@NullUnmarked // AtomicReferences are set before they are read
@AnyOrder
class ScopeTest {

    private static final Duration LONG = Duration.ofSeconds(100);

    @HubTest
    void joinAllWaitsForAllAndForThoseThatMembersSpawn() throws Exception {
        var events = new ArrayList<String>();
        try (var scope = Green.scope()) {
            var first = scope.spawn(() -> {
                Green.sleep();
                scope.spawn(() -> {
                    Green.sleep(Duration.ofMillis(2));
                    events.add("grandchild");
                });
                return 7;
            });
            scope.spawn(() -> events.add("second"));
            scope.joinAll();
            assertThat(events).containsExactlyInAnyOrder("second", "grandchild");
            assertThat(first.await()).isEqualTo(7);
            scope.spawn(() -> events.add("after"));
            scope.joinAll();
        }
        assertThat(events).hasSize(3).endsWith("after");
    }

    @HubTest
    void aFailureKillsTheRestAndJoinAllThrowsItWhenTheyHaveEnded() {
        var failure = new IOException("broken");
        var events = new ArrayList<String>();
        try (var scope = Green.scope()) {
            var inVerdant = scope.spawn(() -> {
                try {
                    Green.sleep(LONG);
                } catch (GreenExit e) {
                    Green.sleep(Duration.ofMillis(1));
                    events.add(e.getMessage());
                    throw e;
                }
            });
            var inJdk = scope.spawn(() -> Thread.sleep(100_000));
            scope.spawn(() -> {
                Turns.untilWaits(inVerdant);
                Turns.untilWaits(inJdk);
                scope.spawn(() -> events.add("never begins"));
                throw failure;
            });
            assertThatThrownBy(scope::joinAll).isSameAs(failure).hasNoSuppressedExceptions();
            assertThat(events).containsExactly("another member of its scope has failed");
        }
    }

    @HubTest
    void whatTheOthersThrowOnTheirWayOutIsSuppressedInTheFirstFailure() {
        var failure = new IOException("first");
        var second = new IOException("while cleaning up");
        try (var scope = Green.scope()) {
            var other = scope.spawn(() -> {
                try {
                    Green.sleep(LONG);
                } catch (GreenExit e) {
                    throw second;
                }
            });
            scope.spawn(() -> {
                Turns.untilWaits(other);
                throw failure;
            });
            assertThatThrownBy(scope::joinAll).isSameAs(failure)
                    .satisfies(e -> assertThat(e.getSuppressed()).containsExactly(second));
        }
    }

    @HubTest
    void joinAllThrowsTheVerySameFailureEachTime() {
        var failure = new IOException("broken");
        try (var scope = Green.scope()) {
            scope.spawn(() -> {
                throw failure;
            });
            assertThatThrownBy(scope::joinAll).isSameAs(failure);
            assertThatThrownBy(scope::joinAll).isSameAs(failure);
        }
    }

    @HubTest
    void spawnIsRefusedAfterAFailureAndAfterClose() {
        var kept = new AtomicReference<GreenScope>();
        try (var scope = Green.scope()) {
            kept.set(scope);
            scope.spawn(() -> {
                throw new IOException("broken");
            });
            assertThatThrownBy(scope::joinAll).isInstanceOf(IOException.class);
            assertThatThrownBy(() -> scope.spawn(() -> 1)).isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("has failed").hasRootCauseMessage("broken");
        }
        try (var scope = Green.scope()) {
            kept.set(scope);
        }
        assertThatThrownBy(() -> kept.get().spawn(() -> 1)).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
        kept.get().close();
    }

    @HubTest
    void closeKillsWhatStillRunsAndWaitsForItsCleanUp() {
        var events = new ArrayList<String>();
        try (var scope = Green.scope()) {
            for (int i = 0; i < 3; i++) {
                Turns.untilWaits(scope.spawn(() -> {
                    try {
                        Green.sleep(LONG);
                    } finally {
                        Green.sleep(Duration.ofMillis(2));
                        events.add("cleaned up");
                    }
                }));
            }
            Turns.untilEnds(scope.spawn(() -> events.add("ran")));
            scope.spawn(() -> events.add("never begins"));
        }
        assertThat(events).containsExactly("ran", "cleaned up", "cleaned up", "cleaned up");
    }

    @HubTest
    void nothingOutlivesAScopeWhoseOwnerIsKilledOrTimedOut() {
        var events = new ArrayList<String>();
        var member = new AtomicReference<GreenThread<?>>();
        var owner = Green.spawn(() -> {
            try (var scope = Green.scope()) {
                member.set(scope.spawn(() -> sleepAndCleanUp(events)));
                scope.joinAll();
            } finally {
                events.add("owner ends");
            }
        });
        Turns.until(() -> member.get() != null);
        Turns.untilWaits(member.get());
        owner.kill();
        assertThatThrownBy(owner::await).isInstanceOf(GreenExit.class);
        assertThatThrownBy(() -> Timeout.call(Duration.ofMillis(100), () -> {
            try (var scope = Green.scope()) {
                scope.spawn(() -> sleepAndCleanUp(events));
                scope.joinAll();
            } finally {
                events.add("owner ends");
            }
        })).isInstanceOf(Timeout.class);
        assertThat(events).containsExactly("cleaned up", "owner ends", "cleaned up", "owner ends");
    }

    private static void sleepAndCleanUp(List<String> events) {
        try {
            Green.sleep(LONG);
        } finally {
            Green.sleep(Duration.ofMillis(2));
            events.add("cleaned up");
        }
    }

    @HubTest
    void aSecondKillOfTheOwnerDoesNotMakeCloseLeaveAMemberBehind() {
        var events = new ArrayList<String>();
        var second = new IOException("the second kill");
        var mayEnd = new CountDownLatch(1);
        var member = new AtomicReference<GreenThread<?>>();
        var owner = Green.spawn(() -> {
            try (var scope = Green.scope()) {
                member.set(scope.spawn(() -> {
                    try {
                        Green.sleep(LONG);
                    } finally {
                        await(mayEnd);
                        events.add("cleaned up");
                    }
                }));
                Green.sleep(LONG);
            } finally {
                events.add("owner ends");
            }
        });
        Turns.until(() -> member.get() != null);
        Turns.untilWaits(member.get());
        owner.kill();
        Turns.untilWaits(owner);
        owner.kill(second);
        Turns.untilWaits(owner);
        assertThat(events).isEmpty();
        mayEnd.countDown();
        assertThatThrownBy(owner::await).isSameAs(second);
        assertThat(events).containsExactly("cleaned up", "owner ends");
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @HubTest
    void aMemberThatIsKilledHasNotFailed() throws Exception {
        try (var scope = Green.scope()) {
            var other = scope.spawn(() -> {
                Green.sleep(Duration.ofMillis(2));
                return "undisturbed";
            });
            var victim = scope.spawn(() -> Green.sleep(LONG));
            Turns.untilWaits(victim);
            victim.kill();
            scope.joinAll();
            assertThat(other.await()).isEqualTo("undisturbed");
        }
    }

    @HubTest
    void onlyTheOwnerJoinsAndCloses() throws Exception {
        try (var scope = Green.scope()) {
            var member = scope.spawn(() -> {
                assertThatThrownBy(scope::joinAll).isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("joinAll").hasMessageContaining("'main'");
                assertThatThrownBy(scope::close).isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("close").hasMessageContaining("'main'");
            });
            scope.joinAll();
            member.await();
        }
    }

    @HubTest
    void anyThreadMaySpawnAndTheMemberRunsOnTheOwnersLoop() throws Exception {
        var here = EventLoop.current();
        var loop = new AtomicReference<EventLoop>();
        try (var scope = Green.scope()) {
            var outside = Thread.ofPlatform().start(() -> scope.spawn(() -> loop.set(EventLoop.current())));
            outside.join();
            scope.joinAll();
        }
        assertThat(loop.get()).isSameAs(here);
    }

    @HubTest
    void aFailureThatJoinAllNeverThrewIsReported(Uncaught uncaught, HubProvider hub) throws Exception {
        Green.run(options -> options.hub(hub).onUncaught((thread, e) -> uncaught.add(e)), () -> {
            try (var scope = Green.scope()) {
                Turns.untilEnds(scope.spawn(() -> {
                    throw new IOException("unseen");
                }));
            }
        });
        assertThat(uncaught.failures()).singleElement().isInstanceOf(IOException.class);
    }

    @HubTest
    void aLoopThatClosesEndsAScope(HubProvider hub) throws Exception {
        var events = new ArrayList<String>();
        Green.run(options -> options.hub(hub), () -> {
            var runs = new CountDownLatch(1);
            Green.spawn(() -> {
                try (var scope = Green.scope()) {
                    scope.spawn(() -> {
                        runs.countDown();
                        try {
                            Green.sleep(LONG);
                        } catch (GreenExit | LoopClosedException e) {
                            events.add("member");
                        }
                    });
                    scope.joinAll();
                } finally {
                    events.add("owner");
                }
            });
            runs.await();
        });
        assertThat(events).containsExactly("member", "owner");
    }

    @HubTest
    void nothingOutlivesAScopeWhoseOwnerIsKilledWithAnIllegalState() throws Exception {
        var events = new ArrayList<String>();
        var begun = new CountDownLatch(1);
        var cleaning = new CountDownLatch(1);
        var release = new CountDownLatch(1);
        var cause = new IllegalStateException("enough");
        var owner = Green.spawn(() -> {
            try (var scope = Green.scope()) {
                scope.spawn(() -> {
                    begun.countDown();
                    try {
                        Green.sleep(LONG);
                    } finally {
                        cleaning.countDown();
                        await(release);
                        events.add("cleaned up");
                    }
                });
                begun.await();
            }
        });
        cleaning.await();
        owner.kill(cause);
        release.countDown();
        assertThatThrownBy(owner::await).isSameAs(cause);
        assertThat(events).containsExactly("cleaned up");
    }

    @HubTest
    void aFailureThatCannotBeDescribedStrandsNobody() {
        var failure = new IllegalStateException() {
            @Override
            public String getMessage() {
                throw new UnsupportedOperationException("no words");
            }
        };
        try (var scope = Green.scope()) {
            scope.spawn(() -> {
                throw failure;
            });
            assertThat(catchThrowable(scope::joinAll) == failure).isTrue();
            assertThatThrownBy(() -> scope.spawn(() -> 1)).isInstanceOf(IllegalStateException.class);
        }
    }
}
