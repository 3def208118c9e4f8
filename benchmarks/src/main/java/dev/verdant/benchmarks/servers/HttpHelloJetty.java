package dev.verdant.benchmarks.servers;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;

/** {@link HttpHello} on Jetty: one acceptor, one selector, its own pool of threads. */
final class HttpHelloJetty {

    private HttpHelloJetty() {}

    /** Returns a handler that promises never to block, so that Jetty calls it on the selector's thread. */
    static Handler onItsSelector() {
        return new Handler.Abstract.NonBlocking() {
            @Override
            public boolean handle(Request request, Response response, Callback callback) {
                return answer(response, callback);
            }
        };
    }

    /** Returns a handler that may block. */
    static Handler onAThread() {
        return new Handler.Abstract() {
            @Override
            public boolean handle(Request request, Response response, Callback callback) {
                return answer(response, callback);
            }
        };
    }

    private static boolean answer(Response response, Callback callback) {
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, HttpHello.TYPE);
        response.write(true, ByteBuffer.wrap(HttpHello.BODY), callback);
        return true;
    }

    static void serve(InetSocketAddress address, Handler handler) throws Exception {
        var server = new Server();
        var connector = new ServerConnector(server, 1, 1, new HttpConnectionFactory());
        connector.setHost(address.getHostString());
        connector.setPort(address.getPort());
        connector.setAcceptQueueSize(HttpHello.BACKLOG);
        connector.setIdleTimeout(3_600_000);
        server.addConnector(connector);
        server.setHandler(handler);
        server.start();
        server.join();
    }
}
