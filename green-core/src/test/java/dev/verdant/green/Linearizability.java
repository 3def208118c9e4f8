package dev.verdant.green;

import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.StressOptions;

/**
 * Lincheck: random scenarios of operations on a few threads, each run under many interleavings, whose results must be explained by some order of the operations
 * on a model that knows nothing of threads. By chance on real threads, and by a scheduler that switches wherever shared memory is read or written. The
 * scheduler knows a spinning or yielding thread for what it is, so the guard of a primitive is checked as it stands.
 */
public final class Linearizability {

    private static final boolean FULL = Boolean.getBoolean("verdant.full");

    private Linearizability() {}

    /**
     * Runs the operations of a class against those of another.
     *
     * @param checked a public class of methods with {@code @Operation}
     * @param model a public class of the same methods
     */
    public static void check(Class<?> checked, Class<?> model) {
        byChance(model).check(checked);
        byScheduler(model).check(checked);
    }

    /**
     * The same, but for the scheduler only with {@code -Pfull}: for what differs little from another that is checked.
     *
     * @param checked a public class of methods with {@code @Operation}
     * @param model a public class of the same methods
     */
    public static void checkAlso(Class<?> checked, Class<?> model) {
        byChance(model).check(checked);
        if (FULL) {
            byScheduler(model).check(checked);
        }
    }

    private static StressOptions byChance(Class<?> model) {
        return new StressOptions().iterations(FULL ? 20 : 5).invocationsPerIteration(FULL ? 1_000 : 200).threads(3)
                .actorsPerThread(3).actorsBefore(2).actorsAfter(2).sequentialSpecification(model);
    }

    private static ModelCheckingOptions byScheduler(Class<?> model) {
        return new ModelCheckingOptions().iterations(FULL ? 6 : 2).invocationsPerIteration(FULL ? 100 : 40)
                .threads(2).actorsPerThread(FULL ? 3 : 2).actorsBefore(2).actorsAfter(2)
                .sequentialSpecification(model);
    }
}
