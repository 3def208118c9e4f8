package dev.verdant.conformance.library;

import dev.verdant.green.Green;
import dev.verdant.green.sync.Event;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/** Where a server of ours holds its answers. Any thread may use it. */
final class Gate {

    private final AtomicInteger held = new AtomicInteger();
    private final Event<Void> open = new Event<>();

    /** Called by a green thread that answers, on the server's loop: returns when it is time. */
    void pass(Pace pace) throws Exception {
        switch (pace) {
            case AT_ONCE -> {
            }
            case SLOWLY -> Green.sleep(Duration.ofMillis(Pace.SLOW_MILLIS));
            case WHEN_RELEASED -> {
                held.incrementAndGet();
                try {
                    open.await();
                } finally {
                    held.decrementAndGet();
                }
            }
        }
    }

    int held() {
        return held.get();
    }

    void open() {
        open.send();
    }
}
