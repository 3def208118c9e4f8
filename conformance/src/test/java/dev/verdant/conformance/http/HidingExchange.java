package dev.verdant.conformance.http;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpContext;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpPrincipal;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/** Somebody's wrapper of an exchange, which keeps its attributes to itself. */
final class HidingExchange extends HttpExchange {

    private final HttpExchange hidden;

    HidingExchange(HttpExchange hidden) {
        this.hidden = hidden;
    }

    @Override
    @SuppressWarnings("NullAway") // null as in the superclass
    public Object getAttribute(String name) {
        return null;
    }

    @Override
    public void setAttribute(String name, @Nullable Object value) {
        // It has none.
    }

    @Override
    public Headers getRequestHeaders() {
        return hidden.getRequestHeaders();
    }

    @Override
    public Headers getResponseHeaders() {
        return hidden.getResponseHeaders();
    }

    @Override
    public URI getRequestURI() {
        return hidden.getRequestURI();
    }

    @Override
    public String getRequestMethod() {
        return hidden.getRequestMethod();
    }

    @Override
    public HttpContext getHttpContext() {
        return hidden.getHttpContext();
    }

    @Override
    public void close() {
        hidden.close();
    }

    @Override
    public InputStream getRequestBody() {
        return hidden.getRequestBody();
    }

    @Override
    public OutputStream getResponseBody() {
        return hidden.getResponseBody();
    }

    @Override
    public void sendResponseHeaders(int code, long length) throws IOException {
        hidden.sendResponseHeaders(code, length);
    }

    @Override
    public InetSocketAddress getRemoteAddress() {
        return hidden.getRemoteAddress();
    }

    @Override
    public int getResponseCode() {
        return hidden.getResponseCode();
    }

    @Override
    public InetSocketAddress getLocalAddress() {
        return hidden.getLocalAddress();
    }

    @Override
    public String getProtocol() {
        return hidden.getProtocol();
    }

    @Override
    public void setStreams(@Nullable InputStream in, @Nullable OutputStream out) {
        hidden.setStreams(in, out);
    }

    @Override
    public HttpPrincipal getPrincipal() {
        return hidden.getPrincipal();
    }
}
