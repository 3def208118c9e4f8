package dev.verdant.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.green.EventLoop;
import dev.verdant.green.Green;
import dev.verdant.green.GreenTask;
import dev.verdant.green.pool.GreenPool;
import dev.verdant.green.pool.NativePool;
import dev.verdant.hub.HubProvider;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.NullUnmarked;

/** {@code EventLoop.Options.onSpawn}, with a context like the MDC of a logging library. */
@NullUnmarked // null is returned on purpose
@AnyOrder
class SpawnHookTest {

    private static final ThreadLocal<String> MDC = ThreadLocal.withInitial(() -> "none");

    private static Callable<?> carry(Callable<?> body) {
        String context = MDC.get();
        return () -> {
            String before = MDC.get();
            MDC.set(context);
            try {
                return body.call();
            } finally {
                MDC.set(before);
            }
        };
    }

    private static void onALoopThatCarries(HubProvider hub, GreenTask main) throws Exception {
        Green.run(options -> options.hub(hub).onSpawn(SpawnHookTest::carry), main);
    }

    @HubTest
    void theSpawnersContextIsSeenByWhateverItStarts(HubProvider hub) throws Exception {
        onALoopThatCarries(hub, () -> {
            var seen = new ArrayList<String>();
            MDC.set("request 1");
            Green.spawn(() -> seen.add("spawn " + MDC.get())).await();
            var detached = new CountDownLatch(1);
            Green.spawnN(() -> {
                seen.add("spawnN " + MDC.get());
                detached.countDown();
            });
            detached.await();
            var later = Green.spawnAfter(Duration.ofMillis(1), () -> seen.add("spawnAfter " + MDC.get()));
            MDC.set("request 2");
            later.await();
            var pool = new GreenPool();
            pool.spawn(() -> seen.add("pool " + MDC.get())).await();
            pool.imap(item -> seen.add("imap " + MDC.get()), List.of(1)).next();
            try (var executor = Green.executor()) {
                executor.submit(() -> seen.add("executor " + MDC.get())).get();
            }
            try (var scope = Green.scope()) {
                scope.spawn(() -> seen.add("scope " + MDC.get()));
                scope.joinAll();
            }
            var loop = Objects.requireNonNull(EventLoop.current());
            var made = loop.threadFactory().newThread(() -> seen.add("factory " + MDC.get()));
            made.start();
            made.join();
            var executed = new CountDownLatch(1);
            loop.executor().execute(() -> {
                seen.add("loop's executor " + MDC.get());
                executed.countDown();
            });
            executed.await();
            assertThat(seen).containsExactly("spawn request 1", "spawnN request 1", "spawnAfter request 1",
                    "pool request 2", "imap request 2", "executor request 2", "scope request 2", "factory request 2",
                    "loop's executor request 2");
        });
    }

    @HubTest
    void contextIsHandedOnFromOneToTheNextAndChangesStayWhereTheyAreMade(HubProvider hub) throws Exception {
        onALoopThatCarries(hub, () -> {
            MDC.set("outer");
            var seen = Green.spawn(() -> {
                String first = MDC.get();
                MDC.set("inner");
                return first + ", " + Green.spawn(() -> MDC.get()).await();
            }).await();
            assertThat(seen).isEqualTo("outer, inner");
            assertThat(MDC.get()).isEqualTo("outer");
        });
    }

    @HubTest
    void aMemberOfAFullPoolThatRunsTheBodyItselfGetsItsContextBack(HubProvider hub) throws Exception {
        onALoopThatCarries(hub, () -> {
            var pool = new GreenPool(1);
            MDC.set("outer");
            var after = pool.spawn(() -> {
                MDC.set("member");
                pool.spawn(() -> MDC.set("changed by the inline body"));
                return MDC.get();
            }).await();
            assertThat(after).isEqualTo("member");
        });
    }

    @HubTest
    void aNativeTaskIsNotSpawnedAndCarriesNothing(HubProvider hub) throws Exception {
        onALoopThatCarries(hub, () -> {
            MDC.set("green");
            assertThat(NativePool.execute(() -> MDC.get())).isEqualTo("none");
        });
    }

    @HubTest
    void aSpawnFromAThreadOnNoLoopCarriesThatThreadsContext(HubProvider hub) throws Exception {
        try (var loop = EventLoop.start(options -> options.hub(hub).onSpawn(SpawnHookTest::carry))) {
            var seen = new ArrayList<String>();
            var outside = Thread.ofPlatform().start(() -> {
                MDC.set("outside");
                try {
                    seen.add(loop.spawn(() -> MDC.get()).await());
                } catch (Exception e) {
                    throw new AssertionError(e);
                }
            });
            outside.join();
            assertThat(seen).containsExactly("outside");
        }
    }

    @HubTest
    void aHookThatThrowsReachesTheSpawnerAndNothingIsSpawned(HubProvider hub) throws Exception {
        var broken = new AtomicBoolean();
        Green.run(options -> options.hub(hub).onSpawn(body -> {
            if (broken.get()) {
                throw new IllegalStateException("broken hook");
            }
            return body;
        }), () -> {
            var ran = new ArrayList<String>();
            var pool = new GreenPool(1);
            broken.set(true);
            assertThatThrownBy(() -> Green.spawn(() -> ran.add("spawn"))).hasMessage("broken hook");
            assertThatThrownBy(() -> Green.spawnN(() -> ran.add("spawnN"))).hasMessage("broken hook");
            assertThatThrownBy(() -> pool.spawn(() -> ran.add("pool"))).hasMessage("broken hook");
            assertThatThrownBy(() -> Green.spawnAfter(Duration.ZERO, () -> ran.add("after"))).hasMessage("broken hook");
            try (var executor = Green.executor(); var scope = Green.scope()) {
                assertThatThrownBy(() -> executor.execute(() -> ran.add("executor"))).hasMessage("broken hook");
                assertThatThrownBy(() -> scope.spawn(() -> ran.add("scope"))).hasMessage("broken hook");
            }
            broken.set(false);
            assertThat(pool.free()).isEqualTo(1);
            Green.sleep();
            assertThat(ran).isEmpty();
            assertThat(Green.spawn(() -> "works again").await()).isEqualTo("works again");
        });
    }

    @HubTest
    void aHookThatReturnsNullIsNamed(HubProvider hub) throws Exception {
        try (var loop = EventLoop.start(options -> options.hub(hub).onSpawn(body -> nothing()))) {
            assertThatThrownBy(() -> loop.spawn(() -> 1)).isInstanceOf(NullPointerException.class)
                    .hasMessage("what the onSpawn hook returned");
        }
    }

    private static Callable<?> nothing() {
        return null;
    }
}
