package dev.verdant.green.kernel;

/** A wait has failed because it holds its loop's thread and could never end: the message names what pins it. The next wait there would fail as well. */
public final class PinnedWaitException extends IllegalStateException {

    private static final long serialVersionUID = 1L;

    PinnedWaitException(String message) {
        super(message);
    }
}
