package dev.verdant.green.http;

import com.sun.net.httpserver.HttpExchange;
import dev.verdant.green.net.GreenSocket;
import dev.verdant.green.ssl.GreenSSLSocket;
import dev.verdant.green.ssl.GreenSsl;
import dev.verdant.green.ssl.SslOptions;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** TLS beneath HTTP: all that knows {@code green-ssl}. */
final class TlsTransport implements Transport {

    private final SslOptions options;
    private final @Nullable Preparation preparation;

    /** Sets what is to hold for a client. */
    interface Preparation {

        void prepare(GreenSSLSocket socket) throws IOException;
    }

    TlsTransport(SslOptions options) {
        this(options, null);
    }

    TlsTransport(SslOptions options, @Nullable Preparation preparation) {
        this.options = options;
        this.preparation = preparation;
    }

    @Override
    public Connection open(Service service, GreenSocket socket) throws IOException {
        GreenSSLSocket secure = GreenSsl.wrap(socket, options);
        boolean prepared = false;
        try {
            if (preparation != null) {
                preparation.prepare(secure);
            }
            prepared = true;
        } finally {
            if (!prepared) {
                secure.close(); // The engine may hold what no collector frees.
            }
        }
        return new Connection(service, socket, secure);
    }

    @Override
    public HttpExchange exchange(Exchange exchange) {
        return new SecureExchange(exchange, ((GreenSSLSocket) exchange.connection.socket).getSession());
    }
}
