package dev.verdant.green;

import org.jspecify.annotations.Nullable;

/** How a green thread ended. */
sealed interface Outcome {

    record Returned(@Nullable Object value) implements Outcome {}

    record Failed(Throwable failure) implements Outcome {}

    record Killed(Throwable cause) implements Outcome {}
}
