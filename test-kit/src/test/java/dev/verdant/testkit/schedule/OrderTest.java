package dev.verdant.testkit.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.verdant.green.spi.ReadyOrder.Ready;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class OrderTest {

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Threads(long... ids) implements Ready {

        @Override
        public int size() {
            return ids.length;
        }

        @Override
        public long id(int index) {
            return ids[index];
        }
    }

    private static List<Integer> picks(Order order, int count) {
        var picks = new ArrayList<Integer>();
        for (int i = 0; i < count; i++) {
            picks.add(order.pick(i % 5 == 0 ? new Threads(1) : new Threads(1, 2, 3)));
        }
        return picks;
    }

    @Test
    void whatARandomOrderPickedIsPickedAgainInAReplay() {
        Order drawn = Order.random(new SplittableRandom(3));
        List<Integer> picked = picks(drawn, 100);
        Order replayed = Order.replay(drawn.picks());
        assertThat(picks(replayed, 100)).isEqualTo(picked).contains(0, 1, 2);
        assertThat(replayed.picks()).isEqualTo(drawn.picks());
    }

    @Test
    void firstComeFirstServedPicksNothingElse() {
        Order order = Order.fifo();
        assertThat(picks(order, 20)).containsOnly(0);
        assertThat(order.picks()).isEqualTo(Decisions.NONE);
    }

    @Test
    void byPrioritiesOneThreadRunsUntilItWaitsOrAChangeComes() {
        Order order = Order.pct(new SplittableRandom(8), 1, 1000); // No change.
        int first = order.pick(new Threads(1, 2, 3));
        for (int i = 0; i < 50; i++) {
            assertThat(order.pick(new Threads(1, 2, 3))).isEqualTo(first);
        }
    }

    @Test
    void aChangeMakesWhoRunsTheLowest() {
        int changed = 0;
        for (int seed = 0; seed < 50; seed++) {
            Order order = Order.pct(new SplittableRandom(seed), 2, 10); // One change in ten steps.
            var picked = new ArrayList<Integer>();
            for (int i = 0; i < 10; i++) {
                picked.add(order.pick(new Threads(1, 2)));
            }
            long others = picked.stream().distinct().count();
            assertThat(others).isLessThanOrEqualTo(2);
            changed += others == 2 ? 1 : 0;
        }
        assertThat(changed).isGreaterThan(35); // All but those whose change comes at the first step.
    }

    @Test
    void aReplayOfFewerThreadsPicksOneThatIsThere() {
        Order replayed = Order.replay(Decisions.parse("0=7"));
        assertThat(replayed.pick(new Threads(1, 2, 3))).isBetween(0, 2);
    }
}
