package dev.verdant.green.ssl;

import javax.net.ssl.SSLEngine;

/**
 * One connection's TLS engine, and how it is ended. Whoever uses {@link #ssl} must keep this object as long: with it goes the native memory. Any thread may
 * call it.
 */
final class TlsEngine {

    private final SSLEngine ssl;
    private final boolean prefersDirect;
    private final Runnable release;

    /** {@code release} may be called several times, by any thread, and acts once. */
    TlsEngine(SSLEngine ssl, boolean prefersDirect, Runnable release) {
        this.ssl = ssl;
        this.prefersDirect = prefersDirect;
        this.release = release;
    }

    /** The engine, whose mode and parameters are set and whose handshake has not begun. */
    SSLEngine ssl() {
        return ssl;
    }

    /** Whether it copies heap buffers before it uses them. */
    boolean prefersDirect() {
        return prefersDirect;
    }

    /** What ALPN came to; empty if to nothing, or if it is not known yet. The engines disagree on when that is null. */
    String applicationProtocol() {
        String protocol = ssl.getApplicationProtocol();
        return protocol == null ? "" : protocol;
    }

    /** Gives back what the collector does not. After this every call of {@link #ssl} fails or finds it closed. */
    void release() {
        release.run();
    }
}
