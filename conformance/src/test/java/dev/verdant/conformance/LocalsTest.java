package dev.verdant.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.green.Green;
import dev.verdant.green.GreenTask;
import dev.verdant.green.GreenThread;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.NullUnmarked;

/** That {@code ThreadLocal} and {@code ScopedValue} do what {@code corolocal} and {@code contextvars} do. */
@SuppressWarnings("ThreadLocalUsage") // each test has its own
@NullUnmarked // locals without a value
@AnyOrder
class LocalsTest {

    private static final ScopedValue<String> USER = ScopedValue.newInstance();

    @HubTest
    void aThreadLocalIsOfOneGreenThreadAndNotInherited() throws Exception {
        var local = new ThreadLocal<String>();
        local.set("main");
        var looked = new CountDownLatch(1);
        var child = Green.spawn(() -> {
            String first = local.get();
            local.set("child");
            looked.await();
            return first + ", " + local.get();
        });
        Turns.until(child::isAlive);
        assertThat(local.get()).isEqualTo("main");
        looked.countDown();
        assertThat(child.await()).isEqualTo("null, child");
    }

    @HubTest
    void anInheritableOneIsInherited() throws Exception {
        var local = new InheritableThreadLocal<String>();
        local.set("main");
        assertThat(Green.spawn(local::get).await()).isEqualTo("main");
        local.remove();
    }

    @HubTest
    void anInitialiserRunsOnceForEachThreadThatTouchesIt() {
        var calls = new AtomicInteger();
        var local = ThreadLocal.withInitial(calls::incrementAndGet);
        var threads = new ArrayList<GreenThread<?>>();
        for (int i = 0; i < 10; i++) {
            int number = i;
            threads.add(Green.spawn(() -> {
                if (number % 2 == 0) {
                    int first = local.get();
                    Green.sleep();
                    assertThat(local.get()).isEqualTo(first);
                }
            }));
        }
        assertThat(joined(threads)).isTrue();
        assertThat(calls.get()).isEqualTo(5);
    }

    private static boolean joined(List<GreenThread<?>> threads) {
        for (var thread : threads) {
            try {
                thread.await();
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }
        return true;
    }

    @HubTest
    void whatALocalHoldsIsGoneWhenItsThreadHasEndedThoughItsHandleIsKept() throws Exception {
        var local = new ThreadLocal<Object>();
        var values = new ArrayList<WeakReference<Object>>();
        var handles = new ArrayList<GreenThread<?>>();
        for (int i = 0; i < 100; i++) {
            handles.add(Green.spawn(() -> {
                var value = new Object();
                values.add(new WeakReference<>(value));
                local.set(value);
                Green.sleep();
            }));
        }
        Green.joinAll(handles);
        assertThat(values).hasSize(100);
        assertThat(reachableAtTheEnd(values)).isLessThanOrEqualTo(1);
        assertThat(handles).allMatch(GreenThread::isDone);
        assertThat(local.get()).isNull();
    }

    @HubTest
    void whatABodyHoldsIsGoneWhenItHasEndedThoughItsHandleIsKept() throws Exception {
        var values = new ArrayList<WeakReference<Object>>();
        var handles = new ArrayList<GreenThread<?>>();
        for (int i = 0; i < 100; i++) {
            var value = new Object();
            values.add(new WeakReference<>(value));
            GreenTask body = () -> assertThat(value).isNotNull();
            handles.add(Green.spawn(body));
        }
        Green.joinAll(handles);
        assertThat(reachableAtTheEnd(values)).isLessThanOrEqualTo(1);
        assertThat(handles).allMatch(GreenThread::isDone);
    }

    private static long reachableAtTheEnd(List<WeakReference<Object>> values) {
        long reachable = values.size();
        for (int i = 0; i < 500 && reachable > 1; i++) {
            System.gc();
            Green.sleep(Duration.ofMillis(1));
            reachable = values.stream().filter(value -> value.get() != null).count();
        }
        return reachable;
    }

    @HubTest
    void aScopedValueIsBoundForItsBodyWhoeverRunsBetween() throws Exception {
        var looked = new CountDownLatch(1);
        var other = Green.spawn(() -> ScopedValue.where(USER, "other").call(() -> {
            looked.await();
            return USER.get();
        }));
        assertThat(ScopedValue.where(USER, "main").<String, Exception>call(() -> {
            Turns.until(other::isAlive);
            String seen = USER.get();
            looked.countDown();
            return seen + ", " + other.await() + ", " + USER.get();
        })).isEqualTo("main, other, main");
        assertThat(USER.isBound()).isFalse();
    }

    @HubTest
    void aScopedValueIsNotInheritedByASpawn() throws Exception {
        ScopedValue.where(USER, "main").<Object, Exception>call(() -> {
            var child = Green.spawn(() -> USER.get());
            assertThatThrownBy(child::await).isInstanceOf(NoSuchElementException.class);
            return null;
        });
    }
}
