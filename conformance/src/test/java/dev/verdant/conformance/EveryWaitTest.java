package dev.verdant.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.green.EventLoop;
import dev.verdant.green.Green;
import dev.verdant.green.GreenTask;
import dev.verdant.green.Timeout;
import dev.verdant.green.pool.DagPool;
import dev.verdant.green.pool.GreenPile;
import dev.verdant.green.pool.GreenPool;
import dev.verdant.green.pool.NativePool;
import dev.verdant.green.pool.ResourcePool;
import dev.verdant.green.queue.GreenPriorityQueue;
import dev.verdant.green.queue.JoinableQueue;
import dev.verdant.green.queue.LifoQueue;
import dev.verdant.green.queue.LightQueue;
import dev.verdant.green.sync.CappedSemaphore;
import dev.verdant.green.sync.Event;
import dev.verdant.green.sync.GreenSemaphore;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** What holds of every call of the toolkit that waits. */
@AnyOrder
class EveryWaitTest {

    private static final Duration LONG = Duration.ofSeconds(100);
    private static final Duration SHORT = Duration.ofMillis(2);

    private final CountDownLatch never = new CountDownLatch(1);
    private final LightQueue<Integer> full = new LightQueue<>(1);
    private final JoinableQueue<Integer> unfinished = new JoinableQueue<>();
    private final GreenPool occupied = new GreenPool(1);
    private final GreenPile<Integer> pile = new GreenPile<>();

    /** Every call that waits, each for what never comes. */
    private Map<String, GreenTask> waits() throws Exception {
        full.put(1);
        unfinished.put(1);
        var endless = occupied.spawn(() -> never.await());
        pile.spawn(() -> {
            never.await();
            return 1;
        });
        var lent = new ResourcePool<>(0, 1, Object::new);
        Object resource = lent.get();
        var waits = new LinkedHashMap<String, GreenTask>();
        waits.put("sleep", () -> Green.sleep(LONG));
        waits.put("await", endless::await);
        waits.put("get", endless::get);
        waits.put("timed get", () -> endless.get(100, TimeUnit.SECONDS));
        waits.put("joinAll", () -> Green.joinAll(List.of(endless), 1, LONG));
        waits.put("iwait", () -> Green.iwait(List.of(endless), 1, LONG).next());
        waits.put("Event", () -> new Event<>().await());
        waits.put("timed Event", () -> new Event<>().await(LONG));
        waits.put("GreenSemaphore", () -> new GreenSemaphore(0).acquire());
        waits.put("timed GreenSemaphore", () -> new GreenSemaphore(0).acquire(LONG));
        waits.put("CappedSemaphore", () -> new CappedSemaphore(0, 1).acquire());
        waits.put("timed CappedSemaphore", () -> new CappedSemaphore(0, 0).release(LONG));
        waits.put("put", () -> full.put(2));
        waits.put("timed put", () -> full.offer(2, 100, TimeUnit.SECONDS));
        waits.put("put into no room", () -> new LightQueue<Integer>(0).put(2));
        waits.put("take", () -> new LightQueue<>().take());
        waits.put("timed take", () -> new JoinableQueue<>().poll(100, TimeUnit.SECONDS));
        waits.put("take from no room", () -> new LightQueue<>(0).take());
        waits.put("take from a stack", () -> new LifoQueue<>().take());
        waits.put("take of the least", () -> new GreenPriorityQueue<Integer>().take());
        waits.put("join", () -> unfinished.join());
        waits.put("timed join", () -> unfinished.join(LONG));
        waits.put("GreenPool.spawn", () -> occupied.spawn(() -> 1));
        waits.put("GreenPool.waitAll", occupied::waitAll);
        waits.put("GreenPile.next", pile::next);
        waits.put("ResourcePool.get", lent::get);
        waits.put("DagPool.await", () -> new DagPool<String, Integer>().await("unknown"));
        if (!Objects.requireNonNull(EventLoop.current()).isTimeVirtual()) { // It would stand, and no timeout come.
            waits.put("NativePool.execute", () -> NativePool.execute(() -> never.await(100, TimeUnit.SECONDS)));
        }
        waits.put("the JDK", () -> new CountDownLatch(1).await());
        waits.put("the resource is kept", () -> {
            assertThat(lent.free()).as("free of " + resource).isZero();
            Green.sleep(LONG);
        });
        return waits;
    }

    @HubTest(seconds = 60)
    void theVeryTimeoutThatWasSetEndsEveryWaitAndNothingElseDoes() throws Exception {
        for (var wait : waits().entrySet()) {
            Throwable thrown = null;
            Timeout outer = null;
            try (var timeout = Timeout.start(SHORT)) {
                outer = timeout;
                wait.getValue().run();
            } catch (Throwable e) {
                thrown = e;
            }
            if (!wait.getKey().equals("the JDK")) { // An interrupt is all that wakes it.
                assertThat(thrown).as(wait.getKey()).isSameAs(outer);
            }
        }
        end();
    }

    @HubTest(seconds = 60)
    void theBoundaryThrowsItsOwnTimeoutWhateverWaitedInside() throws Exception {
        for (var wait : waits().entrySet()) {
            assertThatThrownBy(() -> Timeout.call(SHORT, wait.getValue())).as(wait.getKey()).isInstanceOf(Timeout.class)
                    .hasMessage("2 ms");
        }
        end();
    }

    @HubTest(seconds = 60)
    void aKillEndsEveryWait() throws Exception {
        for (var wait : waits().entrySet()) {
            var begun = new boolean[1];
            var victim = Green.spawn(() -> {
                begun[0] = true;
                wait.getValue().run();
            });
            Turns.until(() -> begun[0]);
            Green.sleep();
            victim.kill();
            Turns.until(victim::isDone);
            assertThat(victim.isCancelled()).as(wait.getKey()).isTrue();
        }
        end();
    }

    @HubTest
    void everyTimedWaitGivesUpInItsOwnWay() throws Exception {
        waits();
        assertThatThrownBy(() -> new Event<>().await(SHORT)).isInstanceOf(TimeoutException.class);
        Map<String, Callable<Boolean>> waits = Map.of("semaphore", () -> new GreenSemaphore(0).acquire(SHORT), "capped",
                () -> new CappedSemaphore(0, 0).release(SHORT), "put", () -> full.offer(2, 2, TimeUnit.MILLISECONDS),
                "take",
                () -> new LightQueue<>().poll(2, TimeUnit.MILLISECONDS) != null, "join", () -> unfinished.join(SHORT));
        for (var wait : waits.entrySet()) {
            long before = Green.nanoTime();
            assertThat(wait.getValue().call()).as(wait.getKey()).isFalse();
            assertThat(Green.nanoTime() - before).as(wait.getKey()).isGreaterThanOrEqualTo(SHORT.toNanos());
        }
        end();
    }

    /** What had been started to be waited for ends. */
    private void end() throws Exception {
        never.countDown();
        occupied.waitAll();
        assertThat(pile.next()).isEqualTo(1);
        assertThat(full.putting()).isZero();
        assertThat(occupied.waiting()).isZero();
    }
}
