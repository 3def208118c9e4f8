package dev.verdant.green.stream;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The form of a call that returns a stage: a callback like any other. */
final class Stage<T extends @Nullable Object> extends CompletableFuture<T> implements IOCallback<T> {

    /** What has been asked: it may fail before there is anything to wait for. */
    @FunctionalInterface
    interface Call<T extends @Nullable Object> {

        void begin(IOCallback<T> callback) throws IOException;
    }

    /** Begins a call and returns its stage; what the call throws at once is what the stage fails with. */
    static <T extends @Nullable Object> Stage<T> of(Call<T> call) {
        var stage = new Stage<T>();
        try {
            call.begin(stage);
        } catch (IOException e) {
            stage.completeExceptionally(e);
        }
        return stage;
    }

    @Override
    public void completed(T result) {
        complete(result);
    }

    @Override
    public void failed(IOException cause) {
        completeExceptionally(cause);
    }

    /** Stages that are made of this one can be completed by anybody, but not tell anybody as a callback. */
    @Override
    public <U> CompletableFuture<U> newIncompleteFuture() {
        return new CompletableFuture<>();
    }
}
