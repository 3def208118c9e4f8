package dev.verdant.green.http;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpContext;
import com.sun.net.httpserver.HttpPrincipal;
import com.sun.net.httpserver.HttpsExchange;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.URI;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/** What a handler gets on a connection with TLS. */
final class SecureExchange extends HttpsExchange implements Ours {

    private final Exchange core;
    private final SSLSession session;

    SecureExchange(Exchange core, SSLSession session) {
        this.core = core;
        this.session = session;
    }

    @Override
    public Exchange core() {
        return core;
    }

    @Override
    public SSLSession getSSLSession() {
        return session;
    }

    @Override
    public Headers getRequestHeaders() {
        return core.requestHeaders();
    }

    @Override
    public Headers getResponseHeaders() {
        return core.responseHeaders();
    }

    @Override
    public URI getRequestURI() {
        return core.uri();
    }

    @Override
    public String getRequestMethod() {
        return core.head.method();
    }

    @Override
    public HttpContext getHttpContext() {
        return core.context();
    }

    @Override
    public void close() {
        core.close();
    }

    @Override
    public InputStream getRequestBody() {
        return core.requestBody();
    }

    @Override
    public OutputStream getResponseBody() {
        return core.responseBody();
    }

    @Override
    public void sendResponseHeaders(int code, long length) throws IOException {
        core.sendResponseHeaders(code, length);
    }

    @Override
    public InetSocketAddress getRemoteAddress() {
        return core.connection.remoteAddress();
    }

    @Override
    public int getResponseCode() {
        return core.response.status();
    }

    @Override
    public InetSocketAddress getLocalAddress() {
        return core.connection.localAddress();
    }

    @Override
    public String getProtocol() {
        return core.head.protocol();
    }

    @Override
    @SuppressWarnings("NullAway") // null as in the superclass
    public Object getAttribute(String name) {
        return name.equals(Ours.ATTRIBUTE) ? this : core.attribute(name);
    }

    @Override
    public void setAttribute(String name, @Nullable Object value) {
        core.attribute(name, value);
    }

    @Override
    public void setStreams(@Nullable InputStream in, @Nullable OutputStream out) {
        core.streams(in, out);
    }

    @Override
    @SuppressWarnings("NullAway") // null as in the superclass
    public HttpPrincipal getPrincipal() {
        return core.principal;
    }

    @Override
    public String toString() {
        return core.toString();
    }
}
