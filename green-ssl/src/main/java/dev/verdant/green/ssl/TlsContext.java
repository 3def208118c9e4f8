package dev.verdant.green.ssl;

import org.jspecify.annotations.Nullable;

/** What all engines of one {@link SslOptions} share: keys, trust and the sessions that can be resumed. Any thread may call it. */
interface TlsContext {

    /**
     * A fresh engine with everything set.
     *
     * @param host the name that is checked, sent, and under which sessions are kept; null for none. Normalized, or an address
     * @param port the port under which sessions are kept, or -1
     */
    TlsEngine newEngine(@Nullable String host, int port);
}
