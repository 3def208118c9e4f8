package dev.verdant.green.http;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import dev.verdant.green.ssl.GreenSSLSocket;
import dev.verdant.green.ssl.SslOptions;
import java.net.InetSocketAddress;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/** TLS as the JDK's {@link HttpsConfigurator} sets it, which may set it otherwise for each client. */
final class ConfiguredTls extends HttpsParameters {

    private final HttpsConfigurator configurator;
    private final InetSocketAddress client;
    private @Nullable SSLParameters parameters;

    private ConfiguredTls(HttpsConfigurator configurator, InetSocketAddress client) {
        this.configurator = configurator;
        this.client = client;
    }

    static Transport of(HttpsConfigurator configurator) {
        return new TlsTransport(SslOptions.forServer(configurator.getSSLContext()).doHandshakeOnConnect(false).build(),
                socket -> {
                    var client = (InetSocketAddress) socket.getRemoteSocketAddress();
                    new ConfiguredTls(configurator, client).apply(socket);
                });
    }

    @SuppressWarnings("deprecation") // what older configurators set
    private void apply(GreenSSLSocket socket) {
        configurator.configure(this);
        SSLParameters all = parameters;
        if (all != null) {
            socket.setSSLParameters(all);
            return;
        }
        if (getProtocols() != null) {
            socket.setEnabledProtocols(getProtocols());
        }
        if (getCipherSuites() != null) {
            socket.setEnabledCipherSuites(getCipherSuites());
        }
        if (getNeedClientAuth()) {
            socket.setNeedClientAuth(true);
        } else if (getWantClientAuth()) {
            socket.setWantClientAuth(true);
        }
    }

    @Override
    public HttpsConfigurator getHttpsConfigurator() {
        return configurator;
    }

    @Override
    public InetSocketAddress getClientAddress() {
        return client;
    }

    @Override
    public void setSSLParameters(SSLParameters next) {
        parameters = next;
    }
}
