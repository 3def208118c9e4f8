package dev.verdant.green.stream;

import java.io.IOException;

/** What {@code readUntil} looks for is not within the bytes that it may take. The stream is closed by it. */
public class UnsatisfiableReadException extends IOException {

    private static final long serialVersionUID = 1;

    /**
     * Creates one.
     *
     * @param message what was looked for, and within how many bytes
     */
    public UnsatisfiableReadException(String message) {
        super(message);
    }
}
