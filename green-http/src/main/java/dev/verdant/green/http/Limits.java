package dev.verdant.green.http;

/**
 * How much of a request is taken.
 *
 * @param line bytes of the request line
 * @param headerBytes bytes of the header section
 * @param headerFields fields of the header section
 * @param trailerBytes bytes of the trailer section
 * @param body bytes of the body
 * @param drain bytes of a body that nobody has read which are read and dropped, so that the connection can be kept
 */
record Limits(int line, int headerBytes, int headerFields, int trailerBytes, long body, long drain) {

    /** Bytes of one chunk's extensions. */
    static final int EXTENSION = 4 * 1024;

    /** Bytes of all extensions of a body. */
    static final int EXTENSIONS = 64 * 1024;
}
