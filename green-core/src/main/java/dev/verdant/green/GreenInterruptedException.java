package dev.verdant.green;

/**
 * A user interrupted a thread in a Verdant wait that declares no {@link InterruptedException}: {@link Green#sleep(java.time.Duration)}, a switch between
 * greenlets, an iterator. The interrupt is consumed, as by an {@code InterruptedException}.
 */
public final class GreenInterruptedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /**
     * Creates one.
     *
     * @param cause the interrupt
     */
    public GreenInterruptedException(InterruptedException cause) {
        super("interrupted", cause);
    }
}
