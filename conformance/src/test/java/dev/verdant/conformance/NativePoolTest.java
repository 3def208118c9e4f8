package dev.verdant.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.green.EventLoop;
import dev.verdant.green.Green;
import dev.verdant.green.GreenExit;
import dev.verdant.green.GreenInterruptedException;
import dev.verdant.green.GreenThread;
import dev.verdant.green.LoopClosedException;
import dev.verdant.green.Timeout;
import dev.verdant.green.pool.NativePool;
import dev.verdant.hub.HubProvider;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

@AnyOrder
class NativePoolTest {

    /** All its threads are there, and more work than they can do. */
    private static final Pattern DUMP = Pattern.compile("native: ((\\d+) of \\2), 0 idle, [1-9]\\d* queued");

    private static final Duration SHORT = Duration.ofMillis(5);

    /** A task that holds a thread of a pool until it is let go, and runs when this returns. */
    private static CountDownLatch hold(NativePool pool) throws Exception {
        var runs = new CountDownLatch(1);
        var letGo = new CountDownLatch(1);
        Green.spawnN(() -> pool.run(() -> {
            runs.countDown();
            letGo.await();
        }));
        runs.await();
        return letGo;
    }

    // ---- running

    @HubTest
    @NotSimulated(NotSimulated.NATIVE_WORK)
    void aTaskRunsOnANativeThreadWhileTheLoopRunsOn() throws Exception {
        var turns = new AtomicInteger();
        var counter = Green.spawn(() -> {
            while (true) {
                turns.incrementAndGet();
                Green.sleep(Duration.ofMillis(1));
            }
        });
        Thread runner = NativePool.execute(() -> {
            int seen = turns.get();
            while (turns.get() < seen + 5) {
                Thread.onSpinWait(); // Never yields: it would hold the loop.
            }
            return Thread.currentThread();
        });
        counter.kill();
        assertThat(runner.isVirtual()).isFalse();
        assertThat(runner.isDaemon()).isTrue();
        assertThat(runner.getName()).startsWith("verdant-native-");
    }

    @HubTest
    void aTaskWithoutAResultIsWaitedForToo() throws Exception {
        var done = new boolean[1];
        NativePool.execute(() -> {
            done[0] = true;
        });
        assertThat(done[0]).isTrue();
    }

    /** What kills a thread of eventlet's pool, so that the caller hangs for ever. */
    private static final class NoExceptionAtAll extends Throwable {
        private static final long serialVersionUID = 1L;
    }

    private static <E extends Throwable> void sneak(Throwable e) throws E {
        @SuppressWarnings("unchecked")
        E unchecked = (E) e;
        throw unchecked;
    }

    @HubTest
    void aThrowableOfAnyKindComesBackAsItselfAndTheThreadGoesOn() throws Exception {
        try (var pool = new NativePool("throwing", 1)) {
            Thread runner = pool.run(Thread::currentThread);
            for (Throwable each : List.of(new IOException("checked"), new IllegalStateException("unchecked"),
                    new AssertionError("an error"), new GreenExit(), new InterruptedException("its own"),
                    new OutOfMemoryError("pretended"), new NoExceptionAtAll())) {
                assertThatThrownBy(() -> pool.run(() -> {
                    NativePoolTest.<RuntimeException>sneak(each);
                })).isSameAs(each);
            }
            assertThat(pool.run(Thread::currentThread)).isSameAs(runner);
        }
    }

    @HubTest
    void anExceptionThatIsReturnedIsAResult() throws Exception {
        var returned = new IOException("a result");
        assertThat(NativePool.execute(() -> returned)).isSameAs(returned);
        assertThat(NativePool.execute(() -> new Object[]{1, returned, 3})).hasSize(3);
        assertThat(NativePool.<Object>execute(() -> null)).isNull();
    }

    @HubTest
    void aTaskThatCallsItsOwnPoolRunsTheInnerTaskItself() throws Exception {
        try (var pool = new NativePool("nesting", 1)) {
            var runners = pool.run(() -> List.of(Thread.currentThread(), pool.run(Thread::currentThread)));
            assertThat(runners.get(0)).isSameAs(runners.get(1));
        }
    }

    @HubTest
    void aTaskThatCallsAnotherPoolRunsTheInnerTaskThere() throws Exception {
        try (var outer = new NativePool("outer", 1); var inner = new NativePool("inner", 1)) {
            assertThat(outer.run(() -> inner.run(() -> Thread.currentThread().getName())))
                    .isEqualTo("verdant-inner-1");
        }
    }

    @HubTest
    void aCallFromAThreadThatIsOnNoLoopWorksAsWell() throws Exception {
        var call = new FutureTask<>(() -> NativePool.execute(() -> Thread.currentThread().getName()));
        Thread.ofPlatform().daemon().start(call);
        assertThat(call.get()).startsWith("verdant-native-");
    }

    @HubTest
    void aTaskSeesTheContextClassLoaderOfItsCallerAndTheNextDoesNot() throws Exception {
        try (var pool = new NativePool("loading", 1); var loader = new URLClassLoader(new URL[0])) {
            var before = Thread.currentThread().getContextClassLoader();
            Thread.currentThread().setContextClassLoader(loader);
            try {
                assertThat(pool.run(() -> Thread.currentThread().getContextClassLoader())).isSameAs(loader);
            } finally {
                Thread.currentThread().setContextClassLoader(before);
            }
            assertThat(pool.run(() -> Thread.currentThread().getContextClassLoader())).isSameAs(before);
        }
    }

    @HubTest
    void noMoreRunAtATimeThanItsSizeAndTheyBeginFirstComeFirstServed() throws Exception {
        try (var pool = new NativePool("sized", 3)) {
            var held = List.of(hold(pool), hold(pool), hold(pool));
            var order = new ConcurrentLinkedQueue<Integer>();
            Set<Thread> runners = ConcurrentHashMap.newKeySet();
            var waiting = new ArrayList<GreenThread<?>>();
            for (int i = 0; i < 50; i++) {
                int number = i;
                waiting.add(Green.spawn(() -> pool.run(() -> {
                    runners.add(Thread.currentThread());
                    return order.add(number);
                })));
                Turns.untilWaits(waiting.getLast());
            }
            assertThat(order).isEmpty();
            held.get(1).countDown(); // One thread, so that the order can be seen.
            for (var each : waiting) {
                each.await();
            }
            assertThat(runners).hasSize(1);
            assertThat(new ArrayList<>(order)).isSorted().hasSize(50);
            held.forEach(CountDownLatch::countDown);
        }
    }

    // ---- waits that end early

    @HubTest
    @NotSimulated(NotSimulated.NATIVE_WORK)
    void aTimeoutAbandonsTheWaitAndNotTheWorkBegunOrNot() throws Exception {
        try (var pool = new NativePool("late", 1)) {
            var letGo = new CountDownLatch(1);
            var done = new ConcurrentLinkedQueue<String>();
            assertThatThrownBy(() -> Timeout.call(SHORT, () -> pool.run(() -> {
                letGo.await();
                return done.add("begun");
            }))).isInstanceOf(Timeout.class);
            assertThatThrownBy(() -> Timeout.call(SHORT, () -> pool.run(() -> done.add("not begun"))))
                    .isInstanceOf(Timeout.class);
            assertThat(done).isEmpty();
            letGo.countDown();
            assertThat(pool.run(() -> List.copyOf(done))).containsExactly("begun", "not begun");
        }
    }

    @HubTest
    void aTaskWhoseWaiterWasKilledStillEndsAndItsThreadIsTheNextOnes() throws Exception {
        try (var pool = new NativePool("killed", 1)) {
            var letGo = new CountDownLatch(1);
            var interrupted = new boolean[1];
            var runner = new Thread[1];
            var ended = new CountDownLatch(1);
            var waiter = Green.spawn(() -> pool.run(() -> {
                runner[0] = Thread.currentThread();
                letGo.await();
                interrupted[0] = Thread.currentThread().isInterrupted();
                ended.countDown();
            }));
            Turns.until(() -> runner[0] != null);
            waiter.kill();
            assertThatThrownBy(waiter::await).isInstanceOf(GreenExit.class);
            assertThat(ended.getCount()).isEqualTo(1);
            letGo.countDown();
            ended.await();
            assertThat(interrupted[0]).isFalse();
            assertThat(pool.run(Thread::currentThread)).isSameAs(runner[0]);
        }
    }

    @HubTest
    void anInterruptOfTheWaiterEndsTheWait() throws Exception {
        try (var pool = new NativePool("interrupted", 1)) {
            var letGo = hold(pool);
            var waiter = Green.spawn(() -> pool.run(() -> 1));
            Turns.untilWaits(waiter);
            waiter.thread().interrupt();
            assertThatThrownBy(waiter::await).isInstanceOf(InterruptedException.class);
            letGo.countDown();
        }
    }

    @HubTest
    void aLoopThatClosesLeavesItsTasksToEndByThemselves(HubProvider hub) throws Exception {
        try (var pool = new NativePool("outliving", 1)) {
            var letGo = new CountDownLatch(1);
            var runs = new CountDownLatch(1);
            var done = new CountDownLatch(1);
            var loop = EventLoop.start(options -> options.hub(hub));
            var waiter = loop.spawn(() -> pool.run(() -> {
                runs.countDown();
                letGo.await();
                done.countDown();
            }));
            runs.await();
            loop.close();
            assertThatThrownBy(waiter::await).isInstanceOfAny(GreenExit.class, LoopClosedException.class);
            letGo.countDown();
            done.await();
        }
    }

    // ---- closing

    @HubTest
    void closingWaitsForAllThatHasComeAndForItsThreads() throws Exception {
        var pool = new NativePool("closing", 2);
        var held = List.of(hold(pool), hold(pool));
        var late = Green.spawn(() -> pool.run(Thread::currentThread));
        Turns.untilWaits(late);
        var closer = Green.spawn(pool::close);
        Turns.untilWaits(closer);
        assertThatThrownBy(() -> pool.run(() -> 1)).isInstanceOf(RejectedExecutionException.class)
                .hasMessageStartingWith("closing is closed and takes no more: a task of ");
        assertThat(closer.isDone()).isFalse();
        held.forEach(CountDownLatch::countDown);
        closer.await();
        Thread runner = late.await();
        Turns.until(() -> !runner.isAlive());
        assertThat(Green.dump()).doesNotContain("Native threads for closing");
        pool.close();
    }

    @HubTest
    void abandoningDropsWhatHasNotBegunAndWaitsForNothing() throws Exception {
        var pool = new NativePool("abandoned", 1);
        var letGo = new CountDownLatch(1);
        var begun = Green.spawn(() -> pool.run(() -> {
            letGo.await();
            return "ended by itself";
        }));
        Turns.until(() -> Green.dump().contains("'verdant-abandoned-1' works on"));
        var queued = Green.spawn(() -> pool.run(() -> "never"));
        Turns.untilWaits(queued);
        pool.abandon();
        assertThatThrownBy(queued::await).isInstanceOf(CancellationException.class)
                .hasMessageStartingWith("abandoned was closed before it began: ");
        assertThatThrownBy(() -> pool.run(() -> 1)).isInstanceOf(RejectedExecutionException.class);
        letGo.countDown();
        assertThat(begun.await()).isEqualTo("ended by itself");
        pool.close();
    }

    @HubTest
    void aCloseThatAUserInterruptsDropsWhatHasNotBegun() throws Exception {
        var pool = new NativePool("impatient", 1);
        var letGo = hold(pool);
        var queued = Green.spawn(() -> pool.run(() -> "never"));
        Turns.untilWaits(queued);
        var closer = Green.spawn(() -> {
            pool.close();
            return Thread.interrupted();
        });
        Turns.untilWaits(closer);
        closer.thread().interrupt();
        assertThat(closer.await()).as("the interrupt is kept").isTrue();
        assertThatThrownBy(queued::await).isInstanceOf(CancellationException.class);
        letGo.countDown();
        pool.close();
    }

    @HubTest
    @NotSimulated(NotSimulated.NATIVE_WORK)
    void aCloseThatTimesOutLeavesAllToBeDone() throws Exception {
        var pool = new NativePool("patient", 1);
        var letGo = hold(pool);
        var queued = Green.spawn(() -> pool.run(() -> "done"));
        Turns.untilWaits(queued);
        assertThatThrownBy(() -> Timeout.call(SHORT, pool::close)).isInstanceOf(Timeout.class);
        letGo.countDown();
        assertThat(queued.await()).isEqualTo("done");
    }

    @HubTest
    void aTaskThatClosesItsOwnPoolIsToldSo() throws Exception {
        try (var pool = new NativePool("own", 1)) {
            assertThatThrownBy(() -> pool.run(pool::close)).isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("would wait for itself");
            pool.run(pool::abandon);
        }
    }

    // ---- proxies

    interface Engine {

        String rev(String fuel) throws IOException;

        Thread runner();

        Part part();

        void stall() throws InterruptedException;

        void idle();

        default String twice(String fuel) throws IOException {
            return rev(fuel) + rev(fuel);
        }
    }

    interface Part {

        Thread runner();

        Part next();
    }

    private static final class V8 implements Engine {

        final CountDownLatch letGo = new CountDownLatch(1);

        @Override
        public String rev(String fuel) throws IOException {
            if (fuel.isEmpty()) {
                throw new IOException("empty");
            }
            return fuel + "!";
        }

        @Override
        public Thread runner() {
            return Thread.currentThread();
        }

        @Override
        public Part part() {
            return new Part() {
                @Override
                public Thread runner() {
                    return Thread.currentThread();
                }

                @Override
                public Part next() {
                    return this;
                }
            };
        }

        @Override
        public void stall() throws InterruptedException {
            letGo.await();
        }

        @Override
        public void idle() {
            while (letGo.getCount() > 0) {
                Thread.onSpinWait();
            }
        }

        @Override
        public String toString() {
            return "V8 on " + (Thread.currentThread().isVirtual() ? "a green thread" : "a native thread");
        }
    }

    @HubTest
    void theMethodsOfAProxyRunOnNativeThreadsAndThrowWhatTheTargetThrows() throws Exception {
        Engine engine = NativePool.proxy(Engine.class, new V8());
        assertThat(engine.runner().getName()).startsWith("verdant-native-");
        assertThat(engine.rev("petrol")).isEqualTo("petrol!");
        assertThat(engine.twice("a")).isEqualTo("a!a!");
        assertThatThrownBy(() -> engine.rev("")).isExactlyInstanceOf(IOException.class).hasMessage("empty");
        List<?> list = NativePool.proxy(List.class, new ArrayList<>(List.of(1, 2)));
        assertThatThrownBy(() -> list.get(2)).isExactlyInstanceOf(IndexOutOfBoundsException.class);
        assertThat((Object) list.get(1)).isEqualTo(2);
    }

    @HubTest
    void equalityHashAndTextOfAProxyAreTheTargetsAndDirect() {
        var target = new V8();
        Engine engine = NativePool.proxy(Engine.class, target);
        assertThat(engine).hasToString("V8 on a green thread");
        assertThat(engine.hashCode()).isEqualTo(target.hashCode());
        assertThat(engine.equals(engine)).isTrue();
        assertThat(engine.equals(target)).isTrue();
        assertThat(engine).isEqualTo(NativePool.proxy(Engine.class, target)).isNotEqualTo(new V8()).isNotEqualTo(null);
    }

    @HubTest
    void resultsAreProxiesIfTheirTypeWasNamedAndTheirsToo() {
        Engine plain = NativePool.proxy(Engine.class, new V8());
        assertThat(plain.part().runner().isVirtual()).isTrue();
        Engine deep = NativePool.proxy(Engine.class, new V8(), Part.class);
        assertThat(deep.part().runner().isVirtual()).isFalse();
        assertThat(deep.part().next().runner().isVirtual()).isFalse();
    }

    @HubTest
    void anInterruptedCallOfAProxyThrowsWhatItsMethodMayThrow() throws Exception {
        var target = new V8();
        Engine engine = NativePool.proxy(Engine.class, target);
        var declared = Green.spawn(engine::stall);
        var undeclared = Green.spawn(engine::idle);
        Turns.untilWaits(declared);
        Turns.untilWaits(undeclared);
        declared.thread().interrupt();
        undeclared.thread().interrupt();
        assertThatThrownBy(declared::await).isExactlyInstanceOf(InterruptedException.class);
        assertThatThrownBy(undeclared::await).isExactlyInstanceOf(GreenInterruptedException.class);
        target.letGo.countDown();
    }

    @HubTest
    void whatCannotBeProxiedIsNamed() {
        assertThatThrownBy(() -> NativePool.proxy(V8.class, new V8())).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("type: " + V8.class.getName() + " (expected: an interface)");
        assertThatThrownBy(() -> NativePool.proxy(Engine.class, new V8(), String.class))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("results: java.lang.String (expected: an interface)");
    }

    // ---- for people

    @HubTest
    void aDumpShowsWhatNativeThreadsDo() throws Exception {
        try (var pool = new NativePool("shown", 2)) {
            var target = new V8();
            var waiter = Green.spawn(pool.wrap(Engine.class, target)::stall);
            Turns.until(() -> Green.dump().contains("at " + V8.class.getName() + ".stall("));
            assertThat(Green.dump()).contains("Native threads for shown: 1 of 2, 0 idle, 0 queued")
                    .contains("works on " + V8.class.getName() + ".stall since ")
                    .contains("at " + V8.class.getName() + ".stall(NativePoolTest.java")
                    .contains("waits for " + V8.class.getName() + ".stall since ");
            target.letGo.countDown();
            waiter.await();
        }
    }

    @HubTest
    void badSizesAndNamesAreNamed() {
        assertThatThrownBy(() -> new NativePool("none", 0)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("size: 0 (expected: >= 1)");
        assertThatThrownBy(() -> new NativePool(" ", 1)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("name: ' ' (expected: not blank)");
    }

    /** Prints how many threads the pool of the process has when it has much to do, or why it has none. */
    public static void main(String[] arguments) throws Exception {
        Green.run(() -> {
            try {
                NativePool.execute(() -> {});
                var letGo = new CountDownLatch(1);
                for (int i = 0; i < 30; i++) {
                    Green.spawnN(() -> NativePool.execute(() -> letGo.await()));
                }
                Turns.until(() -> DUMP.matcher(Green.dump()).find());
                var found = DUMP.matcher(Green.dump());
                System.out.println(found.find() ? found.group(1) : "gone");
                letGo.countDown();
            } catch (IllegalArgumentException e) {
                System.out.println(e.getMessage());
            }
        });
    }

    @Test
    void theSizeOfTheCommonPoolIsAPropertyAndIsChecked() throws Exception {
        assertThat(sizeWith("-Dverdant.nativepool.size=3")).containsExactly("3 of 3");
        assertThat(sizeWith("-Dverdant.unrelated=0")).containsExactly("20 of 20");
        for (String wrong : List.of("0", "many")) {
            assertThat(sizeWith("-Dverdant.nativepool.size=" + wrong)).containsExactly(
                    "verdant.nativepool.size: " + wrong + " (expected: a number of threads, 1 or more)");
        }
    }

    private static List<String> sizeWith(String option) throws Exception {
        return ChildJvm.of(NativePoolTest.class).option(option).run();
    }
}
