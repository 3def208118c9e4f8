package dev.verdant.green.ssl;

import dev.verdant.green.net.GreenServerSocket;
import java.io.IOException;
import java.net.InetAddress;
import java.util.Objects;
import javax.net.ssl.SSLServerSocketFactory;
import org.jspecify.annotations.Nullable;

/** Makes TLS listeners for libraries that take an {@link SSLServerSocketFactory}. Any thread of a loop may call it. */
public final class GreenSSLServerSocketFactory extends SSLServerSocketFactory {

    private final SslOptions options;

    /**
     * Makes listeners by options.
     *
     * @param options of a server
     */
    public GreenSSLServerSocketFactory(SslOptions options) {
        this.options = Objects.requireNonNull(options, "options");
        if (!options.isServer()) {
            throw new IllegalArgumentException("options: " + options + " (expected: SslOptions.forServer())");
        }
    }

    @Override
    public String[] getDefaultCipherSuites() {
        return options.enabledCipherSuites();
    }

    @Override
    public String[] getSupportedCipherSuites() {
        return options.supportedCipherSuites();
    }

    @Override
    public GreenSSLServerSocket createServerSocket() throws IOException {
        return new GreenSSLServerSocket(new GreenServerSocket(), options, true);
    }

    @Override
    public GreenSSLServerSocket createServerSocket(int port) throws IOException {
        return new GreenSSLServerSocket(new GreenServerSocket(port), options, true);
    }

    @Override
    public GreenSSLServerSocket createServerSocket(int port, int backlog) throws IOException {
        return new GreenSSLServerSocket(new GreenServerSocket(port, backlog), options, true);
    }

    @Override
    public GreenSSLServerSocket createServerSocket(int port, int backlog, @Nullable InetAddress ifAddress)
            throws IOException {
        return new GreenSSLServerSocket(new GreenServerSocket(port, backlog, ifAddress), options, true);
    }
}
