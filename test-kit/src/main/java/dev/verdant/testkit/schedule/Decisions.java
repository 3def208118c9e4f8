package dev.verdant.testkit.schedule;

import java.util.Arrays;
import java.util.function.IntPredicate;

/**
 * What was decided otherwise than by default in a run: places in the sequence of decisions, ascending, and what was chosen there. As text:
 * {@code 3=1,17=2}; nothing at all is {@code -}.
 */
public final class Decisions {

    /** Nothing was decided otherwise. */
    public static final Decisions NONE = new Decisions(new int[0], new int[0]);

    private static final String EMPTY = "-";

    private final int[] places;
    private final int[] choices;

    private Decisions(int[] places, int[] choices) {
        this.places = places;
        this.choices = choices;
    }

    /**
     * Reads what {@link #toString} has written.
     *
     * @param text for example {@code 3=1,17=2}
     * @return the decisions
     * @throws IllegalArgumentException if it is none
     */
    public static Decisions parse(String text) {
        if (text.equals(EMPTY)) {
            return NONE;
        }
        var recorder = new Recorder();
        int last = -1;
        for (String each : text.split(",", -1)) {
            int sign = each.indexOf('=');
            try {
                int place = Integer.parseInt(each, 0, Math.max(0, sign), 10);
                int choice = Integer.parseInt(each, sign + 1, each.length(), 10);
                if (place <= last || choice < 1) {
                    throw new NumberFormatException(each);
                }
                recorder.add(place, choice);
                last = place;
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException(
                        "decisions: '" + text
                                + "' (expected: PLACE=CHOICE,..., with ascending places and choices from 1, at '" + each
                                + "')",
                        e);
            }
        }
        return recorder.decisions();
    }

    /**
     * Returns how many there are.
     *
     * @return 0 or more
     */
    public int size() {
        return places.length;
    }

    /**
     * Returns some of them; the others are left to the default.
     *
     * @param kept tells by its index which stay
     * @return those
     */
    public Decisions keep(IntPredicate kept) {
        var recorder = new Recorder();
        for (int i = 0; i < places.length; i++) {
            if (kept.test(i)) {
                recorder.add(places[i], choices[i]);
            }
        }
        return recorder.decisions();
    }

    Reader reader() {
        return new Reader(this);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Decisions that && Arrays.equals(places, that.places)
                && Arrays.equals(choices, that.choices);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(places) + Arrays.hashCode(choices);
    }

    @Override
    public String toString() {
        if (places.length == 0) {
            return EMPTY;
        }
        var text = new StringBuilder();
        for (int i = 0; i < places.length; i++) {
            text.append(i == 0 ? "" : ",").append(places[i]).append('=').append(choices[i]);
        }
        return text.toString();
    }

    /** Reads decisions one after the other. */
    static final class Reader {

        private final Decisions decisions;
        private int place;
        private int index;

        private Reader(Decisions decisions) {
            this.decisions = decisions;
        }

        int next() {
            boolean here = index < decisions.places.length && decisions.places[index] == place++;
            return here ? decisions.choices[index++] : 0;
        }
    }

    /** Writes decisions down. */
    static final class Recorder {

        private int[] places = new int[16];
        private int[] choices = new int[16];
        private int size;

        void add(int place, int choice) {
            if (size == places.length) {
                places = Arrays.copyOf(places, size * 2);
                choices = Arrays.copyOf(choices, size * 2);
            }
            places[size] = place;
            choices[size++] = choice;
        }

        Decisions decisions() {
            return size == 0 ? NONE : new Decisions(Arrays.copyOf(places, size), Arrays.copyOf(choices, size));
        }
    }
}
