package dev.verdant.green.http;

/**
 * How the end of an answer's body is told.
 *
 * @param kind how
 * @param length what Content-Length says, -1 if it is not there
 */
record Framing(Kind kind, long length) {

    enum Kind {
        /** By Content-Length. */
        FIXED,
        /** By a last chunk. */
        CHUNKED,
        /** By the end of the connection. */
        UNTIL_CLOSE,
        /** There is no body, whatever the fields say. */
        NONE,
        /** There is no body, and it would have been chunked. */
        NONE_CHUNKED,
        /** What follows is no HTTP. */
        UPGRADE
    }

    static final Framing CHUNKED = new Framing(Kind.CHUNKED, -1);
    static final Framing UNTIL_CLOSE = new Framing(Kind.UNTIL_CLOSE, -1);
    static final Framing EMPTY = new Framing(Kind.NONE, 0);
    static final Framing NONE = new Framing(Kind.NONE, -1);
    static final Framing NONE_CHUNKED = new Framing(Kind.NONE_CHUNKED, -1);
    static final Framing UPGRADE = new Framing(Kind.UPGRADE, -1);

    boolean isChunked() {
        return kind == Kind.CHUNKED || kind == Kind.NONE_CHUNKED;
    }

    boolean isUpgrade() {
        return kind == Kind.UPGRADE;
    }

    boolean hasBody() {
        return kind == Kind.FIXED || kind == Kind.CHUNKED || kind == Kind.UNTIL_CLOSE;
    }
}
