package dev.verdant.conformance.library;

import java.io.Closeable;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLSocket;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.core5.http.io.entity.EntityUtils;

/** An HTTP client, whichever. */
final class HttpSubject implements Subject {

    /** Fetches a page. */
    private interface Client extends Closeable {
        String fetch(URI address) throws Exception;
    }

    /** Opens one for so many calls at a time. */
    private interface Opener {
        Client open(Tls tls, int size) throws Exception;
    }

    private final HttpStub server;
    private final Client client;

    private HttpSubject(Tls tls, int size, Opener opener) throws Exception {
        this.server = new HttpStub(tls);
        boolean done = false;
        try {
            this.client = opener.open(tls, size);
            done = true;
        } finally {
            if (!done) {
                server.close();
            }
        }
    }

    static HttpSubject apache(Tls tls, int size) throws Exception {
        return new HttpSubject(tls, size, ApacheClient::new);
    }

    static HttpSubject okHttp(Tls tls, int size) throws Exception {
        return new HttpSubject(tls, size, OkClient::new);
    }

    static HttpSubject jdk(Tls tls, int size) throws Exception {
        return new HttpSubject(tls, size, JdkClient::new);
    }

    static HttpSubject urlConnection(Tls tls, int size) throws Exception {
        return new HttpSubject(tls, size, UrlConnections::new);
    }

    private static final class ApacheClient implements Client {

        private final CloseableHttpClient client;

        ApacheClient(Tls tls, int size) {
            var connections = PoolingHttpClientConnectionManagerBuilder.create().setMaxConnTotal(size)
                    .setMaxConnPerRoute(size);
            if (tls.isOn()) {
                connections.setTlsSocketStrategy((socket, target, port, _, _) -> {
                    var secure = (SSLSocket) tls.factory().createSocket(socket, target, port, true);
                    secure.startHandshake();
                    return secure;
                });
            }
            this.client = HttpClients.custom().setConnectionManager(connections.build()).build();
        }

        @Override
        public String fetch(URI address) throws IOException {
            return client.execute(new HttpGet(address), answer -> EntityUtils.toString(answer.getEntity()));
        }

        @Override
        public void close() throws IOException {
            client.close();
        }
    }

    private static final class OkClient implements Client {

        private final OkHttpClient client;

        OkClient(Tls tls, int size) {
            var builder = new OkHttpClient.Builder().readTimeout(0, TimeUnit.SECONDS);
            if (tls.isOn()) {
                builder.sslSocketFactory(tls.factory(), ServerCertificate.trustManager());
            }
            this.client = builder.build();
        }

        @Override
        public String fetch(URI address) throws IOException {
            try (var answer = client.newCall(new Request.Builder().url(address.toString()).build()).execute()) {
                return answer.body().string();
            }
        }

        @Override
        public void close() {
            client.dispatcher().executorService().shutdown();
            client.connectionPool().evictAll();
        }
    }

    private static final class JdkClient implements Client {

        private final HttpClient client;

        JdkClient(Tls tls, int size) {
            var builder = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1);
            if (tls.isOn()) {
                builder.sslContext(Tls.context());
            }
            this.client = builder.build();
        }

        @Override
        public String fetch(URI address) throws IOException, InterruptedException {
            return client.send(HttpRequest.newBuilder(address).build(), BodyHandlers.ofString()).body();
        }

        @Override
        public void close() {
            client.shutdownNow();
            client.close();
        }
    }

    /** The JDK's first. */
    private static final class UrlConnections implements Client {

        private final Tls tls;

        UrlConnections(Tls tls, int size) {
            this.tls = tls;
        }

        @Override
        public String fetch(URI address) throws IOException {
            var connection = (HttpURLConnection) address.toURL().openConnection();
            // The JDK keeps connections for later, and nobody can tell it not to, or to let go of them.
            connection.setRequestProperty("Connection", "close");
            if (tls.isOn()) {
                ((HttpsURLConnection) connection).setSSLSocketFactory(tls.factory());
            }
            try (var body = connection.getInputStream()) {
                return new String(body.readAllBytes(), StandardCharsets.UTF_8);
            } finally {
                connection.disconnect();
            }
        }

        @Override
        public void close() {}
    }

    @Override
    public String ask(Pace pace, String what) throws Exception {
        return client.fetch(server.address(pace, what));
    }

    @Override
    public int held() {
        return server.gate().held();
    }

    @Override
    public void release() {
        server.gate().open();
    }

    @Override
    public void close() throws IOException {
        try (server) {
            client.close();
        }
    }
}
