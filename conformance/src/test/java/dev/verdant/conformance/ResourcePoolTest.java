package dev.verdant.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.green.EventLoop;
import dev.verdant.green.Green;
import dev.verdant.green.GreenExit;
import dev.verdant.green.GreenThread;
import dev.verdant.green.Timeout;
import dev.verdant.green.pool.Lease;
import dev.verdant.green.pool.ResourcePool;
import dev.verdant.green.pool.ResourcePool.Order;
import dev.verdant.green.sync.Event;
import dev.verdant.hub.HubProvider;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;

@AnyOrder
class ResourcePoolTest {

    private static final Duration SHORT = Duration.ofMillis(3);

    /** Something with a number; closes like a connection. */
    private static final class Thing implements AutoCloseable {

        final int number;
        boolean closed;

        Thing(int number) {
            this.number = number;
        }

        @Override
        public void close() {
            assertThat(closed).as("closed once").isFalse();
            closed = true;
        }

        @Override
        public String toString() {
            return "thing " + number;
        }
    }

    /** Makes things, and counts. */
    private static final class Factory {

        int made;

        Thing make() {
            return new Thing(++made);
        }
    }

    private static ResourcePool<Thing> pool(int min, int max) {
        return new ResourcePool<>(min, max, new Factory()::make);
    }

    // ---- lending

    @HubTest
    void resourcesAreMadeWhenAskedForAndLentAgain() throws Exception {
        var factory = new Factory();
        var pool = new ResourcePool<>(0, 4, factory::make);
        assertThat(factory.made).isZero();
        assertThat(pool.free()).isEqualTo(4);
        Thing first = pool.get();
        assertThat(pool.free()).isEqualTo(3);
        pool.put(first);
        assertThat(pool.free()).isEqualTo(4);
        assertThat(pool.get()).isSameAs(first);
        assertThat(factory.made).isEqualTo(1);
        pool.put(first);
    }

    @HubTest
    void whoeverGetsTheFirstMakesAsManyAsThereAreToBeAtLeast() throws Exception {
        var factory = new Factory();
        var pool = new ResourcePool<>(3, 4, factory::make);
        assertThat(factory.made).isZero();
        Thing first = pool.get();
        assertThat(first.number).isEqualTo(1);
        assertThat(factory.made).isEqualTo(3);
        assertThat(pool.free()).isEqualTo(3);
        pool.put(first);
    }

    @HubTest
    void theOneThatHasBeenFreeLongestIsLentNextOrTheOnePutBackLastByChoice() throws Exception {
        for (Order order : Order.values()) {
            var pool = new ResourcePool<>(0, 4, order, new Factory()::make, thing -> {});
            Thing one = pool.get();
            Thing two = pool.get();
            pool.put(one);
            pool.put(two);
            assertThat(pool.get()).isSameAs(order == Order.FIFO ? one : two);
            assertThat(pool.get()).isSameAs(order == Order.FIFO ? two : one);
        }
    }

    @HubTest
    void whoWaitsIsServedFirstComeFirstServedAndNobodyComesInBetween() throws Exception {
        var pool = pool(0, 1);
        Thing only = pool.get();
        var order = new ArrayList<Integer>();
        var users = new ArrayList<GreenThread<?>>();
        for (int i = 0; i < 5; i++) {
            int number = i;
            users.add(Green.spawn(() -> {
                try (Lease<Thing> lease = pool.lease()) {
                    assertThat(lease.get()).isSameAs(only);
                    order.add(number);
                    Green.sleep();
                }
            }));
            Turns.until(() -> pool.waiting() == number + 1);
        }
        assertThat(pool.free()).isZero();
        pool.put(only);
        assertThat(pool.free()).as("it is the first waiter's").isZero();
        order.add(pool.get().number * 100);
        pool.put(only);
        for (var each : users) {
            each.await();
        }
        assertThat(order).containsExactly(0, 1, 2, 3, 4, 100);
        assertThat(pool.waiting()).isZero();
    }

    @HubTest
    void slowCreatesAtATimeNeverExceedTheMost() throws Exception {
        var making = new int[2];
        var pool = new ResourcePool<>(0, 4, () -> {
            making[0]++;
            Turns.until(() -> making[0] >= 4);
            return new Thing(++making[1]);
        });
        var users = new ArrayList<GreenThread<?>>();
        for (int i = 0; i < 100; i++) {
            users.add(Green.spawn(() -> {
                Thing thing = pool.get();
                Green.sleep();
                pool.put(thing);
            }));
        }
        for (var each : users) {
            each.await();
        }
        assertThat(making[0]).isEqualTo(4);
        assertThat(pool.free()).isEqualTo(4);
    }

    // ---- a create that fails

    @HubTest
    void aCreateThatThrowsReachesItsCallerAndTheNextWaiterTries() throws Exception {
        var calls = new int[1];
        var fail = new IOException("no server");
        var mayMake = new CountDownLatch(1);
        var pool = new ResourcePool<>(0, 1, () -> {
            mayMake.await();
            if (++calls[0] <= 2) {
                throw fail;
            }
            return new Thing(calls[0]);
        });
        var first = Green.spawn(pool::get);
        Turns.untilWaits(first);
        var second = Green.spawn(pool::get);
        Turns.until(() -> pool.waiting() == 1);
        var third = Green.spawn(pool::get);
        Turns.until(() -> pool.waiting() == 2);
        mayMake.countDown();
        assertThatThrownBy(first::await).isSameAs(fail);
        assertThatThrownBy(second::await).isSameAs(fail);
        Thing thing = third.await();
        assertThat(thing.number).isEqualTo(3);
        pool.put(thing);
        assertThat(pool.free()).isEqualTo(1);
        assertThat(pool.waiting()).isZero();
    }

    @HubTest
    void aCreateThatReturnsNullIsSaidSoAndLosesNoPlace() {
        @SuppressWarnings("NullAway")
        var pool = new ResourcePool<Thing>(0, 1, () -> null);
        assertThatThrownBy(pool::get).isInstanceOf(NullPointerException.class).hasMessage("create has returned null");
        assertThat(pool.free()).isEqualTo(1);
    }

    @HubTest
    void aSpareThatCannotBeMadeReachesTheCallerAndTheNextGoesOnWhereItStopped() throws Exception {
        var calls = new int[1];
        var pool = new ResourcePool<>(2, 2, () -> {
            if (++calls[0] == 2) {
                throw new IOException("the second");
            }
            return new Thing(calls[0]);
        });
        assertThatThrownBy(pool::get).isInstanceOf(IOException.class);
        assertThat(pool.free()).isEqualTo(2);
        assertThat(pool.get().number).isEqualTo(1);
        assertThat(pool.get().number).isEqualTo(3);
    }

    // ---- waits that end early

    @HubTest
    void aWaiterThatTimesOutOrIsKilledTakesNothing() throws Exception {
        var pool = pool(0, 1);
        Thing only = pool.get();
        assertThatThrownBy(() -> Timeout.call(SHORT, pool::get)).isInstanceOf(Timeout.class);
        var killed = Green.spawn(pool::get);
        var patient = Green.spawn(pool::get);
        Turns.until(() -> pool.waiting() == 2);
        killed.kill();
        assertThatThrownBy(killed::await).isInstanceOf(GreenExit.class);
        assertThat(pool.waiting()).isEqualTo(1);
        pool.put(only);
        assertThat(patient.await()).isSameAs(only);
        pool.put(only);
        assertThat(pool.free()).isEqualTo(1);
    }

    @HubTest
    @AnyOrder(false) // A getter that begins after the put does get it.
    void aPutWithGettersThatTimeOutInTheSameTurnDoesNotBlockAndLosesNothing() throws Exception {
        var pool = pool(0, 2);
        Thing one = pool.get();
        Thing two = pool.get();
        var getters = new ArrayList<GreenThread<Boolean>>();
        for (int i = 0; i < 5; i++) {
            getters.add(Green.spawn(() -> Timeout.callOrElse(Duration.ZERO, () -> {
                try (Lease<Thing> _ = pool.lease()) {
                    return true;
                }
            }, false)));
        }
        Green.sleep();
        pool.put(two);
        for (var each : getters) {
            assertThat(each.await()).isFalse();
        }
        assertThat(pool.free()).isEqualTo(1);
        pool.put(one);
    }

    @HubTest
    void whoIsKilledWhileItsResourceIsMadeLosesNoPlace() throws Exception {
        var mayMake = new Event<Boolean>();
        var pool = new ResourcePool<>(0, 1, () -> {
            mayMake.await();
            return new Thing(1);
        });
        var maker = Green.spawn(pool::get);
        Turns.untilWaits(maker);
        var next = Green.spawn(pool::get);
        Turns.until(() -> pool.waiting() == 1);
        maker.kill();
        assertThatThrownBy(maker::await).isInstanceOf(GreenExit.class);
        assertThatThrownBy(() -> Timeout.call(Duration.ofNanos(1), next::await)).isInstanceOf(Timeout.class);
        mayMake.send(true);
        pool.put(next.await());
        mayMake.reset();
        assertThatThrownBy(() -> Timeout.call(Duration.ofNanos(1), () -> {
            pool.discard(pool.get());
            return pool.get();
        })).isInstanceOf(Timeout.class);
        assertThat(pool.free()).isEqualTo(1);
    }

    // ---- putting back

    @HubTest
    void whatIsForeignOrWasPutBackAlreadyIsRefused() throws Exception {
        var pool = new ResourcePool<>(0, 2, () -> new String("equal"));
        String lent = pool.get();
        assertThatThrownBy(() -> pool.put(new String("equal"))).isInstanceOf(IllegalArgumentException.class)
                .hasMessageMatching(
                        "resource: java.lang.String@[0-9a-f]+ \\(expected: one that is on loan from this pool;"
                                + " it never was, or was put back already\\)");
        pool.put(lent);
        assertThatThrownBy(() -> pool.put(lent)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> pool.discard(lent)).isInstanceOf(IllegalArgumentException.class);
        assertThat(pool.free()).isEqualTo(2);
    }

    @HubTest
    void anObjectThatCreateReturnsTwiceIsLentTwice() throws Exception {
        var pool = new ResourcePool<>(0, 2, () -> "token");
        String one = pool.get();
        String two = pool.get();
        assertThat(one).isSameAs(two);
        pool.put(one);
        pool.put(two);
        assertThatThrownBy(() -> pool.put(one)).isInstanceOf(IllegalArgumentException.class);
        assertThat(pool.free()).isEqualTo(2);
    }

    @HubTest
    void aLeaseThatIsClosedTwicePutsBackOnceAndShowsItsResourceNoMore() throws Exception {
        var pool = pool(0, 2);
        Lease<Thing> lease = pool.lease();
        Thing thing = lease.get();
        lease.close();
        Lease<Thing> next = pool.lease();
        assertThat(next.get()).isSameAs(thing);
        lease.close();
        assertThat(pool.free()).as("the next user's was not put back").isEqualTo(1);
        assertThatThrownBy(lease::get).isInstanceOf(IllegalStateException.class).hasMessageContaining("closed");
        next.close();
        assertThat(pool.free()).isEqualTo(2);
    }

    @HubTest
    void whatIsDiscardedIsClosedAndWhoWaitsMakesAnother() throws Exception {
        var pool = pool(0, 1);
        var lease = pool.lease();
        Thing broken = lease.get();
        var waiter = Green.spawn(pool::get);
        Turns.until(() -> pool.waiting() == 1);
        lease.discard();
        lease.close();
        assertThat(broken.closed).isTrue();
        Thing fresh = waiter.await();
        assertThat(fresh.number).isEqualTo(2);
        pool.discard(fresh);
        assertThat(pool.free()).isEqualTo(1);
    }

    @HubTest
    void whatADestroyThrowsIsReportedAndLosesNoPlace(Uncaught uncaught) throws Exception {
        var pool = new ResourcePool<Thing>(0, 1, Order.FIFO, new Factory()::make, thing -> {
            throw new IllegalStateException("stuck");
        });
        pool.discard(pool.get());
        assertThat(pool.free()).isEqualTo(1);
        assertThat(uncaught.failures()).singleElement().satisfies(e -> assertThat(e).hasMessage("stuck"));
    }

    // ---- resizing and closing

    /** Waits for ever when it is closed. */
    private static final class Slow implements AutoCloseable {

        @Override
        public void close() {
            Green.sleep(null);
        }
    }

    @HubTest
    void whoIsKilledWhileItsResourceIsDestroyedDiesOfItWhateverTheCause() throws Exception {
        for (Throwable cause : List.of(new GreenExit(), new IllegalStateException("a kill"),
                new IOException("a kill"))) {
            var pool = new ResourcePool<>(0, 1, Slow::new);
            var user = Green.spawn(() -> pool.discard(pool.get()));
            Turns.untilWaits(user);
            user.kill(cause);
            assertThatThrownBy(user::await).isSameAs(cause);
            assertThat(pool.free()).isEqualTo(1);
        }
    }

    @HubTest
    void growingServesThoseWhoWait() throws Exception {
        var pool = pool(0, 0);
        var waiters = new ArrayList<GreenThread<Thing>>();
        for (int i = 1; i <= 3; i++) {
            waiters.add(Green.spawn(pool::get));
            Turns.until(() -> pool.waiting() == waiters.size());
        }
        pool.resize(2);
        assertThat(waiters.get(0).await()).isNotSameAs(waiters.get(1).await());
        assertThat(pool.waiting()).isEqualTo(1);
        pool.put(waiters.get(1).await());
        assertThat(waiters.get(2).await()).isSameAs(waiters.get(1).await());
    }

    @HubTest
    void shrinkingDestroysWhatIsFreeAndTheRestAsItIsPutBack() throws Exception {
        var pool = pool(0, 4);
        var lent = new ArrayList<Thing>();
        for (int i = 0; i < 4; i++) {
            lent.add(pool.get());
        }
        pool.put(lent.get(3));
        pool.resize(1);
        assertThat(lent.get(3).closed).isTrue();
        assertThat(pool.free()).isEqualTo(-2);
        pool.put(lent.get(0));
        pool.put(lent.get(1));
        assertThat(lent.get(0).closed).isTrue();
        assertThat(lent.get(1).closed).isTrue();
        pool.put(lent.get(2));
        assertThat(lent.get(2).closed).isFalse();
        assertThat(pool.free()).isEqualTo(1);
        assertThat(pool.get()).isSameAs(lent.get(2));
    }

    @HubTest
    void closingDestroysAllAndSendsThoseAwayWhoWait() throws Exception {
        var letGo = new CountDownLatch(1);
        var made = new ArrayList<Thing>();
        var pool = new ResourcePool<>(0, 3, () -> {
            var thing = new Thing(made.size() + 1);
            made.add(thing);
            if (thing.number == 3) {
                letGo.await();
            }
            return thing;
        });
        Thing lent = pool.get();
        pool.put(pool.get());
        Thing also = pool.get();
        assertThat(also.number).as("free longest").isEqualTo(2);
        var maker = Green.spawn(pool::get);
        Turns.untilWaits(maker);
        var waiter = Green.spawn(pool::get);
        Turns.until(() -> pool.waiting() == 1);
        pool.put(also);
        assertThat(waiter.await()).isSameAs(also);
        var late = Green.spawn(pool::get);
        Turns.until(() -> pool.waiting() == 1);
        pool.close();
        assertThatThrownBy(late::await).isInstanceOf(IllegalStateException.class).hasMessageContaining("closed");
        assertThatThrownBy(pool::get).isInstanceOf(IllegalStateException.class);
        letGo.countDown();
        assertThatThrownBy(maker::await).isInstanceOf(IllegalStateException.class);
        pool.put(lent);
        pool.put(also);
        pool.close();
        assertThat(made).hasSize(3).allMatch(thing -> thing.closed);
        assertThat(pool.free()).isZero();
    }

    @HubTest
    void badSizesAreNamed() {
        assertThatThrownBy(() -> pool(0, -1)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("max: -1 (expected: >= 0)");
        assertThatThrownBy(() -> pool(5, 4)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("min: 5 (expected: 0 to max, which is 4)");
        assertThatThrownBy(() -> pool(0, 1).resize(-1)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("max: -1 (expected: >= 0)");
    }

    // ---- any thread

    @HubTest
    void threadsOfTwoLoopsAndOfNoneShareAPoolAndNoResourceHasTwoUsers(HubProvider hub) throws Exception {
        long seed = new Random().nextLong();
        var made = new AtomicInteger();
        var pool = new ResourcePool<>(1, 3, () -> {
            made.incrementAndGet();
            return new AtomicInteger();
        });
        var failures = new AtomicInteger();
        try (var other = EventLoop.start(options -> options.hub(hub))) {
            var users = new ArrayList<GreenThread<?>>();
            for (int i = 0; i < 10; i++) {
                var random = new Random(seed + i);
                users.add(i % 2 == 0
                        ? Green.spawn(() -> use(pool, random, failures))
                        : other.spawn(() -> use(pool, random, failures)));
            }
            var offLoop = new FutureTask<>(() -> {
                for (int i = 0; i < 500; i++) {
                    lendOnce(pool, failures, () -> {});
                }
                return 0;
            });
            Thread.ofPlatform().daemon().start(offLoop);
            for (var each : users) {
                each.await();
            }
            offLoop.get();
        }
        assertThat(failures).as("seed " + seed).hasValue(0);
        assertThat(made.get()).as("seed " + seed).isBetween(1, 3);
        assertThat(pool.free()).as("seed " + seed).isEqualTo(3);
        assertThat(pool.waiting()).as("seed " + seed).isZero();
    }

    private static void use(ResourcePool<AtomicInteger> pool, Random random, AtomicInteger failures) throws Exception {
        for (int i = 0; i < 200; i++) {
            int kind = random.nextInt(4);
            Timeout.callOrElse(kind == 0 ? Duration.ofNanos(random.nextInt(100_000)) : null, () -> {
                lendOnce(pool, failures, kind == 1 ? Green::sleep : () -> {});
                return true;
            }, false);
        }
    }

    private static void lendOnce(ResourcePool<AtomicInteger> pool, AtomicInteger failures, Runnable between)
            throws Exception {
        try (var lease = pool.lease()) {
            if (lease.get().incrementAndGet() != 1) {
                failures.incrementAndGet();
            }
            try {
                between.run();
            } finally {
                lease.get().decrementAndGet();
            }
        }
    }
}
