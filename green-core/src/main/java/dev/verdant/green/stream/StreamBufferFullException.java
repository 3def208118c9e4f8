package dev.verdant.green.stream;

import java.io.IOException;

/** More bytes than a stream's buffer may hold: {@link BaseIOStream#maxBufferSize(int)}, {@link BaseIOStream#maxWriteBufferSize(long)}. */
public class StreamBufferFullException extends IOException {

    private static final long serialVersionUID = 1;

    /**
     * Creates one.
     *
     * @param message which bound was met, and how it is moved
     */
    public StreamBufferFullException(String message) {
        super(message);
    }
}
