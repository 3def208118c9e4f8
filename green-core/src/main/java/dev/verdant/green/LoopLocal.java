package dev.verdant.green;

import java.util.Objects;
import java.util.function.Supplier;

/**
 * Something that every loop has one of, made when it is first asked for: what the green threads of one loop share and those of another must not. It goes with
 * the loop's handle. For libraries, in a static field; any thread may call it.
 *
 * @param <T> what it is
 */
public final class LoopLocal<T> {

    private final Supplier<? extends T> maker;

    /**
     * Creates one, which no loop has yet.
     *
     * @param maker makes one for a loop; must not wait, nor ask for one itself
     */
    public LoopLocal(Supplier<? extends T> maker) {
        this.maker = Objects.requireNonNull(maker, "maker");
    }

    /**
     * Returns a loop's.
     *
     * @param loop of any state
     * @return the same one each time
     */
    public T get(EventLoop loop) {
        return loop.local(this);
    }

    T make() {
        return Objects.requireNonNull(maker.get(), "what the maker of a LoopLocal returned");
    }
}
