package dev.verdant.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.verdant.green.Green;
import dev.verdant.green.GreenExit;
import dev.verdant.green.GreenThread;
import dev.verdant.green.Timeout;
import dev.verdant.green.net.Net;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class NamesTest {

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

    // ---- results

    @HubTest
    @NotSimulated(NotSimulated.MACHINE)
    void theAddressesAreTheJdksInItsOrder() throws Exception {
        for (String host : List.of("localhost", TestNames.of("127.0.0.3", "::1", "127.0.0.1", "127.0.0.2"))) {
            var addresses = Net.resolve(host);
            assertThat(addresses).containsExactly(InetAddress.getAllByName(host));
            assertThat(addresses.getFirst().getHostName()).isEqualTo(host);
        }
    }

    @HubTest
    @NotSimulated(NotSimulated.MACHINE)
    void anAddressNeedsNoLookUpAndNoWait() throws Exception {
        for (String literal : List.of("127.0.0.1", "::1", "[::1]", "::ffff:1.2.3.4", "fe80::1%1", "[fe80::1%1]", "")) {
            var addresses = Net.resolve(literal, Duration.ZERO);
            assertThat(addresses).as(literal).containsExactly(InetAddress.getAllByName(literal));
        }
        var slow = new Slow();
        assertThatThrownBy(() -> Net.resolve(slow.name.host, Duration.ZERO)).isInstanceOf(SocketTimeoutException.class);
        slow.letGo.countDown();
    }

    @HubTest
    @NotSimulated(NotSimulated.MACHINE)
    void badNamesAreRefusedInTheJdksWords() {
        for (String bad : List.of("a\0b", "[::1", "[x]", "[]", "1::2::3", "::1%nonesuch0", "[127.0.0.1]",
                "0x7f.1.2.3", "nonesuch.verdant.test", "nonesuch.invalid", "nonesuch.invalid.")) {
            // The JDK says less of a name that its cache knows to be unknown: first let it know.
            assertThatThrownBy(() -> InetAddress.getAllByName(bad)).isInstanceOf(UnknownHostException.class);
            var expected = catchThrowable(() -> InetAddress.getAllByName(bad));
            assertThatThrownBy(() -> Net.resolve(bad)).as(bad).isInstanceOf(UnknownHostException.class)
                    .hasMessage(expected.getMessage());
        }
    }

    @Test
    void offALoopALookUpSaysWhatIsMissing() {
        assertThatThrownBy(() -> Net.resolve("127.0.0.1")).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("Net.resolve");
    }

    // ---- many at a time

    @HubTest
    @NotSimulated(NotSimulated.MACHINE)
    void aSlowLookUpHoldsNeitherTheLoopNorAnother() throws Exception {
        var slow = List.of(new Slow(), new Slow(), new Slow(), new Slow(), new Slow());
        var waits = new ArrayList<GreenThread<List<InetAddress>>>();
        for (Slow each : slow) {
            waits.add(Green.spawn(() -> Net.resolve(each.name.host)));
        }
        for (Slow each : slow) {
            each.begun.await();
        }
        assertThat(Net.resolve(TestNames.of("127.0.0.4"))).containsExactly(InetAddress.ofLiteral("127.0.0.4"));
        assertThat(Green.dump()).contains("Native threads for names: ",
                "works on the addresses of " + slow.getFirst().name.host + " since ");
        for (Slow each : slow) {
            each.letGo.countDown();
        }
        for (var wait : waits) {
            assertThat(wait.await()).containsExactly(InetAddress.ofLiteral("127.0.0.9"));
        }
    }

    @HubTest
    @NotSimulated(NotSimulated.MACHINE)
    void aNameThatManyAskForIsLookedUpOnceAndWhoLeavesHurtsNobody() throws Exception {
        var slow = new Slow();
        var waits = new ArrayList<GreenThread<List<InetAddress>>>();
        for (int i = 0; i < 100; i++) {
            waits.add(Green.spawn(() -> Net.resolve(slow.name.host)));
        }
        slow.begun.await();
        for (int i = 0; i < 50; i++) {
            waits.get(2 * i).kill();
        }
        assertThat(slow.name.lookUps).hasValue(1);
        slow.letGo.countDown();
        for (int i = 0; i < 50; i++) {
            assertThat(waits.get(2 * i + 1).await()).hasSize(1);
        }
        assertThat(slow.name.lookUps).hasValue(1);
    }

    @HubTest
    @NotSimulated(NotSimulated.MACHINE)
    void thoseWhoShareAFailureEachHaveTheirOwnException() throws Exception {
        var begun = new CountDownLatch(1);
        var name = new TestNames.Name(() -> {
            begun.await();
            throw new UnknownHostException("nobody");
        });
        var left = Green.spawn(() -> catchThrowable(() -> Net.resolve(name.host)));
        var right = Green.spawn(() -> catchThrowable(() -> Net.resolve(name.host)));
        Turns.untilWaits(left);
        Turns.untilWaits(right);
        begun.countDown();
        assertThat(left.await()).isInstanceOf(UnknownHostException.class).hasMessage("nobody")
                .isNotSameAs(right.await());
        assertThat(right.await()).isInstanceOf(UnknownHostException.class).hasMessage("nobody");
        assertThat(name.lookUps).hasValue(1);
    }

    /** N22. */
    @HubTest(seconds = 60)
    @NotSimulated(NotSimulated.MACHINE)
    void tenThousandNamesLeaveTheLoopTurning() throws Exception {
        int count = Counts.of(10_000);
        var waits = new ArrayList<GreenThread<List<InetAddress>>>();
        for (int i = 0; i < count; i++) {
            String host = TestNames.of("10.0." + (i >> 8) + "." + (i & 0xff));
            waits.add(Green.spawn(() -> Net.resolve(host)));
        }
        int[] ticks = {0};
        var ticker = Green.spawn(() -> {
            while (true) {
                Green.sleep(Duration.ofMillis(1));
                ticks[0]++;
            }
        });
        for (int i = 0; i < count; i++) {
            assertThat(waits.get(i).await())
                    .containsExactly(InetAddress.ofLiteral("10.0." + (i >> 8) + "." + (i & 0xff)));
        }
        Green.sleep(Duration.ofMillis(5));
        ticker.kill();
        assertThat(ticks[0]).isPositive();
    }

    // ---- waits that end early

    @HubTest
    @NotSimulated(NotSimulated.MACHINE)
    void aLookUpThatTakesTooLongEndsAtItsDeadline() throws Exception {
        var slow = new Slow();
        assertThatThrownBy(() -> Net.resolve(slow.name.host, Duration.ofMillis(30)))
                .isInstanceOf(SocketTimeoutException.class).hasMessage("Name look-up timed out: " + slow.name.host);
        slow.letGo.countDown();
        assertThat(Net.resolve(slow.name.host)).hasSize(1);
    }

    @HubTest
    @NotSimulated(NotSimulated.MACHINE)
    void aKillATimeoutAndAnInterruptEndTheWaitAtOnce() throws Exception {
        var slow = new Slow();
        var killed = Green.spawn(() -> Net.resolve(slow.name.host));
        var interrupted = Green.spawn(() -> {
            assertThatThrownBy(() -> Net.resolve(slow.name.host)).isInstanceOf(InterruptedException.class);
            assertThat(Thread.currentThread().isInterrupted()).isFalse();
        });
        slow.begun.await();
        killed.kill();
        assertThatThrownBy(killed::await).isInstanceOf(GreenExit.class);
        interrupted.thread().interrupt();
        interrupted.await();
        assertThatThrownBy(() -> Timeout.call(Duration.ofMillis(10), () -> Net.resolve(slow.name.host)))
                .isInstanceOf(Timeout.class);
        assertThat(slow.letGo.getCount()).as("the look-up goes on").isEqualTo(1);
        slow.letGo.countDown();
    }
}
