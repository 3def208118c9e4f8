package dev.verdant.benchmarks.micro;

import dev.verdant.green.EventLoop;
import dev.verdant.green.pool.GreenPile;
import dev.verdant.green.pool.GreenPool;
import dev.verdant.green.pool.NativePool;
import dev.verdant.green.pool.ResourcePool;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
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

/** What a task in a pool costs, mapped, spawned or on a native thread, and what it costs to borrow a resource. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 1, jvmArgsAppend = {"--add-opens=java.base/java.lang=ALL-UNNAMED", "--enable-native-access=ALL-UNNAMED",
        "-XX:+UseSerialGC"})
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class Pools {

    private static final int ITEMS = 1_000_000;
    private static final int TIMES = 10_000;

    private @Nullable EventLoop loop;

    /** Creates the state. */
    public Pools() {}

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
     * A million trivial items through {@code imap}, each in a green thread of its own.
     *
     * @return their sum
     * @throws Exception never
     */
    @Benchmark
    @OperationsPerInvocation(ITEMS)
    public long imap() throws Exception {
        return loop().spawn(() -> sum(new GreenPool().imap(Pools::same, range(ITEMS)))).await();
    }

    /**
     * The same, in the order in which they end.
     *
     * @return their sum
     * @throws Exception never
     */
    @Benchmark
    @OperationsPerInvocation(ITEMS)
    public long imapUnordered() throws Exception {
        return loop().spawn(() -> sum(new GreenPool().imapUnordered(Pools::same, range(ITEMS)))).await();
    }

    private static Integer same(Integer item) {
        return item;
    }

    private static Iterable<Integer> range(int end) {
        return () -> IntStream.range(0, end).iterator();
    }

    private static long sum(GreenPile<Integer> results) {
        long sum = 0;
        for (int each : results) {
            sum += each;
        }
        return sum;
    }

    /**
     * A million trivial tasks spawned into a pool without a handle.
     *
     * @throws Exception never
     */
    @Benchmark
    @OperationsPerInvocation(ITEMS)
    public void spawnN() throws Exception {
        loop().spawn(() -> {
            var pool = new GreenPool();
            for (int i = 0; i < ITEMS; i++) {
                pool.spawnN(() -> {});
            }
            pool.waitAll();
        }).await();
    }

    /**
     * A resource that is free, borrowed and put back.
     *
     * @throws Exception never
     */
    @Benchmark
    @OperationsPerInvocation(ITEMS)
    public void leaseUncontended() throws Exception {
        loop().spawn(() -> {
            var pool = new ResourcePool<>(0, 4, Object::new);
            for (int i = 0; i < ITEMS; i++) {
                pool.lease().close();
            }
        }).await();
    }

    /**
     * From a green thread to a native thread and back.
     *
     * @throws Exception never
     */
    @Benchmark
    @OperationsPerInvocation(TIMES)
    public void nativeRoundTrip() throws Exception {
        loop().spawn(() -> {
            for (int i = 0; i < TIMES; i++) {
                NativePool.execute(() -> 1);
            }
        }).await();
    }
}
