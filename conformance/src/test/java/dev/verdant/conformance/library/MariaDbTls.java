package dev.verdant.conformance.library;

import java.sql.SQLException;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import org.mariadb.jdbc.Configuration;
import org.mariadb.jdbc.HostAddress;
import org.mariadb.jdbc.export.ExceptionFactory;
import org.mariadb.jdbc.plugin.TlsSocketPlugin;
import org.mariadb.jdbc.plugin.tls.main.DefaultTlsSocketPlugin;

/** What MariaDB's driver makes its TLS sockets by: a plugin of its kind. */
public final class MariaDbTls implements TlsSocketPlugin {

    static final String TYPE = "verdant";
    static final String PROPERTY = "verdantTls";

    private final DefaultTlsSocketPlugin usual = new DefaultTlsSocketPlugin();

    /** Called by the driver. */
    public MariaDbTls() {}

    @Override
    public String type() {
        return TYPE;
    }

    @Override
    public TrustManager[] getTrustManager(Configuration configuration, ExceptionFactory exceptions, HostAddress host)
            throws SQLException {
        return usual.getTrustManager(configuration, exceptions, host);
    }

    @Override
    public KeyManager[] getKeyManager(Configuration configuration, ExceptionFactory exceptions) throws SQLException {
        return usual.getKeyManager(configuration, exceptions);
    }

    @Override
    public SSLSocketFactory getSocketFactory(Configuration configuration, ExceptionFactory exceptions,
            HostAddress host) {
        return Tls.valueOf(configuration.nonMappedOptions().getProperty(PROPERTY)).factory();
    }
}
