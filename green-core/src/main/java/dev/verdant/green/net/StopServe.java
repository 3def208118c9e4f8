package dev.verdant.green.net;

/** What a {@link SocketHandler} throws to end the {@link Net#serve} that called it. */
public final class StopServe extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** Creates one. */
    public StopServe() {
        super("a handler asked to stop serving");
    }
}
