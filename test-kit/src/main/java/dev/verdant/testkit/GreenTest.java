package dev.verdant.testkit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.TestTemplate;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A test whose method runs as a green thread: in a {@link Simulation}, or on the real hubs with {@link Clock#REAL} or {@link OnEachHub}.
 *
 * {@snippet :
 * @GreenTest(seeds = 200)
 * void noWriteIsLost(Simulation simulation) throws Exception {
 *     simulation.host("server").start(Store::serve);
 *     ...
 * }
 * }
 *
 * <p>It fails if the method throws, if a green thread ends by a failure that nobody looked at, if anything is left behind (green threads, channels, timers,
 * descriptors, what a {@link dev.verdant.green.pool.ResourcePool} has lent), if everybody waits for ever, or if it takes too long. What was started on {@linkplain Simulation#host hosts} is ended with the method, and
 * leaves nothing behind. The message of a failure has the seed, the command that repeats it, the few choices that matter, and what happened last.
 *
 * <p>With several seeds, the method is run once for each, on an instance of its own, between the methods of that instance that are marked
 * {@link org.junit.jupiter.api.BeforeEach} and {@link org.junit.jupiter.api.AfterEach}. The first failure ends the test. Seeds are fresh each time, unless there is only
 * one; {@code -Dverdant.seed=S} runs that one alone, and {@code -Dverdant.choices=C} in addition repeats what it chose.
 *
 * <p>The method may have a parameter of type {@link Simulation}, or on real hubs of {@link dev.verdant.hub.HubProvider}.
 */
@Documented
@Target({ElementType.METHOD, ElementType.ANNOTATION_TYPE})
@Retention(RetentionPolicy.RUNTIME)
@TestTemplate
@ExtendWith(GreenTestExtension.class)
public @interface GreenTest {

    /**
     * How many seeds.
     *
     * @return at least 1
     */
    int seeds() default 1;

    /**
     * Which of the ready green threads runs next.
     *
     * @return first come, first served for one seed; any of them for several
     */
    Schedule schedule() default Schedule.AUTO;

    /**
     * How time goes by.
     *
     * @return by jumps
     */
    Clock clock() default Clock.AUTO;

    /**
     * What becomes of timed waits that go past Verdant.
     *
     * @return they fail
     */
    JdkWaits jdkWaits() default JdkWaits.FAIL;

    /**
     * What becomes of a run in which something takes part that does not follow from the seed, see {@link Simulation#disturbances()}.
     *
     * @return it is named if the run fails, or does not do the same {@link #twice()}
     */
    Disturbances disturbances() default Disturbances.REPORT;

    /**
     * How likely each fault point is to strike, see {@link FaultPlan#randomly}.
     *
     * @return from 0 to 1
     */
    double faults() default 0;

    /**
     * Whether each seed is run twice, and fails if the two runs did not do the same.
     *
     * @return true if so
     */
    boolean twice() default false;

    /**
     * How long the run of a seed may take.
     *
     * @return in seconds of real time
     */
    int seconds() default 10;

    /**
     * How long all seeds together may take.
     *
     * @return in seconds of real time
     */
    int secondsInAll() default 60;
}
