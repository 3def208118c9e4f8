package dev.verdant.testkit;

import dev.verdant.green.spi.FaultPoint;
import dev.verdant.testkit.schedule.Choices;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which {@link FaultPoint}s strike in a {@link Simulation}: drawn from its seed, or said by hand. To be set before the run or by its green threads.
 */
public final class FaultPlan {

    /** Of the points there are, a run draws lots for so many: what is everywhere at once hides more than it finds. */
    private static final double ENABLED = 0.5;

    private final Map<String, Integer> scripted = new HashMap<>();
    private final Map<String, Boolean> enabled = new HashMap<>();
    private double share;
    private @Nullable Choices choices;

    FaultPlan() {}

    /** Where its lots come from: by the time the run begins. */
    void drawFrom(Choices drawn) {
        choices = drawn;
    }

    /**
     * Has points strike by lot: about half of all, chosen for the run, each time with this likelihood.
     *
     * @param share from 0, which is so at first, to 1
     * @return this
     */
    public FaultPlan randomly(double share) {
        if (!(share >= 0 && share <= 1)) {
            throw new IllegalArgumentException("share: " + share + " (expected: 0 <= share <= 1)");
        }
        this.share = share;
        return this;
    }

    /**
     * Has a point strike each of the next times.
     *
     * @param name the point's name
     * @param times how often; 0 for never, also not by lot
     * @return this
     */
    public FaultPlan strike(String name, int times) {
        if (times < 0) {
            throw new IllegalArgumentException("times: " + times + " (expected: >= 0)");
        }
        scripted.put(FaultPoint.named(name).name(), times);
        return this;
    }

    boolean isEmpty() {
        return share == 0 && scripted.isEmpty();
    }

    boolean strikes(String name) {
        Integer times = scripted.get(name);
        if (times != null) {
            if (times > 0 && times != Integer.MAX_VALUE) {
                scripted.put(name, times - 1);
            }
            return times > 0;
        }
        return share > 0 && choices != null && isEnabled(choices, name) && choices.chance(share);
    }

    private boolean isEnabled(Choices lots, String name) {
        return enabled.computeIfAbsent(name, _ -> lots.chance(ENABLED));
    }

    int draw(int bound) {
        return choices == null ? 0 : choices.choose(bound);
    }
}
