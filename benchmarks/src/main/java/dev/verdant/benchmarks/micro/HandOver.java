package dev.verdant.benchmarks.micro;

import com.softwaremill.jox.Channel;
import dev.verdant.green.EventLoop;
import dev.verdant.green.Green;
import dev.verdant.green.queue.LightQueue;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
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

/**
 * An item from one thread to another, through queues and channels of several makers: on green threads, on the JDK's virtual threads with one carrier, and on
 * coroutines of one thread. What a switch costs is measured beside.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 1, jvmArgsAppend = {"--add-opens=java.base/java.lang=ALL-UNNAMED", "--enable-native-access=ALL-UNNAMED",
        "-XX:+UseSerialGC", "-Dverdant.watch=0", "-Djdk.virtualThreadScheduler.parallelism=1",
        "-Djdk.virtualThreadScheduler.maxPoolSize=1"})
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class HandOver {

    private static final int TIMES = 100_000;

    private @Nullable EventLoop loop;

    /** Creates the state. */
    public HandOver() {}

    /** What is done with each item on one side. */
    private interface Step {
        void take() throws Exception;
    }

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

    private static void often(Step step) throws Exception {
        for (int i = 0; i < TIMES; i++) {
            step.take();
        }
    }

    private void green(Step giver, Step taker) throws Exception {
        loop().spawn(() -> {
            var giving = Green.spawn(() -> often(giver));
            often(taker);
            giving.await();
        }).await();
    }

    private static void virtual(Step giver, Step taker) throws Exception {
        var giving = started(() -> {
            often(giver);
            return true;
        });
        started(() -> {
            often(taker);
            return true;
        }).get();
        giving.get();
    }

    private static FutureTask<Boolean> started(Callable<Boolean> body) {
        var task = new FutureTask<>(body);
        Thread.startVirtualThread(task);
        return task;
    }

    /**
     * The measure: two green threads that give way to each other, for a switch.
     *
     * @throws Exception never
     */
    @Benchmark
    @OperationsPerInvocation(2 * TIMES)
    public void greenSwitch() throws Exception {
        green(Green::sleep, Green::sleep);
    }

    /**
     * A rendezvous of green threads.
     *
     * @throws Exception never
     */
    @Benchmark
    @OperationsPerInvocation(TIMES)
    public void greenRendezvous() throws Exception {
        var queue = new LightQueue<Integer>(0);
        green(() -> queue.put(1), queue::take);
    }

    /**
     * Green threads with room for 100 items between them.
     *
     * @throws Exception never
     */
    @Benchmark
    @OperationsPerInvocation(TIMES)
    public void greenBuffered() throws Exception {
        var queue = new LightQueue<Integer>(100);
        green(() -> queue.put(1), queue::take);
    }

    /**
     * Put and take by one green thread: nobody waits.
     *
     * @throws Exception never
     */
    @Benchmark
    @OperationsPerInvocation(TIMES)
    public void greenUncontended() throws Exception {
        uncontended(new LightQueue<>(100));
    }

    /**
     * The JDK's queue in the place of ours.
     *
     * @throws Exception never
     */
    @Benchmark
    @OperationsPerInvocation(TIMES)
    public void greenUncontendedArrayBlockingQueue() throws Exception {
        uncontended(new ArrayBlockingQueue<>(100));
    }

    private void uncontended(BlockingQueue<Integer> queue) throws Exception {
        loop().spawn(() -> often(() -> {
            queue.put(1);
            queue.take();
        })).await();
    }

    /**
     * The JDK's rendezvous on green threads.
     *
     * @throws Exception never
     */
    @Benchmark
    @OperationsPerInvocation(TIMES)
    public void greenSynchronousQueue() throws Exception {
        var queue = new SynchronousQueue<Integer>();
        green(() -> queue.put(1), queue::take);
    }

    /**
     * The JDK's rendezvous on the JDK's virtual threads.
     *
     * @throws Exception never
     */
    @Benchmark
    @OperationsPerInvocation(TIMES)
    public void virtualSynchronousQueue() throws Exception {
        var queue = new SynchronousQueue<Integer>();
        virtual(() -> queue.put(1), queue::take);
    }

    /**
     * The JDK's queue with room for 100 on the JDK's virtual threads.
     *
     * @throws Exception never
     */
    @Benchmark
    @OperationsPerInvocation(TIMES)
    public void virtualArrayBlockingQueue() throws Exception {
        var queue = new ArrayBlockingQueue<Integer>(100);
        virtual(() -> queue.put(1), queue::take);
    }

    /**
     * Jox's rendezvous on the JDK's virtual threads.
     *
     * @throws Exception never
     */
    @Benchmark
    @OperationsPerInvocation(TIMES)
    public void joxRendezvous() throws Exception {
        var channel = Channel.<Integer>newRendezvousChannel();
        virtual(() -> channel.send(1), channel::receive);
    }

    /**
     * Jox's channel with room for 100 on the JDK's virtual threads.
     *
     * @throws Exception never
     */
    @Benchmark
    @OperationsPerInvocation(TIMES)
    public void joxBuffered() throws Exception {
        var channel = Channel.<Integer>newBufferedChannel(100);
        virtual(() -> channel.send(1), channel::receive);
    }

    /**
     * Kotlin's rendezvous, coroutines on one thread.
     *
     * @throws InterruptedException never
     */
    @Benchmark
    @OperationsPerInvocation(TIMES)
    public void kotlinRendezvous() throws InterruptedException {
        KotlinChannel.handOver(0, TIMES);
    }

    /**
     * Kotlin's channel with room for 100, coroutines on one thread.
     *
     * @throws InterruptedException never
     */
    @Benchmark
    @OperationsPerInvocation(TIMES)
    public void kotlinBuffered() throws InterruptedException {
        KotlinChannel.handOver(100, TIMES);
    }
}
