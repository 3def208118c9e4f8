package dev.verdant.examples;

import dev.verdant.green.Green;
import dev.verdant.green.Greenlet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The classic first program with coroutines: two of them take turns. It prints 12, 56 and 34, and never 78: when the first has ended, its parent goes on, and nobody
 * switches to the second again.
 *
 * <p>Run {@code ./verdant greenlets}.
 */
public final class Greenlets {

    private final Consumer<Object> out;
    private final Greenlet one = new Greenlet(this::first);
    private final Greenlet two = new Greenlet(this::second);

    Greenlets(Consumer<Object> out) {
        this.out = out;
    }

    /**
     * Runs the two.
     *
     * @param args none
     * @throws Exception if the JVM lacks a flag
     */
    public static void main(String[] args) throws Exception {
        Arguments.parse(args).withoutRest();
        Green.run(() -> new Greenlets(System.out::println).run());
    }

    void run() {
        one.switchTo(null);
    }

    private @Nullable Object first(@Nullable Object nothing) {
        out.accept(12);
        two.switchTo(null);
        out.accept(34);
        return null;
    }

    private @Nullable Object second(@Nullable Object nothing) {
        out.accept(56);
        one.switchTo(null);
        out.accept(78);
        return null;
    }
}
