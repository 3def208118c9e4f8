package dev.verdant.conformance.library;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.conformance.Each;
import dev.verdant.conformance.HubTest;
import dev.verdant.conformance.NotSimulated;
import dev.verdant.conformance.library.Cases.Case;
import dev.verdant.green.Green;
import dev.verdant.green.GreenExit;
import dev.verdant.green.GreenThread;
import dev.verdant.green.Timeout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;

/** Many calls of one library on one loop: they wait at the same time, and one that is ended in the middle harms no other. */
@Tag("patched")
@NotSimulated("the libraries and their servers are on the machine's network")
@ExtendWith(Servers.class)
class LibrariesTest {

    private static final int MANY = 20;

    private static void untilHeld(Subject subject, int count) throws Exception {
        while (subject.held() != count) {
            Green.sleep(Duration.ofMillis(1));
        }
    }

    private static List<GreenThread<String>> spawn(Subject subject, Pace pace) {
        var calls = new ArrayList<GreenThread<String>>();
        for (int i = 0; i < MANY; i++) {
            String what = "call" + i;
            calls.add(Green.spawn(what, () -> subject.ask(pace, what)));
        }
        return calls;
    }

    private static void assertAnswered(List<GreenThread<String>> calls) throws Exception {
        for (int i = 0; i < MANY; i++) {
            assertThat(calls.get(i).await()).isEqualTo("call" + i);
        }
    }

    private static void assertServes(Subject subject) throws Exception {
        for (int i = 0; i < 3; i++) {
            assertThat(subject.ask(Pace.AT_ONCE, "next" + i)).isEqualTo("next" + i);
        }
    }

    @HubTest(seconds = 60)
    void manyCallsAreWithTheServerAtTheSameTime(@Each(Cases.class) Case each) throws Exception {
        try (Subject subject = each.open(MANY)) {
            var calls = spawn(subject, Pace.WHEN_RELEASED);
            untilHeld(subject, MANY);
            subject.release();
            assertAnswered(calls);
        }
    }

    @HubTest(seconds = 60)
    void manySlowCallsTakeAboutAsLongAsOne(@Each(PlainCases.class) Case each) throws Exception {
        try (Subject subject = each.open(MANY)) {
            assertAnswered(spawn(subject, Pace.AT_ONCE)); // What is loaded and connected once and for all.
            long start = System.nanoTime();
            assertAnswered(spawn(subject, Pace.SLOWLY));
            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .isBetween(Duration.ofMillis(Pace.SLOW_MILLIS - 20),
                            Duration.ofMillis(Pace.SLOW_MILLIS * MANY / 2));
        }
    }

    /** Those without TLS. */
    static final class PlainCases extends Cases {
        @Override
        public Stream<Case> get() {
            return super.get().filter(each -> !each.tls().isOn());
        }
    }

    @HubTest(seconds = 60)
    void aTimeoutEndsACallAndItsAnswerGoesToNobody(@Each(Cases.class) Case each) throws Exception {
        try (Subject subject = each.open(1)) {
            assertServes(subject);
            assertThatThrownBy(
                    () -> Timeout.call(Duration.ofMillis(50), () -> subject.ask(Pace.WHEN_RELEASED, "late")))
                    .isInstanceOf(Timeout.class);
            assertThat(Thread.currentThread().isInterrupted()).isFalse();
            subject.release();
            assertServes(subject);
        }
    }

    @HubTest(seconds = 60)
    void aKillEndsACallAndItsAnswerGoesToNobody(@Each(Cases.class) Case each) throws Exception {
        try (Subject subject = each.open(1)) {
            assertServes(subject);
            var call = Green.spawn("late", () -> subject.ask(Pace.WHEN_RELEASED, "late"));
            untilHeld(subject, 1);
            call.kill();
            assertThatThrownBy(call::await).isInstanceOf(GreenExit.class);
            subject.release();
            assertServes(subject);
        }
    }
}
