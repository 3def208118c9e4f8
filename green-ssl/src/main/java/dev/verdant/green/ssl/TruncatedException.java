package dev.verdant.green.ssl;

import javax.net.ssl.SSLException;

/**
 * The connection ended without the peer's {@code close_notify} alert: somebody may have cut it, and what was to come is missing (RFC 8446 section 6.1).
 */
public final class TruncatedException extends SSLException {

    private static final long serialVersionUID = 1L;

    TruncatedException() {
        super("The connection was cut: it ended without the peer's close_notify, so data may be missing");
    }
}
