package dev.verdant.benchmarks.servers;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** {@link HttpHello} by the nginx that is installed, as one worker process; this JVM only starts it and waits. */
final class HttpHelloNginx {

    private HttpHelloNginx() {}

    static void serve(InetSocketAddress address) throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory("http-hello-nginx");
        Path configuration = Files.writeString(folder.resolve("nginx.conf"), """
                daemon off;
                worker_processes 1;
                pid %1$s/nginx.pid;
                error_log stderr;
                events {
                    worker_connections %2$d;
                }
                http {
                    access_log off;
                    keepalive_requests 1000000000;
                    keepalive_timeout 1h;
                    client_body_temp_path %1$s/body;
                    proxy_temp_path %1$s/proxy;
                    fastcgi_temp_path %1$s/fastcgi;
                    uwsgi_temp_path %1$s/uwsgi;
                    scgi_temp_path %1$s/scgi;
                    default_type %3$s;
                    server {
                        listen %4$s:%5$d backlog=%6$d;
                        location / {
                            return 200 "%7$s";
                        }
                    }
                }
                """.formatted(folder, HttpHello.CONNECTIONS, HttpHello.TYPE, address.getHostString(), address.getPort(),
                HttpHello.BACKLOG, new String(HttpHello.BODY, StandardCharsets.US_ASCII)));
        var nginx = new ProcessBuilder(System.getProperty("verdant.nginx", "nginx"), "-e", "stderr", "-p",
                folder.toString(), "-c", configuration.toString())
                .inheritIO().start();
        Runtime.getRuntime().addShutdownHook(new Thread(nginx::destroy));
        System.exit(nginx.waitFor());
    }
}
