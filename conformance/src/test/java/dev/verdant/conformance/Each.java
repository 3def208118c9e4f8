package dev.verdant.conformance;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** A parameter of a {@link HubTest} that is run for each of some values, on each hub. */
@Target(ElementType.PARAMETER)
@Retention(RetentionPolicy.RUNTIME)
public @interface Each {

    /** Has a constructor without parameters, and gives the values, whose names are told by {@code toString}. */
    Class<? extends Supplier<? extends Stream<?>>> value();
}
