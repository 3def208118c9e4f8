package dev.verdant.conformance.patch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.verdant.conformance.HubTest;
import dev.verdant.conformance.NotSimulated;
import dev.verdant.conformance.TestNames;
import dev.verdant.conformance.Turns;
import dev.verdant.green.Green;
import dev.verdant.green.GreenExit;
import dev.verdant.green.GreenThread;
import dev.verdant.green.Timeout;
import dev.verdant.green.patch.Patch;
import dev.verdant.green.patch.Patcher;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The JDK's name look-ups, called by green threads of a JVM whose DNS is patched. */
@Tag("patched")
class DnsPatchTest {

    /** For names that nobody has asked for before. */
    private static final AtomicInteger NUMBERS = new AtomicInteger();

    @BeforeAll
    static void patch() {
        Patcher.monkeyPatch(Patch.DNS);
    }

    /** A name whose look-up has begun when {@link #begun} opens, and ends when {@link #letGo} does. */
    private static final class Slow {

        final CountDownLatch begun = new CountDownLatch(1);
        final CountDownLatch letGo = new CountDownLatch(1);
        final TestNames.Name name = new TestNames.Name(() -> {
            begun.countDown();
            letGo.await();
            return List.of(InetAddress.ofLiteral("127.0.0.9"));
        });
    }

    /** A name that tells which thread has looked it up. */
    private static final class Told {

        final AtomicReference<Thread> by = new AtomicReference<>();
        final TestNames.Name name = new TestNames.Name(() -> {
            by.set(Thread.currentThread());
            return List.of(InetAddress.ofLiteral("127.0.0.9"));
        });
    }

    // ---- the loop turns

    @HubTest
    @NotSimulated(NotSimulated.MACHINE)
    void aLookUpHoldsNeitherTheLoopNorAnother() throws Exception {
        var slow = List.of(new Slow(), new Slow(), new Slow(), new Slow(), new Slow());
        var waits = new ArrayList<GreenThread<InetAddress>>();
        for (Slow each : slow) {
            waits.add(Green.spawn(() -> InetAddress.getByName(each.name.host)));
        }
        for (Slow each : slow) {
            each.begun.await();
        }
        assertThat(InetAddress.getByName(TestNames.of("127.0.0.4"))).isEqualTo(InetAddress.ofLiteral("127.0.0.4"));
        assertThat(Green.dump()).contains("works on the addresses of " + slow.getFirst().name.host + " since ");
        for (Slow each : slow) {
            each.letGo.countDown();
        }
        for (var wait : waits) {
            assertThat(wait.await()).isEqualTo(InetAddress.ofLiteral("127.0.0.9"));
        }
    }

    @HubTest
    @NotSimulated(NotSimulated.MACHINE)
    void aReverseLookUpHoldsNoLoopEither() throws Exception {
        var begun = new CountDownLatch(1);
        var letGo = new CountDownLatch(1);
        var address = InetAddress.ofLiteral("127.0.77.1");
        String host = TestNames.of("127.0.77.1");
        TestNames.name(address, () -> {
            begun.countDown();
            letGo.await();
            return host;
        });
        var canonical = Green.spawn(() -> InetAddress.ofLiteral("127.0.77.1").getCanonicalHostName());
        var plain = Green.spawn(() -> new InetSocketAddress(InetAddress.ofLiteral("127.0.77.1"), 1).getHostName());
        begun.await();
        Turns.untilWaits(plain);
        letGo.countDown();
        assertThat(canonical.await()).isEqualTo(host);
        assertThat(plain.await()).isEqualTo(host);
    }

    @HubTest
    @NotSimulated(NotSimulated.MACHINE)
    void whoeverElseAsksForTheNameMeanwhileWaitsForTheSameLookUp() throws Exception {
        var slow = new Slow();
        var waits = new ArrayList<GreenThread<InetAddress[]>>();
        for (int i = 0; i < 10; i++) {
            waits.add(Green.spawn(() -> InetAddress.getAllByName(slow.name.host)));
        }
        var elsewhere = new FutureTask<>(() -> InetAddress.getAllByName(slow.name.host));
        var platform = Thread.ofPlatform().daemon().start(elsewhere);
        slow.begun.await();
        Turns.until(() -> platform.getState() == Thread.State.WAITING);
        waits.forEach(Turns::untilWaits);
        slow.letGo.countDown();
        for (var wait : waits) {
            assertThat(wait.await()).containsExactly(InetAddress.ofLiteral("127.0.0.9"));
        }
        assertThat(elsewhere.get()).containsExactly(InetAddress.ofLiteral("127.0.0.9"));
        assertThat(slow.name.lookUps).hasValue(1);
    }

    // ---- the same as ever

    @HubTest
    @NotSimulated(NotSimulated.MACHINE)
    void theAddressesAreTheSameInTheSameOrder() throws Exception {
        String host = TestNames.of("127.0.0.3", "::1", "127.0.0.1", "127.0.0.2");
        var addresses = InetAddress.getAllByName(host);
        assertThat(Arrays.stream(addresses).map(InetAddress::getHostAddress)).containsExactly("127.0.0.3",
                "0:0:0:0:0:0:0:1", "127.0.0.1", "127.0.0.2");
        assertThat(addresses[0].getHostName()).isEqualTo(host);
        assertThat(InetAddress.getAllByName("localhost"))
                .containsExactly(elsewhere(() -> InetAddress.getAllByName("localhost")));
        assertThat(InetAddress.getLocalHost()).isEqualTo(elsewhere(InetAddress::getLocalHost));
        assertThat(new InetSocketAddress(TestNames.of("127.0.0.5"), 80).getAddress())
                .isEqualTo(InetAddress.ofLiteral("127.0.0.5"));
        assertThat(new InetSocketAddress("nobody.verdant.test", 80).isUnresolved()).isTrue();
    }

    @HubTest
    @NotSimulated(NotSimulated.MACHINE)
    void failuresAreTheSameInTheSameWords() throws Exception {
        for (String bad : List.of("a\0b%s", "[::1", "1::2::3", "x%s.verdant.test", "x%s.invalid", "x%s..invalid",
                "-%s", "x".repeat(300) + "%s")) {
            // Each its own name: the JDK says less of one that its cache knows to be unknown.
            String here = String.format(bad, NUMBERS.incrementAndGet());
            String there = String.format(bad, NUMBERS.incrementAndGet());
            var expected = elsewhere(() -> catchThrowable(() -> InetAddress.getAllByName(there)));
            var thrown = catchThrowable(() -> InetAddress.getAllByName(here));
            assertThat(thrown).as(bad).isExactlyInstanceOf(expected.getClass())
                    .hasMessage(String.valueOf(expected.getMessage()).replace(there, here));
            assertThat(thrown.getCause() == null).as(bad).isEqualTo(expected.getCause() == null);
        }
    }

    @HubTest
    @NotSimulated(NotSimulated.MACHINE)
    void aFailureShowsWhoHasAsked() {
        assertThatThrownBy(() -> InetAddress.getByName("nobody" + NUMBERS.incrementAndGet() + ".verdant.test"))
                .isInstanceOf(UnknownHostException.class).hasStackTraceContaining("DnsPatchTest.")
                .hasStackTraceContaining("TestNames");
    }

    @HubTest
    @NotSimulated(NotSimulated.MACHINE)
    void anAddressWithoutANameIsShownAsAnAddress() {
        var address = InetAddress.ofLiteral("127.0.78.1");
        TestNames.name(address, () -> {
            throw new UnknownHostException();
        });
        assertThat(address.getCanonicalHostName()).isEqualTo("127.0.78.1");
    }

    @HubTest
    @NotSimulated(NotSimulated.MACHINE)
    void aNativeThreadLooksUpForAGreenOneAndEverybodyElseForHimself() throws Exception {
        var green = new Told();
        var _ = InetAddress.getByName(green.name.host);
        assertThat(green.by.get().getName()).startsWith("verdant-names-");
        var platform = new Told();
        var _ = elsewhere(() -> InetAddress.getByName(platform.name.host));
        assertThat(platform.by.get().getName()).isEqualTo("elsewhere");
    }

    @Test
    void aVirtualThreadOnNoLoopLooksUpForItself() throws Exception {
        var told = new Told();
        var virtual = Thread.ofVirtual().start(() -> {
            try {
                var _ = InetAddress.getByName(told.name.host);
            } catch (UnknownHostException e) {
                throw new AssertionError(e);
            }
        });
        virtual.join();
        assertThat(told.by.get()).isSameAs(virtual);
    }

    @HubTest
    @NotSimulated(NotSimulated.MACHINE)
    void theContextClassLoaderIsTheCallers() throws Exception {
        var seen = new CompletableFuture<ClassLoader>();
        var name = new TestNames.Name(() -> {
            seen.complete(Thread.currentThread().getContextClassLoader());
            return List.of(InetAddress.ofLiteral("127.0.0.9"));
        });
        var own = new ClassLoader(getClass().getClassLoader()) {
        };
        Thread.currentThread().setContextClassLoader(own);
        var _ = InetAddress.getByName(name.host);
        assertThat(seen.join()).isSameAs(own);
    }

    // ---- waits that end early

    @HubTest
    @NotSimulated(NotSimulated.MACHINE)
    void aTimeoutAndAKillEndTheWaitAndTheNameCanBeAskedForAgain() throws Exception {
        var slow = new Slow();
        do { // What has not begun by then is not begun at all.
            assertThatThrownBy(
                    () -> Timeout.call(Duration.ofMillis(20), () -> InetAddress.getByName(slow.name.host)))
                    .isInstanceOf(Timeout.class);
        } while (slow.name.lookUps.get() == 0);
        int timedOut = slow.name.lookUps.get();
        var killed = Green.spawn(() -> InetAddress.getByName(slow.name.host));
        Turns.until(() -> slow.name.lookUps.get() > timedOut);
        killed.kill();
        assertThatThrownBy(killed::await).isInstanceOf(GreenExit.class);
        assertThat(slow.letGo.getCount()).as("the look-ups go on").isEqualTo(1);
        int ended = slow.name.lookUps.get();
        var waits = Green.spawn(() -> InetAddress.getByName(slow.name.host));
        Turns.until(() -> slow.name.lookUps.get() > ended);
        slow.letGo.countDown();
        assertThat(waits.await()).isEqualTo(InetAddress.ofLiteral("127.0.0.9"));
    }

    @HubTest
    @NotSimulated(NotSimulated.MACHINE)
    void anInterruptIsKeptUntilTheLookUpIsDone() throws Exception {
        var slow = new Slow();
        var waits = Green.spawn(() -> {
            InetAddress address = InetAddress.getByName(slow.name.host);
            assertThat(Thread.interrupted()).isTrue();
            return address;
        });
        slow.begun.await();
        waits.thread().interrupt();
        Green.sleep();
        assertThat(waits.isDone()).isFalse();
        slow.letGo.countDown();
        assertThat(waits.await()).isEqualTo(InetAddress.ofLiteral("127.0.0.9"));
    }

    // ---- who cannot be taken off his loop

    /** Its initializer looks up a name, as many do. */
    private static final class Eager {

        static final AtomicReference<Thread> LOOKED_UP_BY;

        static final InetAddress ADDRESS;

        static {
            var told = new Told();
            try {
                ADDRESS = InetAddress.getByName(told.name.host);
            } catch (UnknownHostException e) {
                throw new AssertionError(e);
            }
            LOOKED_UP_BY = told.by;
        }
    }

    @HubTest
    @NotSimulated(NotSimulated.MACHINE)
    void aClassInitializerMayLookUpANameAndDoesItItself() {
        assertThat(Eager.ADDRESS).isEqualTo(InetAddress.ofLiteral("127.0.0.9"));
        assertThat(Eager.LOOKED_UP_BY.get().getName()).doesNotStartWith("verdant-names-");
    }

    // ---- elsewhere

    /** Calls on a platform thread. */
    private static <T> T elsewhere(Callable<T> call) throws Exception {
        var task = new FutureTask<>(call);
        Thread.ofPlatform().daemon().name("elsewhere").start(task);
        return task.get();
    }
}
