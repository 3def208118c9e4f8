package dev.verdant.conformance.http;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A row of what a strict server answers, with every reading that it has.
 *
 * @param id its name: the letter of its group, and a number
 * @param variants its readings
 */
record Row(String id, List<Variant> variants) {

    static Builder of(String id) {
        return new Builder(id);
    }

    String group() {
        return id.substring(0, 1);
    }

    @Override
    public String toString() {
        return id;
    }

    /** Collects the readings of a row. */
    static final class Builder {

        private final String id;
        private final List<Variant> variants = new ArrayList<>();

        private Builder(String id) {
            this.id = id;
        }

        /** Several that are answered alike, each named by its bytes. */
        Builder add(Expectation expectation, String... wires) {
            for (String wire : wires) {
                named(Wire.shown(wire), expectation, wire);
            }
            return this;
        }

        Builder named(String name, Expectation expectation, String wire) {
            variants.add(new Variant(name, wire, expectation, Set.of()));
            return this;
        }

        /** One whose first request is HEAD. */
        Builder head(Expectation expectation, String wire) {
            variants.add(new Variant(Wire.shown(wire), wire, expectation, Set.of(0)));
            return this;
        }

        Row build() {
            return new Row(id, List.copyOf(variants));
        }
    }
}
