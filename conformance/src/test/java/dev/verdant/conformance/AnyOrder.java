package dev.verdant.conformance;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Has a {@link HubTest}, or all of a class, run once more on each hub with the ready green threads in a random order. The seed is part of the run's name, and
 * {@code -Dverdant.seed} gives one to all. On the simulated hub every test runs so, but for those that say no.
 */
@Target({ElementType.METHOD, ElementType.TYPE})
@Retention(RetentionPolicy.RUNTIME)
public @interface AnyOrder {

    /** False on a method of a class that has it: what this one tests is the order in which threads run. */
    boolean value() default true;
}
