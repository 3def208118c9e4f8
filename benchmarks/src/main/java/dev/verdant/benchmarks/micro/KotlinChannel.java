package dev.verdant.benchmarks.micro;

import java.util.function.Function;
import kotlin.Unit;
import kotlin.coroutines.Continuation;
import kotlin.coroutines.EmptyCoroutineContext;
import kotlin.coroutines.intrinsics.IntrinsicsKt;
import kotlin.coroutines.jvm.internal.ContinuationImpl;
import kotlinx.coroutines.BuildersKt;
import kotlinx.coroutines.CoroutineStart;
import kotlinx.coroutines.channels.BufferOverflow;
import kotlinx.coroutines.channels.Channel;
import kotlinx.coroutines.channels.ChannelKt;
import org.jspecify.annotations.Nullable;

/** Two coroutines of one thread and a channel between them, written as the Kotlin compiler writes suspending functions. */
final class KotlinChannel {

    private KotlinChannel() {}

    /** Hands items over, one after the other. */
    static void handOver(int capacity, int times) throws InterruptedException {
        Channel<Integer> channel = ChannelKt.Channel(capacity, BufferOverflow.SUSPEND, null);
        BuildersKt.runBlocking(EmptyCoroutineContext.INSTANCE, (scope, outer) -> {
            BuildersKt.launch(scope, EmptyCoroutineContext.INSTANCE, CoroutineStart.DEFAULT,
                    (_, own) -> new Often(own, times, again -> channel.send(1, again)).begin());
            BuildersKt.launch(scope, EmptyCoroutineContext.INSTANCE, CoroutineStart.DEFAULT,
                    (_, own) -> new Often(own, times, again -> channel.receive(again)).begin());
            return Unit.INSTANCE;
        });
    }

    /** A suspending call, again and again. */
    private static final class Often extends ContinuationImpl {

        private static final long serialVersionUID = 1L;

        private final int times;
        private final transient Function<Continuation<Object>, @Nullable Object> call;
        private int done;

        @SuppressWarnings("unchecked") // the result goes nowhere
        Often(Continuation<? super Unit> completion, int times, Function<Continuation<Object>, @Nullable Object> call) {
            super((Continuation<Object>) (Continuation<?>) completion);
            this.times = times;
            this.call = call;
        }

        Object begin() {
            return invokeSuspend(Unit.INSTANCE);
        }

        @Override
        protected Object invokeSuspend(Object result) {
            while (done < times) {
                done++;
                @SuppressWarnings("unchecked") // as the compiler does
                Object outcome = call.apply((Continuation<Object>) (Continuation<?>) this);
                if (outcome == IntrinsicsKt.getCOROUTINE_SUSPENDED()) {
                    return outcome;
                }
            }
            return Unit.INSTANCE;
        }
    }
}
