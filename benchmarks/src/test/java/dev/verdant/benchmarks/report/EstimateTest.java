package dev.verdant.benchmarks.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class EstimateTest {

    @Test
    void theMedianOfAnEvenNumberIsBetweenTheMiddleTwo() {
        assertThat(Estimate.median(9, 1, 4)).isEqualTo(4);
        assertThat(Estimate.median(9, 1, 4, 5)).isEqualTo(4.5);
        assertThatThrownBy(() -> Estimate.median(new double[0])).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("expected: at least one");
    }

    @Test
    void aMedianLeavesItsValuesAsTheyWere() {
        double[] values = {3, 1, 2};
        Estimate.median(values);
        assertThat(values).containsExactly(3, 1, 2);
    }

    @Test
    void theSameRoundsAlwaysHaveTheSameInterval() {
        double[] values = new Random(3).doubles(21).toArray();
        assertThat(Estimate.of(values)).isEqualTo(Estimate.of(values));
    }

    @Test
    void theIntervalHoldsTheMedianAndShrinksWithMoreRounds() {
        var random = new Random(7);
        var few = Estimate.of(random.doubles(7, 90, 110).toArray());
        var many = Estimate.of(random.doubles(2001, 90, 110).toArray());
        assertThat(few.median()).isBetween(few.low(), few.high());
        assertThat(many.high() - many.low()).isLessThan((few.high() - few.low()) / 3);
        assertThat(many.median()).isCloseTo(100, within(1.0));
    }

    @Test
    void theIntervalHoldsTheTrueMedianInAboutNinetyFiveOfAHundredRuns() {
        var random = new Random(11);
        int held = 0;
        for (int run = 0; run < 200; run++) {
            var estimate = Estimate.of(random.doubles(21).map(value -> 5 + value).toArray());
            held += estimate.low() <= 5.5 && 5.5 <= estimate.high() ? 1 : 0;
        }
        assertThat(held).isBetween(170, 200);
    }

    @Test
    void whatIsNotANumberIsLeftOutAndNothingIsUnknown() {
        var estimate = Estimate.of(Double.NaN, 2, Double.POSITIVE_INFINITY);
        assertThat(estimate).isEqualTo(new Estimate(2, 2, 2, 1));
        assertThat(Estimate.of().isKnown()).isFalse();
        assertThat(Estimate.of(Double.NaN).isKnown()).isFalse();
    }

    @Test
    void anAimIsMetWhenTheIntervalReachesIt() {
        var reached = new Estimate(1.10, 1.04, 1.20, 5);
        assertThat(Aim.atMost("x", 1.15, reached).verdict()).isEqualTo("met");
        assertThat(Aim.atMost("x", 1.05, reached).verdict()).isEqualTo("met by the interval");
        assertThat(Aim.atMost("x", 1.03, reached).verdict()).isEqualTo("missed");
        assertThat(Aim.atLeast("x", 1.15, reached).verdict()).isEqualTo("met by the interval");
        assertThat(Aim.atLeast("x", 1.21, reached).verdict()).isEqualTo("missed");
        assertThat(Aim.atMost("x", 1, Estimate.of()).verdict()).isEqualTo("not measured");
        assertThat(Aim.atMost("x", 1, Estimate.of()).isMet()).isFalse();
    }

    @Test
    void roundsThatDifferTooMuchNeitherMeetNorMissAnAim() {
        var wild = new Estimate(2.0, 0.5, 4.0, 5);
        assertThat(Aim.atMost("x", 1.0, wild).verdict()).isEqualTo("too noisy");
        assertThat(Aim.atMost("x", 1.0, wild).isMet()).isFalse();
        assertThat(Aim.atMost("x", 2.5, wild).verdict()).isEqualTo("met");
        assertThat(Aim.atMost("x", 0.4, wild).verdict()).isEqualTo("missed");
    }
}
