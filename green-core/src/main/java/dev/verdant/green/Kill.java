package dev.verdant.green;

import dev.verdant.green.kernel.Delivery;
import dev.verdant.green.kernel.Fiber;

/** A kill on its way. */
final class Kill extends Delivery {

    private final Throwable cause;

    Kill(Fiber target, Throwable cause) {
        super(target);
        this.cause = cause;
    }

    @Override
    protected Throwable throwable() {
        return cause;
    }

    Throwable cause() {
        return cause;
    }
}
