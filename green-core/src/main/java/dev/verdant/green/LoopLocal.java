package dev.verdant.green;

import java.util.Objects;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Something that every loop has one of, made when it is first asked for: what the green threads of one loop share and those of another must not. It goes with
 * the loop's handle. For libraries, in a static field; any thread may call it.
 *
 * @param <T> what it is
 */
public final class LoopLocal<T> {

    private final Function<? super EventLoop, ? extends T> maker;

    /**
     * Creates one, which no loop has yet.
     *
     * @param maker makes one for a loop; must not wait, nor ask for one itself
     */
    public LoopLocal(Supplier<? extends T> maker) {
        Objects.requireNonNull(maker, "maker");
        this.maker = _ -> maker.get();
    }

    private LoopLocal(Function<? super EventLoop, ? extends T> maker) {
        this.maker = maker;
    }

    /**
     * Creates one that is made with a view to its loop.
     *
     * @param <T> what it is
     * @param maker makes one for a loop; must not wait, nor ask for one itself
     * @return one that no loop has yet
     */
    public static <T> LoopLocal<T> madeFor(Function<? super EventLoop, ? extends T> maker) {
        return new LoopLocal<>(Objects.requireNonNull(maker, "maker"));
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

    T make(EventLoop loop) {
        return Objects.requireNonNull(maker.apply(loop), "what the maker of a LoopLocal returned");
    }
}
