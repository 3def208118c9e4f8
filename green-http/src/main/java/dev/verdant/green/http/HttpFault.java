package dev.verdant.green.http;

import java.io.IOException;

/** What a request did wrong, and the status that says so. It carries no stack: it tells about the peer's bytes, not about code. */
final class HttpFault extends IOException {

    private static final long serialVersionUID = 1L;

    private final int status;

    HttpFault(int status, String what) {
        super(what);
        this.status = status;
    }

    int status() {
        return status;
    }

    /** Returns a 400. */
    static HttpFault bad(String what) {
        return new HttpFault(400, what);
    }

    @Override
    public Throwable fillInStackTrace() {
        return this;
    }
}
