package dev.verdant.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.hub.HubProvider;
import dev.verdant.hub.ListenerChannel;
import dev.verdant.hub.Readiness;
import dev.verdant.hub.SocketDomain;
import dev.verdant.hub.StreamChannel;
import dev.verdant.testkit.contract.HubDriver.Pair;
import java.io.IOException;
import java.net.SocketException;
import java.net.StandardSocketOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Calls from threads that are not the hub's. */
public abstract class ThreadChapter extends HubChapter {

    /**
     * Creates the chapter.
     *
     * @param provider whose hubs are tested
     */
    protected ThreadChapter(HubProvider provider) {
        super(provider);
    }

    @Test
    void everyTryCallMayBeMadeFromAnyThread() throws Exception {
        elsewhere(() -> {
            ListenerChannel listener = hub().openListener(SocketDomain.INTERNET);
            listener.bind(HubDriver.loopback(0), 10);
            StreamChannel client = hub().openStream(SocketDomain.INTERNET);
            client.setOption(StandardSocketOptions.TCP_NODELAY, true);
            assertThat(client.getOption(StandardSocketOptions.TCP_NODELAY)).isTrue();
            while (!client.connect(HubDriver.addressOf(listener)) && !client.finishConnect()) {
                Thread.onSpinWait();
            }
            StreamChannel server = listener.accept();
            while (server == null) {
                server = listener.accept();
            }
            assertThat(client.write(new byte[]{1, 2, 3}, 0, 3)).isEqualTo(3);
            var bytes = new byte[3];
            for (int got = 0; got < 3;) {
                got += server.read(bytes, got, 3 - got);
            }
            assertThat(bytes).containsExactly(1, 2, 3);
            assertThat(server.remoteAddress()).isEqualTo(client.localAddress());
            server.shutdownOutput();
            server.shutdownInput();
            server.shutdown();
            // Never registered, so any thread may close them.
            server.close();
            client.close();
            listener.close();
            assertThatThrownBy(() -> client.write(new byte[1], 0, 1)).isInstanceOf(SocketException.class)
                    .hasMessage("Socket closed");
            return true;
        });
    }

    /** The hub tells of bytes that somebody else takes before its thread looks; the next ones must be told of all the same. */
    @Test
    void whatAnotherThreadHasTakenHidesNothingThatComes() throws Exception {
        Pair pair = driver().connect();
        var one = new byte[1];
        for (int i = 0; i < 200; i++) {
            assertThat(pair.server.channel.read(one, 0, 1)).isZero();
            pair.server.channel.arm(Readiness.READ);
            pair.client.writeFully((byte) 1);
            elsewhere(() -> {
                while (pair.server.channel.read(one, 0, 1) == 0) {
                    Thread.onSpinWait();
                }
                return true;
            });
            if (i % 2 == 0) {
                driver().settle();
            }
            pair.client.writeFully((byte) 2);
            assertThat(pair.server.readFully(1)).containsExactly(2);
        }
    }

    @Test
    void aConnectionThatAnotherThreadHasTakenHidesNoneThatComes() throws Exception {
        ListenerChannel listener = driver().listen();
        var told = new AtomicInteger();
        listener.register(told::addAndGet);
        for (int i = 0; i < 50; i++) {
            assertThat(listener.accept()).isNull();
            listener.arm(Readiness.READ);
            boolean _ = driver().stream().connect(HubDriver.addressOf(listener));
            elsewhere(() -> {
                StreamChannel taken = listener.accept();
                while (taken == null) {
                    taken = listener.accept();
                }
                taken.close();
                return true;
            });
            driver().settle();
            assertThat(listener.accept()).isNull();
            listener.arm(Readiness.READ);
            driver().settle();
            told.set(0);
            boolean _ = driver().stream().connect(HubDriver.addressOf(listener));
            driver().until("the next connection", () -> told.get() != 0);
            driver().accept(listener);
        }
    }

    /** The waiter tries, finds nothing and arms while the hub sleeps; a level-triggered hub has to be woken for that. */
    @Test
    void whoArmsFromAnotherThreadIsHeard() throws Exception {
        Pair pair = driver().connectUnregistered(driver().listen());
        var ready = new Semaphore(0);
        pair.server.channel.register(_ -> ready.release());
        FutureTask<Boolean> reader = start(() -> {
            for (int i = 0; i < 2000; i++) {
                while (pair.server.channel.read(new byte[100], 0, 100) != 0) {
                    // Until nothing is there.
                }
                ready.drainPermits();
                pair.server.channel.arm(Readiness.READ);
                assertThat(pair.client.channel.write(new byte[]{1}, 0, 1)).isEqualTo(1);
                acquire(ready);
            }
            return true;
        });
        pollUntilDone(reader);
    }

    /** Writer, reader and hub each on a thread of its own, at full speed: every wait must end. */
    @Test
    void aConversationOffTheHubsThreadNeverStalls() throws Exception {
        Pair there = driver().connectUnregistered(driver().listen());
        var atClient = new Semaphore(0);
        var atServer = new Semaphore(0);
        there.client.channel.register(_ -> atClient.release());
        there.server.channel.register(_ -> atServer.release());
        int rounds = 20_000;
        FutureTask<Boolean> echo = start(() -> {
            for (int i = 0; i < rounds; i++) {
                assertThat(readOne(there.server.channel, atServer)).isEqualTo((byte) i);
                assertThat(there.server.channel.write(new byte[]{(byte) i}, 0, 1)).isEqualTo(1);
            }
            return true;
        });
        FutureTask<Boolean> client = start(() -> {
            for (int i = 0; i < rounds; i++) {
                assertThat(there.client.channel.write(new byte[]{(byte) i}, 0, 1)).isEqualTo(1);
                assertThat(readOne(there.client.channel, atClient)).isEqualTo((byte) i);
            }
            return true;
        });
        pollUntilDone(client);
        pollUntilDone(echo);
    }

    @Test
    void aLargeTransferOffTheHubsThreadNeverStalls() throws Exception {
        Pair pair = driver().connectUnregistered(driver().listen());
        var canRead = new Semaphore(0);
        var canWrite = new Semaphore(0);
        pair.client.channel.register(_ -> canWrite.release());
        pair.server.channel.register(_ -> canRead.release());
        int total = 30_000_000;
        FutureTask<Boolean> writer = start(() -> {
            for (int gone = 0; gone < total;) {
                int count = pair.client.channel.write(new byte[60_000], 0, Math.min(60_000, total - gone));
                gone += count;
                if (count == 0) {
                    pair.client.channel.arm(Readiness.WRITE);
                    acquire(canWrite);
                }
            }
            return true;
        });
        FutureTask<Boolean> reader = start(() -> {
            for (int got = 0; got < total;) {
                int count = pair.server.channel.read(new byte[50_000], 0, 50_000);
                got += count;
                if (count == 0) {
                    pair.server.channel.arm(Readiness.READ);
                    acquire(canRead);
                }
            }
            return true;
        });
        pollUntilDone(writer);
        pollUntilDone(reader);
    }

    @Test
    void aListenerIsWaitedForFromAnyThread() throws Exception {
        ListenerChannel listener = driver().listen();
        var ready = new Semaphore(0);
        listener.register(_ -> ready.release());
        FutureTask<Boolean> acceptor = start(() -> {
            for (int i = 0; i < 100; i++) {
                StreamChannel client = hub().openStream(SocketDomain.INTERNET);
                boolean _ = client.connect(HubDriver.addressOf(listener));
                StreamChannel server = listener.accept();
                while (server == null) {
                    listener.arm(Readiness.READ);
                    acquire(ready);
                    server = listener.accept();
                }
                server.close();
                client.close();
            }
            return true;
        });
        pollUntilDone(acceptor);
    }

    @Test
    void aHubWithNoOtherWordBelongsToWhoOpenedIt() throws Exception {
        Pair pair = driver().connect();
        elsewhere(() -> {
            assertThatThrownBy(pair.server.channel::close).isInstanceOf(IllegalStateException.class);
            return true;
        });
        assertThat(pair.server.channel.isOpen()).isTrue();
    }

    /** A loop opens its hub where it is made and then polls on a thread of its own. */
    @Test
    void aHubBelongsToTheThreadThatItWasConfinedTo() throws Exception {
        var owner = new AtomicReference<Thread>();
        List<HubDriver> moved = new ArrayList<>();
        var driver = new HubDriver(provider());
        driver.hub.confine(() -> Thread.currentThread() == owner.get());
        moved.add(driver);
        elsewhere(() -> {
            owner.set(Thread.currentThread());
            try (HubDriver here = moved.getFirst()) {
                Pair pair = here.connect();
                pair.client.writeFully((byte) 1);
                assertThat(pair.server.readFully(1)).containsExactly(1);
                pair.client.channel.close();
            }
            return true;
        });
    }

    // ----

    private static byte readOne(StreamChannel channel, Semaphore ready) throws IOException, InterruptedException {
        var one = new byte[1];
        while (channel.read(one, 0, 1) == 0) {
            channel.arm(Readiness.READ);
            acquire(ready);
        }
        return one[0];
    }

    private static void acquire(Semaphore ready) throws InterruptedException {
        if (!ready.tryAcquire(HubDriver.PATIENCE / 2, TimeUnit.NANOSECONDS)) {
            throw new AssertionError("a waiter was forgotten");
        }
    }

    private FutureTask<Boolean> start(Callable<Boolean> body) {
        var hub = hub();
        var task = new FutureTask<Boolean>(body) {
            @Override
            protected void done() {
                hub.wakeup();
                hub.release();
            }
        };
        hub.hold(); // A simulated hub would sleep long at once.
        Thread.ofPlatform().daemon().start(task);
        return task;
    }

    /** Sleeps long in each poll, so that nothing but the hub's own attention can end a wait in time. */
    private void pollUntilDone(FutureTask<Boolean> task) throws Exception {
        while (!task.isDone()) {
            hub().poll(HubDriver.PATIENCE);
        }
        assertThat(task.get()).isTrue();
    }

    private void elsewhere(Callable<Boolean> body) throws Exception {
        var task = new FutureTask<>(body);
        Thread.ofPlatform().daemon().start(task);
        try {
            assertThat(task.get(30, TimeUnit.SECONDS)).isTrue();
        } catch (TimeoutException e) {
            throw new AssertionError("a call blocks", e);
        }
    }
}
