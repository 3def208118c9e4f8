package dev.verdant.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.green.EventLoop;
import dev.verdant.green.Green;
import dev.verdant.green.GreenExit;
import dev.verdant.green.GreenThread;
import dev.verdant.green.Timeout;
import dev.verdant.green.queue.GreenPriorityQueue;
import dev.verdant.green.queue.JoinableQueue;
import dev.verdant.green.queue.LifoQueue;
import dev.verdant.green.queue.LightQueue;
import dev.verdant.green.queue.QueueShutDownException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/** Queues whose threads wait. What needs no waiting is tested beside them, where no hub is. */
@AnyOrder
class QueueTest {

    private static final Duration SOON = Duration.ofMillis(10);

    // ---- order and room

    @HubTest
    void aFullQueueTakesItemsInAsRoomComes() throws Exception {
        var queue = new LightQueue<String>(2);
        var putter = Green.spawn(() -> {
            for (String item : List.of("a", "b", "c")) {
                queue.put(item);
            }
        });
        Turns.until(() -> queue.putting() == 1);
        assertThat(queue).containsExactly("a", "b");
        assertThat(queue.take()).isEqualTo("a");
        putter.await();
        assertThat(queue).containsExactly("b", "c");
    }

    @HubTest
    void gettersAreServedFirstComeFirstServed() throws Exception {
        var queue = new LightQueue<Integer>();
        var got = getters(queue, 6);
        for (int i = 0; i < 6; i++) {
            queue.put(i);
        }
        assertThat(results(got)).containsExactly(0, 1, 2, 3, 4, 5);
    }

    @HubTest
    void puttersAreServedFirstComeFirstServed() throws Exception {
        var queue = new LightQueue<Integer>(1);
        queue.put(0);
        var putters = putters(queue, 1, 2, 3, 4, 5);
        for (int i = 0; i <= 5; i++) {
            assertThat(queue.take()).isEqualTo(i);
        }
        results(putters);
    }

    @HubTest
    void aGetterWithADeadlineDoesNotGoBeforeOneWithout() throws Exception {
        var queue = new LightQueue<Integer>();
        var first = Green.spawn(() -> queue.take());
        Turns.until(() -> queue.getting() == 1);
        var second = Green.spawn(() -> queue.poll(10, TimeUnit.SECONDS));
        Turns.until(() -> queue.getting() == 2);
        queue.put(1);
        queue.put(2);
        assertThat(List.of(first.await(), second.await())).containsExactly(1, 2);
    }

    @HubTest
    void nobodyTakesAnItemThatAWaitingGetterHasBeenGiven() throws Exception {
        var queue = new LightQueue<String>();
        var getter = Green.spawn(() -> queue.take());
        Turns.until(() -> queue.getting() == 1);
        queue.put("its own");
        assertThat(queue.poll()).isNull();
        assertThat(getter.await()).isEqualTo("its own");
    }

    @HubTest
    void aPutThatNeedNotWaitDoesNotLetOthersRun() throws Exception {
        var queue = new LightQueue<Integer>(3);
        var ran = new boolean[1];
        var other = Green.spawn(() -> {
            ran[0] = true;
        });
        queue.put(1);
        queue.put(2);
        queue.take();
        assertThat(ran[0]).isFalse();
        other.await();
    }

    // ---- waits that end early

    @HubTest
    void ofTwoGettersOneTimesOutAndTheOtherGetsTheItem() throws Exception {
        var queue = new LightQueue<String>();
        var dying = Green.spawn(() -> Timeout.callOrElse(Duration.ZERO, queue::take, "timed out"));
        var living = Green.spawn(() -> queue.take());
        Turns.until(() -> dying.isDone() && queue.getting() == 1);
        queue.put("hi");
        assertThat(dying.await()).isEqualTo("timed out");
        assertThat(living.await()).isEqualTo("hi");
    }

    @HubTest
    void gettersThatTimedOutLeaveTheItemToTheNext() throws Exception {
        var queue = new LightQueue<String>();
        var one = Green.spawn(() -> Timeout.callOrElse(Duration.ZERO, queue::take, "timed out"));
        var other = Green.spawn(() -> queue.poll(1, TimeUnit.MILLISECONDS));
        one.await();
        assertThat(other.await()).isNull();
        queue.put("sent");
        assertThat(queue.take()).isEqualTo("sent");
        assertThat(queue.getting()).isZero();
    }

    @HubTest
    void aKilledGetterTakesNothing() throws Exception {
        var queue = new LightQueue<String>();
        var getter = Green.spawn(() -> queue.take());
        Turns.until(() -> queue.getting() == 1);
        getter.kill();
        assertThat(queue.getting()).isZero();
        queue.put("kept");
        assertThat(queue.take()).isEqualTo("kept");
        assertThatThrownBy(getter::await).isInstanceOf(GreenExit.class);
    }

    @HubTest
    void aGetterThatIsKilledAfterItWasServedHasTheItem() throws Exception {
        var queue = new LightQueue<String>();
        var seen = new ArrayList<String>();
        var getter = Green.spawn(() -> {
            seen.add(queue.take());
            Green.sleep(null);
        });
        Turns.until(() -> queue.getting() == 1);
        queue.put("served");
        getter.kill();
        assertThat(seen).containsExactly("served");
        assertThatThrownBy(getter::await).isInstanceOf(GreenExit.class);
        assertThat(queue).isEmpty();
    }

    @HubTest
    void aKilledPutterHasPutNothingIn() throws Exception {
        var queue = new LightQueue<Integer>(1);
        queue.put(1);
        var putter = Green.spawn(() -> queue.put(2));
        Turns.until(() -> queue.putting() == 1);
        putter.kill();
        assertThat(queue.putting()).isZero();
        assertThat(queue.take()).isEqualTo(1);
        assertThat(queue.poll()).isNull();
    }

    @HubTest
    void anInterruptedWaitTakesNothing() throws Exception {
        var queue = new LightQueue<Integer>();
        var getter = Green.spawn(() -> queue.take());
        Turns.until(() -> queue.getting() == 1);
        getter.thread().interrupt();
        assertThatThrownBy(getter::await).isInstanceOf(InterruptedException.class);
        queue.put(1);
        assertThat(queue.poll()).isEqualTo(1);
    }

    @HubTest
    void aTimeoutOfItsOwnReturnsAndAnOuterOneIsThrown() throws Exception {
        var queue = new LightQueue<Integer>(1);
        assertThat(queue.poll(1, TimeUnit.MILLISECONDS)).isNull();
        queue.put(1);
        assertThat(queue.offer(2, 1, TimeUnit.MILLISECONDS)).isFalse();
        try (var outer = Timeout.start(SOON)) {
            assertThatThrownBy(() -> queue.offer(2, 10, TimeUnit.SECONDS)).isSameAs(outer);
        }
        queue.clear();
        try (var outer = Timeout.start(SOON)) {
            assertThatThrownBy(() -> queue.poll(10, TimeUnit.SECONDS)).isSameAs(outer);
        }
        assertThat(queue.getting() + queue.putting()).isZero();
    }

    // ---- rendezvous

    @HubTest
    void aPutIntoNoRoomReturnsOnceTheGetterHasTheItemAndHasRun() throws Exception {
        var queue = new LightQueue<String>(0);
        var events = Collections.synchronizedList(new ArrayList<String>());
        var getter = Green.spawn(() -> {
            events.add(queue.take());
            events.add(queue.take());
        });
        events.add("sending");
        queue.put("hello");
        events.add("sent hello");
        queue.put("world");
        events.add("sent world");
        getter.await();
        // Who waits to put goes on when its item has been taken; the first may or may not find somebody who waits.
        assertThat(events.indexOf("hello")).isGreaterThan(events.indexOf("sending"))
                .isLessThan(events.indexOf("sent hello"));
        assertThat(events.indexOf("world")).isLessThan(events.indexOf("sent world"));
        assertThat(events).hasSize(5);
    }

    @HubTest
    void aPutToWhoWaitsReturnsOnceThatHasRun() throws Exception {
        var queue = new LightQueue<String>(0);
        var events = new ArrayList<String>();
        var getter = Green.spawn(() -> {
            events.add(queue.take());
        });
        Turns.until(() -> queue.getting() == 1);
        queue.put("hello");
        events.add("sent");
        assertThat(events).containsExactly("hello", "sent");
        getter.await();
    }

    @HubTest
    void aGetFromNoRoomTakesFromWhoWaitsToPut() throws Exception {
        var queue = new LightQueue<String>(0);
        var events = new ArrayList<String>();
        var putter = Green.spawn(() -> {
            events.add("sending hello");
            queue.put("hello");
            events.add("sending world");
            queue.put("world");
            events.add("sent world");
        });
        events.add("waiting");
        events.add(queue.take());
        events.add(queue.take());
        putter.await();
        assertThat(events).containsSubsequence("waiting", "hello", "world");
        assertThat(events.indexOf("sending hello")).isLessThan(events.indexOf("hello"));
        assertThat(events.indexOf("sending world")).isLessThan(events.indexOf("world"));
        assertThat(events.getLast()).isEqualTo("sent world");
    }

    @HubTest
    void aRendezvousIsSymmetricWithoutWaiting() throws Exception {
        var queue = new LightQueue<String>(0);
        assertThat(queue.offer("nobody waits")).isFalse();
        assertThat(queue.poll()).isNull();
        var putter = Green.spawn(() -> queue.put("offered"));
        Turns.until(() -> queue.putting() == 1);
        assertThat(queue.poll()).isEqualTo("offered");
        assertThat(queue.poll()).isNull();
        putter.await();
        var getter = Green.spawn(() -> queue.take());
        Turns.until(() -> queue.getting() == 1);
        assertThat(queue.offer("taken")).isTrue();
        assertThat(queue.offer("nobody waits")).isFalse();
        assertThat(getter.await()).isEqualTo("taken");
    }

    @HubTest
    void aRendezvousIsEmptyAndFull() throws Exception {
        var queue = new LightQueue<String>(0);
        var putter = Green.spawn(() -> queue.put("waits"));
        Turns.until(() -> queue.putting() == 1);
        assertThat(queue).isEmpty();
        assertThat(queue.remainingCapacity()).isZero();
        assertThat(queue.peek()).isNull();
        assertThat(queue.take()).isEqualTo("waits");
        putter.await();
    }

    @HubTest
    void aPutterThatTimesOutTakesItsItemWithIt() throws Exception {
        var queue = new LightQueue<String>(0);
        assertThat(queue.offer("hi", 1, TimeUnit.MILLISECONDS)).isFalse();
        assertThat(queue.poll()).isNull();
    }

    @HubTest
    void gettersAndPuttersOfARendezvousFindEachOther() throws Exception {
        var queue = new LightQueue<Integer>(0);
        var got = getters(queue, 3);
        var put = IntStream.range(0, 3).mapToObj(i -> Green.spawn(() -> queue.put(i))).toList();
        assertThat(results(got)).containsExactlyInAnyOrder(0, 1, 2);
        for (var putter : put) {
            putter.await();
        }
        assertThat(queue.getting() + queue.putting()).isZero();
    }

    @HubTest
    void aPutterThatIsKilledWhileTheGetterIsOnItsWayHasPut() throws Exception {
        var queue = new LightQueue<String>(0);
        var events = new ArrayList<String>();
        var getter = Green.spawn(() -> queue.take());
        Turns.until(() -> queue.getting() == 1);
        var putter = Green.spawn(() -> {
            queue.put("item");
            events.add("put returned");
            Green.sleep(null);
        });
        Turns.until(() -> queue.getting() == 0);
        putter.kill();
        assertThat(getter.await()).isEqualTo("item");
        assertThatThrownBy(putter::await).isInstanceOf(GreenExit.class);
        assertThat(events).containsExactly("put returned");
    }

    // ---- resize

    @HubTest
    void growingLetsThoseInWhoWait() throws Exception {
        var queue = new LightQueue<Integer>(0);
        var putters = putters(queue, 1, 2, 3);
        queue.resize(1);
        assertThat(queue).containsExactly(1);
        assertThat(queue.putting()).isEqualTo(2);
        queue.resize(Integer.MAX_VALUE);
        assertThat(queue).containsExactly(1, 2, 3);
        results(putters);
    }

    @HubTest
    void shrinkingThrowsNothingAway() throws Exception {
        var queue = new LightQueue<Integer>(3);
        queue.addAll(List.of(1, 2, 3));
        queue.resize(1);
        assertThat(queue).containsExactly(1, 2, 3);
        var putters = putters(queue, 4);
        assertThat(List.of(queue.take(), queue.take())).containsExactly(1, 2);
        assertThat(queue.putting()).isEqualTo(1);
        assertThat(queue.take()).isEqualTo(3);
        assertThat(queue.putting()).isZero();
        results(putters);
        assertThat(queue).containsExactly(4);
    }

    @HubTest
    void whatMakesRoomLetsWaitersIn() throws Exception {
        var queue = new LightQueue<Integer>(2);
        queue.addAll(List.of(1, 2));
        var putters = putters(queue, 3, 4, 5);
        assertThat(queue.remove(1)).isTrue();
        assertThat(queue).containsExactly(2, 3);
        queue.clear();
        assertThat(queue).containsExactly(4, 5);
        results(putters);
    }

    // ---- tasks

    @HubTest
    void joinWaitsUntilEveryItemIsDone() throws Exception {
        var queue = new JoinableQueue<Integer>();
        queue.join();
        queue.addAll(List.of(1, 2));
        var joined = Green.spawn(() -> queue.join());
        queue.take();
        queue.taskDone();
        queue.take();
        assertThat(queue.unfinished()).isEqualTo(1);
        assertThat(queue.join(SOON)).isFalse();
        assertThat(joined.isDone()).isFalse();
        queue.taskDone();
        joined.await();
        assertThatThrownBy(queue::taskDone).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("taskDone() was called more often");
    }

    @HubTest
    void anItemThatWaitsForRoomIsNotUnfinishedYet() throws Exception {
        var queue = new JoinableQueue<Integer>(0);
        var putters = putters(queue, 1);
        assertThat(queue.unfinished()).isZero();
        queue.take();
        assertThat(queue.unfinished()).isEqualTo(1);
        queue.taskDone();
        results(putters);
    }

    @HubTest
    void whatIsThrownAwayIsDone() throws Exception {
        var queue = new JoinableQueue<Integer>();
        queue.addAll(List.of(1, 2, 3));
        var joined = Green.spawn(() -> queue.join());
        Green.sleep();
        queue.remove(2);
        assertThat(queue.unfinished()).isEqualTo(2);
        queue.clear();
        joined.await();
    }

    // ---- shutting down

    @HubTest
    void anItemThatIsDoneAndThenRemovedIsDoneOnce() throws Exception {
        var queue = new JoinableQueue<Integer>();
        queue.put(1);
        queue.taskDone();
        assertThat(queue.remove(1)).isTrue();
        assertThat(queue.unfinished()).isZero();
        queue.put(2);
        assertThat(queue.join(Duration.ZERO)).isFalse();
        queue.put(3);
        queue.taskDone();
        queue.clear();
        assertThat(queue.unfinished()).isZero();
    }

    @HubTest
    void aGentleShutdownRefusesPuttersAndServesGettersUntilItIsEmpty() throws Exception {
        var queue = new JoinableQueue<Integer>(1);
        queue.put(1);
        var putter = Green.spawn(() -> queue.put(2));
        Turns.until(() -> queue.putting() == 1);
        queue.shutdown();
        assertThatThrownBy(putter::await).isInstanceOf(QueueShutDownException.class);
        assertThatThrownBy(() -> queue.put(3)).isInstanceOf(QueueShutDownException.class)
                .hasMessage("The JoinableQueue was shut down.");
        assertThatThrownBy(() -> queue.offer(3)).isInstanceOf(QueueShutDownException.class);
        assertThat(queue.take()).isEqualTo(1);
        assertThatThrownBy(queue::take).isInstanceOf(QueueShutDownException.class);
        assertThat(queue.poll()).isNull();
        assertThat(queue.unfinished()).isEqualTo(1);
        queue.taskDone();
        queue.join();
    }

    @HubTest
    void aShutdownWakesGettersOfAnEmptyQueue() throws Exception {
        var queue = new LightQueue<Integer>();
        var got = getters(queue, 2);
        queue.shutdown();
        for (var getter : got) {
            assertThatThrownBy(getter::await).isInstanceOf(QueueShutDownException.class);
        }
    }

    @HubTest
    void anImmediateShutdownThrowsAwayWhatIsInAndEndsJoin() throws Exception {
        var queue = new JoinableQueue<Integer>(2);
        queue.addAll(List.of(1, 2));
        queue.take();
        var joined = Green.spawn(() -> queue.join());
        queue.put(3);
        var putters = putters(queue, 4);
        assertThat(queue.shutdownNow()).containsExactly(2, 3);
        joined.await();
        queue.taskDone();
        assertThat(queue.isShutdown()).isTrue();
        assertThat(queue).isEmpty();
        assertThatThrownBy(putters.getLast()::await).isInstanceOf(QueueShutDownException.class);
        assertThatThrownBy(queue::take).isInstanceOf(QueueShutDownException.class);
    }

    // ---- other orders

    @HubTest
    void aPriorityQueueGivesTheLeastAndOfEqualsTheFirst() throws Exception {
        var queue = new GreenPriorityQueue<String>((left, right) -> left.charAt(0) - right.charAt(0));
        queue.addAll(List.of("b1", "a1", "b2", "a2", "c1", "a3"));
        var got = new ArrayList<String>();
        queue.drainTo(got);
        assertThat(got).containsExactly("a1", "a2", "a3", "b1", "b2", "c1");
    }

    @HubTest
    void anItemThatItsOrderRefusesIsItsPuttersProblem() throws Exception {
        var queue = new GreenPriorityQueue<Object>(1);
        queue.put(1);
        var putter = Green.spawn(() -> queue.put("not a number"));
        Turns.until(() -> queue.putting() == 1);
        queue.resize(2);
        assertThatThrownBy(putter::await).isInstanceOf(ClassCastException.class);
        assertThatThrownBy(() -> queue.put("not a number")).isInstanceOf(ClassCastException.class);
        assertThat(queue.take()).isEqualTo(1);
        assertThat(queue.unfinished()).isEqualTo(1);
        queue.taskDone();
    }

    @HubTest
    void theNextGetsTheRoomThatARefusedItemWouldHaveHad() throws Exception {
        var queue = new GreenPriorityQueue<Object>(2);
        queue.addAll(List.of(1, 2));
        var refused = Green.spawn(() -> queue.put("not a number"));
        Turns.until(() -> queue.putting() == 1);
        var alsoRefused = Green.spawn(() -> queue.put("nor is this"));
        Turns.until(() -> queue.putting() == 2);
        var next = Green.spawn(() -> queue.put(3));
        Turns.until(() -> queue.putting() == 3);
        assertThat(queue.take()).isEqualTo(1);
        next.await();
        assertThat(queue).containsExactlyInAnyOrder(2, 3);
        assertThatThrownBy(refused::await).isInstanceOf(ClassCastException.class);
        assertThatThrownBy(alsoRefused::await).isInstanceOf(ClassCastException.class);
    }

    @HubTest
    void theNextGetsTheRoomOfARemovedItemThatARefusedOneWouldHaveHad() throws Exception {
        var queue = new GreenPriorityQueue<Object>(2);
        queue.addAll(List.of(1, 2));
        var refused = Green.spawn(() -> queue.put("not a number"));
        Turns.until(() -> queue.putting() == 1);
        var next = Green.spawn(() -> queue.put(3));
        Turns.until(() -> queue.putting() == 2);
        assertThat(queue.remove(2)).isTrue();
        next.await();
        assertThat(queue).containsExactlyInAnyOrder(1, 3);
        assertThatThrownBy(refused::await).isInstanceOf(ClassCastException.class);
    }

    @HubTest
    void aLifoQueueGivesTheLastFirst() throws Exception {
        var queue = new LifoQueue<Integer>(3);
        queue.addAll(List.of(1, 2, 3));
        assertThat(List.of(queue.take(), queue.take(), queue.take())).containsExactly(3, 2, 1);
    }

    // ---- other threads

    @HubTest
    void threadsOfOtherLoopsAndOfNoneHandOverInOrder() throws Exception {
        int count = 2000;
        for (int capacity : new int[]{0, 1, 7}) {
            var there = new LightQueue<Integer>(capacity);
            var back = new LightQueue<Integer>(capacity);
            var platform = Thread.ofPlatform().daemon().start(() -> forward(there, back, count));
            try (var other = EventLoop.start()) {
                var sender = other.spawn(() -> {
                    for (int i = 0; i < count; i++) {
                        there.put(i);
                    }
                });
                for (int i = 0; i < count; i++) {
                    assertThat(back.take()).isEqualTo(i);
                }
                sender.await();
            }
            platform.join();
        }
    }

    private static void forward(LightQueue<Integer> from, LightQueue<Integer> to, int count) {
        try {
            for (int i = 0; i < count; i++) {
                to.put(from.take());
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @HubTest
    void aPlatformThreadThatIsInterruptedTakesNothing() throws Exception {
        var queue = new LightQueue<Integer>();
        var ended = new CountDownLatch(1);
        var thread = Thread.ofPlatform().daemon().start(() -> {
            try {
                queue.take();
            } catch (InterruptedException e) {
                ended.countDown();
            }
        });
        Turns.until(() -> queue.getting() == 1);
        thread.interrupt();
        ended.await();
        assertThat(queue.getting()).isZero();
        thread.join();
    }

    // ---- tools

    /** Starts getters one by one, so that they wait in this order. */
    private static <E> List<GreenThread<E>> getters(LightQueue<E> queue, int count) {
        var getters = new ArrayList<GreenThread<E>>();
        for (int i = 1; i <= count; i++) {
            int waiting = i;
            getters.add(Green.spawn(queue::take));
            Turns.until(() -> queue.getting() == waiting);
        }
        return getters;
    }

    /** Starts putters one by one, so that they wait in this order. */
    @SafeVarargs
    private static <E> List<GreenThread<E>> putters(LightQueue<E> queue, E... items) {
        var putters = new ArrayList<GreenThread<E>>();
        for (E item : items) {
            int waiting = putters.size() + 1;
            putters.add(Green.spawn(() -> {
                queue.put(item);
                return item;
            }));
            Turns.until(() -> queue.putting() == waiting);
        }
        return putters;
    }

    private static <E> List<E> results(List<GreenThread<E>> threads) throws Exception {
        var results = new ArrayList<E>();
        for (var thread : threads) {
            results.add(thread.await());
        }
        return results;
    }
}
