package dev.verdant.hub.unix;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LinkageTest {

    private static final MethodHandle SOMETHING = MethodHandles.empty(MethodType.methodType(void.class));

    private final CountDownLatch mayLink = new CountDownLatch(1);
    /** Who has linked. */
    private final ConcurrentLinkedQueue<Thread> linkers = new ConcurrentLinkedQueue<>();

    @Test
    void itIsLinkedOnceAndNobodyWaitsForIt() {
        var linkage = new Linkage(() -> linkedWhenAllowed());
        linkage.prepare();
        linkage.prepare();
        assertThat(linkage.isReady()).isFalse();

        mayLink.countDown();
        awaitLinkers();
        linkage.prepare();
        assertThat(linkage.isReady()).isTrue();
        assertThat(linkers).hasSize(1);
    }

    @Test
    void whatIsRefusedIsNeverReady() {
        var linkage = new Linkage(() -> {
            linkers.add(Thread.currentThread());
            throw new ExceptionInInitializerError("refused");
        });
        linkage.prepare();
        awaitLinkers();
        linkage.prepare();
        awaitLinkers();
        assertThat(linkage.isReady()).isFalse();
        assertThat(linkers).hasSize(1);
    }

    /** May do what the pool has not begun. */
    private static void awaitLinkers() {
        assertThat(ForkJoinPool.commonPool().awaitQuiescence(30, TimeUnit.SECONDS)).isTrue();
    }

    private MethodHandle linkedWhenAllowed() {
        linkers.add(Thread.currentThread());
        try {
            mayLink.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        return SOMETHING;
    }
}
