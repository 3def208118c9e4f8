package dev.verdant.testkit.sim;

import dev.verdant.hub.ReadinessHandler;

/** A channel's place in its hub, from {@code register} to a close or a move. */
final class Registration {

    final ReadinessHandler handler;

    /** What the handler is still to be told: bits of {@link dev.verdant.hub.Readiness}. Guarded by the timeline's word. */
    int ops;

    /** The handler must not be called again. */
    volatile boolean over;

    Registration(ReadinessHandler handler) {
        this.handler = handler;
    }
}
