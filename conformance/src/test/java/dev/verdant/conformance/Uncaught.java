package dev.verdant.conformance;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** The failures that nobody saw. A test that declares this as a parameter expects some, and looks itself. */
public final class Uncaught {

    private final List<Throwable> failures = new CopyOnWriteArrayList<>();

    void add(Throwable failure) {
        failures.add(failure);
    }

    /** Returns them, oldest first. */
    public List<Throwable> failures() {
        return List.copyOf(failures);
    }
}
