package dev.verdant.benchmarks.servers;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.Executors;

/** {@link HttpHello} on the JDK's {@link HttpServer}, and on others that are made through it: handlers run on virtual threads. */
final class HttpHelloJdk {

    static final String JDK = "sun.net.httpserver.DefaultHttpServerProvider";
    static final String ROBAHO = "robaho.net.httpserver.DefaultHttpServerProvider";

    private HttpHelloJdk() {}

    static void serve(InetSocketAddress address, String provider) throws IOException, InterruptedException {
        System.setProperty("com.sun.net.httpserver.HttpServerProvider", provider);
        // Both names, because the one's author has taken the other's properties along.
        for (String family : new String[]{"sun.net.httpserver.", "robaho.net.httpserver."}) {
            System.setProperty(family + "nodelay", "true");
            System.setProperty(family + "maxIdleConnections", Integer.toString(HttpHello.CONNECTIONS));
            System.setProperty(family + "idleInterval", "3600");
        }
        var server = HttpServer.create(address, HttpHello.BACKLOG);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", HttpHello::answer);
        server.start();
        Thread.currentThread().join();
    }
}
