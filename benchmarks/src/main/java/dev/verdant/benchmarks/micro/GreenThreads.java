package dev.verdant.benchmarks.micro;

import dev.verdant.green.EventLoop;
import dev.verdant.green.Green;
import dev.verdant.green.Greenlet;
import dev.verdant.green.Timeout;
import java.time.Duration;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** What a switch, a spawn, a timer and a wake-up from another thread cost. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 1, jvmArgsAppend = {"--add-opens=java.base/java.lang=ALL-UNNAMED", "--enable-native-access=ALL-UNNAMED",
        "-XX:+UseSerialGC"})
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class GreenThreads {

    private static final int TIMES = 100_000;

    private @Nullable EventLoop loop;

    /** Creates the state. */
    public GreenThreads() {}

    /** Starts the loop. */
    @Setup(Level.Trial)
    public void start() {
        loop = EventLoop.start();
    }

    /** Closes the loop. */
    @TearDown(Level.Trial)
    public void close() {
        loop().close();
    }

    private EventLoop loop() {
        EventLoop started = loop;
        if (started == null) {
            throw new IllegalStateException("not started");
        }
        return started;
    }

    /**
     * Two green threads that give way to each other.
     *
     * @throws Exception never
     */
    @Benchmark
    @OperationsPerInvocation(2 * TIMES)
    public void switchByYielding() throws Exception {
        var other = loop().spawn(GreenThreads::yieldOften);
        loop().spawn(GreenThreads::yieldOften).await();
        other.await();
    }

    private static void yieldOften() {
        for (int i = 0; i < TIMES; i++) {
            Green.sleep();
        }
    }

    /**
     * The main greenlet and another that switch to each other.
     *
     * @throws Exception never
     */
    @Benchmark
    @OperationsPerInvocation(2 * TIMES)
    public void switchBetweenGreenlets() throws Exception {
        loop().spawn(() -> {
            var root = Greenlet.current();
            var other = new Greenlet(value -> {
                Object held = value;
                while (held != null) {
                    held = root.switchTo(held);
                }
                return null;
            });
            for (int i = 0; i < TIMES; i++) {
                other.switchTo(this);
            }
            other.switchTo(null);
        }).await();
    }

    /**
     * Two green threads that hand items over through a queue of the JDK's.
     *
     * @throws Exception never
     */
    @Benchmark
    @OperationsPerInvocation(TIMES)
    public void handOverThroughSynchronousQueue() throws Exception {
        var queue = new SynchronousQueue<Integer>();
        loop().spawn(() -> handOver(queue)).await();
    }

    private static void handOver(SynchronousQueue<Integer> queue) throws Exception {
        var giver = Green.spawn(() -> {
            for (int i = 0; i < TIMES; i++) {
                queue.put(i);
            }
        });
        for (int i = 0; i < TIMES; i++) {
            queue.take();
        }
        giver.await();
    }

    /**
     * Spawn, run, finish and await, one after the other.
     *
     * @throws Exception never
     */
    @Benchmark
    @OperationsPerInvocation(TIMES)
    public void spawnAndAwait() throws Exception {
        loop().spawn(() -> {
            for (int i = 0; i < TIMES; i++) {
                Green.spawn(() -> 1).await();
            }
        }).await();
    }

    /**
     * Spawn, run and finish, without a handle.
     *
     * @throws Exception never
     */
    @Benchmark
    @OperationsPerInvocation(TIMES)
    public void spawnAndForget() throws Exception {
        loop().spawn(() -> {
            for (int i = 0; i < TIMES; i++) {
                Green.spawnN(() -> {});
                if ((i & 63) == 0) {
                    Green.sleep();
                }
            }
        }).await();
    }

    /**
     * A deadline around a body that does not wait: set and cancelled.
     *
     * @throws Exception never
     */
    @Benchmark
    @OperationsPerInvocation(TIMES)
    public void timeoutThatDoesNotFire() throws Exception {
        var deadline = Duration.ofSeconds(30);
        loop().spawn(() -> {
            for (int i = 0; i < TIMES; i++) {
                Timeout.call(deadline, () -> 1);
            }
        }).await();
    }

    /**
     * The shortest sleep: a timer is set, the thread parks, the timer fires in the next turn and the thread runs on.
     *
     * @throws Exception never
     */
    @Benchmark
    @OperationsPerInvocation(TIMES)
    public void timerThatFires() throws Exception {
        var shortest = Duration.ofNanos(1);
        loop().spawn(() -> {
            for (int i = 0; i < TIMES; i++) {
                Green.sleep(shortest);
            }
        }).await();
    }

    /**
     * From a thread that is on no loop to the loop and back.
     *
     * @throws Exception never
     */
    @Benchmark
    public void spawnFromAnotherThread() throws Exception {
        loop().spawn(() -> 1).await();
    }
}
