package dev.verdant.conformance;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.TestTemplate;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A test that runs as the main green thread of a fresh loop, once for each usable hub, under a deadline. It fails if it leaves a channel, a timer, a
 * green thread or a descriptor behind, or if a failure went unseen that it has not asked for by an {@link Uncaught} parameter.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@TestTemplate
@ExtendWith(OnEachHub.class)
public @interface HubTest {

    /** The deadline, in seconds; with {@code -Pfull} six times as much, because many do what they do fifty times as often. */
    int seconds() default 20;
}
