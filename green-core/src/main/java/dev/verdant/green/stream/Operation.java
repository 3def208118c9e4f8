package dev.verdant.green.stream;

import dev.verdant.green.GreenTask;
import java.io.IOException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Something that was asked of a stream, and who is told how it ends: a callback, by the {@link IOLoop}; or nobody, if the one who asked waits and looks himself. Confined
 * to the stream's loop.
 */
abstract class Operation<T extends @Nullable Object> implements GreenTask {

    private final @Nullable IOCallback<? super T> callback;
    private @Nullable StreamCore stream;
    private @Nullable T result;
    private @Nullable IOException failure;
    private boolean done;

    /** Creates one. Without a callback, the one who asks waits. */
    Operation(@Nullable IOCallback<? super T> callback) {
        this.callback = callback;
    }

    final boolean isDone() {
        return done;
    }

    /** Whether the one who asked does what is to be done himself, and waits in between. */
    final boolean isWaitedFor() {
        return callback == null;
    }

    final void succeed(StreamCore from, T with) {
        result = with;
        end(from);
    }

    final void fail(StreamCore from, IOException cause) {
        failure = cause;
        end(from);
    }

    private void end(StreamCore from) {
        done = true;
        if (callback != null) {
            stream = from;
            from.ioLoop().enqueue(this);
        }
    }

    /** Tells the callback. */
    @Override
    public final void run() throws Exception {
        StreamCore from = Objects.requireNonNull(stream);
        try {
            tell(Objects.requireNonNull(callback));
        } catch (StreamClosedException e) {
            from.closeFor(e);
        } catch (Throwable e) {
            from.close(e); // It cannot be known how far its protocol has come.
            throw e;
        }
    }

    @SuppressWarnings("NullAway") // null only if the result is
    private void tell(IOCallback<? super T> told) throws Exception {
        if (failure != null) {
            told.failed(failure);
        } else {
            told.completed(result);
        }
    }

    /** Returns what it brought, or throws what it failed with: for who has waited. */
    @SuppressWarnings("NullAway") // null only if the result is
    final T outcome() throws IOException {
        if (failure != null) {
            throw failure;
        }
        return result;
    }
}
