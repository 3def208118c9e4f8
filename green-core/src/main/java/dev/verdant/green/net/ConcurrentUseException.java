package dev.verdant.green.net;

import java.net.SocketException;

/** Two threads read one socket at the same time, or write to it, or accept from it. The first is undisturbed. */
public class ConcurrentUseException extends SocketException {

    private static final long serialVersionUID = 1L;

    /**
     * Creates one.
     *
     * @param message which socket, and who uses it
     */
    public ConcurrentUseException(String message) {
        super(message);
    }
}
