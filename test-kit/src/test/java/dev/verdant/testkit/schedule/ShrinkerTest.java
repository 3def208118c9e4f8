package dev.verdant.testkit.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class ShrinkerTest {

    private static Decisions of(int... places) {
        var recorder = new Decisions.Recorder();
        for (int place : places) {
            recorder.add(place, 1);
        }
        return recorder.decisions();
    }

    private static Predicate<Decisions> needs(int... places) {
        return decisions -> {
            var reader = decisions.reader();
            var taken = new TreeSet<Integer>();
            for (int i = 0; i < 1000; i++) {
                if (reader.next() != 0) {
                    taken.add(i);
                }
            }
            for (int place : places) {
                if (!taken.contains(place)) {
                    return false;
                }
            }
            return true;
        };
    }

    @Test
    void whatAFailureDoesNotNeedIsLeftOut() {
        var random = new SplittableRandom(1);
        for (int round = 0; round < 200; round++) {
            var places = new TreeSet<Integer>();
            int size = 1 + random.nextInt(60);
            while (places.size() < size) {
                places.add(random.nextInt(1000));
            }
            List<Integer> all = new ArrayList<>(places);
            int first = all.get(random.nextInt(size));
            int second = all.get(random.nextInt(size));
            int[] needed = first == second
                    ? new int[]{first}
                    : new int[]{Math.min(first, second), Math.max(first, second)};
            Decisions failing = of(places.stream().mapToInt(Integer::intValue).toArray());
            assertThat(new Shrinker(needs(needed), () -> true).shrink(failing)).isEqualTo(of(needed));
        }
    }

    @Test
    void aFailureThatNeedsNoDecisionIsShrunkToNone() {
        assertThat(new Shrinker(_ -> true, () -> true).shrink(of(1, 2, 3))).isEqualTo(Decisions.NONE);
    }

    @Test
    void aFailureThatNeedsThemAllKeepsThemAll() {
        assertThat(new Shrinker(needs(1, 2, 3), () -> true).shrink(of(1, 2, 3))).isEqualTo(of(1, 2, 3));
    }

    @Test
    void whatWasFoundWhenTheTimeIsUpIsTheResult() {
        var left = new AtomicInteger(4);
        var shrunk = new Shrinker(needs(7), () -> left.getAndDecrement() > 0).shrink(of(1, 2, 3, 4, 5, 6, 7, 8));
        assertThat(needs(7).test(shrunk)).isTrue();
    }

    @Test
    void decisionsAreReadAsTheyWereWritten() {
        assertThat(Decisions.parse(of(3, 17, 400).toString())).isEqualTo(of(3, 17, 400));
        assertThat(Decisions.parse(Decisions.NONE.toString())).isEqualTo(Decisions.NONE);
    }

    @Test
    void textThatIsNoDecisionsIsRefusedWithThePlace() {
        for (String bad : new String[]{"", "3", "3=", "=1", "3=0", "3=1,2=1", "3=1,", "x=1"}) {
            assertThatThrownBy(() -> Decisions.parse(bad)).as(bad).isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("'" + bad + "' (expected: PLACE=CHOICE");
        }
    }

    @Test
    void whatWasChosenByLotIsChosenAgainInAReplay() {
        var drawn = Choices.random(new SplittableRandom(5));
        var taken = new ArrayList<Object>();
        for (int i = 0; i < 100; i++) {
            taken.add(drawn.chance(0.1));
            taken.add(drawn.choose(1 + i));
        }
        var replayed = Choices.replay(drawn.taken());
        var again = new ArrayList<Object>();
        for (int i = 0; i < 100; i++) {
            again.add(replayed.chance(0.1));
            again.add(replayed.choose(1 + i));
        }
        assertThat(again).isEqualTo(taken);
        assertThat(replayed.taken()).isEqualTo(drawn.taken());
    }
}
