package dev.verdant.conformance.library;

import java.util.Properties;
import org.postgresql.ssl.WrappedFactory;

/** What PostgreSQL's driver makes its TLS sockets by: it takes a name alone. */
public final class PostgresTls extends WrappedFactory {

    static final String PROPERTY = "verdantTls";

    /**
     * Called by the driver.
     *
     * @param connection its properties
     */
    public PostgresTls(Properties connection) {
        factory = Tls.valueOf(connection.getProperty(PROPERTY)).factory();
    }
}
