package dev.verdant.conformance.http;

import java.util.Set;

/**
 * One reading of a row.
 *
 * @param name what tells it from the others
 * @param wire what a client sends, a byte a character
 * @param expectation what must come of it
 * @param bodiless which of the requests, from 0, are answered without a body, because they are HEAD
 */
record Variant(String name, String wire, Expectation expectation, Set<Integer> bodiless) {

    byte[] bytes() {
        return Wire.bytes(wire);
    }

    @Override
    public String toString() {
        return name;
    }
}
