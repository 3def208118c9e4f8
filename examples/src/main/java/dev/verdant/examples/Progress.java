package dev.verdant.examples;

import dev.verdant.green.Green;
import dev.verdant.green.GreenThread;
import java.time.Duration;
import java.util.function.Supplier;

/** Shows how far something is, until it is closed: one line that changes on a terminal, now and then a line elsewhere. Made on a loop. */
final class Progress implements AutoCloseable {

    @SuppressWarnings("SystemConsoleNull") // JDK 25 returns null again
    private static final boolean TERMINAL = System.console() != null && System.console().isTerminal();

    private static final Duration PAUSE = TERMINAL ? Duration.ofMillis(100) : Duration.ofSeconds(2);
    private static final String TO_LINE_START = "\r\033[K";

    private final Supplier<String> state;
    private final GreenThread<?> shower;

    private Progress(Supplier<String> state) {
        this.state = state;
        this.shower = Green.spawn("progress", this::show);
    }

    static Progress of(Supplier<String> state) {
        return new Progress(state);
    }

    private void show() {
        while (true) {
            Green.sleep(PAUSE);
            if (TERMINAL) {
                System.out.print(TO_LINE_START + state.get());
                System.out.flush();
            } else {
                System.out.println(state.get());
            }
        }
    }

    /** Leaves the last state standing. */
    @Override
    public void close() {
        shower.kill();
        System.out.println((TERMINAL ? TO_LINE_START : "") + state.get());
    }
}
