package dev.verdant.examples;

import dev.verdant.green.EventLoop;
import dev.verdant.green.pool.GreenPool;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Fetches many pages at a time with a blocking client that knows nothing of Verdant, the JDK's: each fetch in a green thread, 200 at a time, and the
 * pages come in the order of their addresses.
 *
 * <p>Run {@code ./verdant crawl http://127.0.0.1:8080/README.md http://127.0.0.1:8080/pom.xml}.
 */
public final class WebCrawler {

    private static final int AT_A_TIME = 200;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private WebCrawler() {}

    /** What came of an address: an answer or a failure. */
    @SuppressWarnings("ArrayRecordComponent") // pages are not compared
    record Page(URI address, int status, byte[] body, @Nullable IOException failure) {}

    /** Does something with each page as it comes. */
    interface Visitor {
        void visit(Page page) throws IOException;
    }

    /**
     * Fetches the addresses given, and prints what came.
     *
     * @param args addresses
     * @throws Exception if it is interrupted
     */
    public static void main(String[] args) throws Exception {
        var addresses = Arguments.parse(args).rest().stream().map(WebCrawler::address).toList();
        try (var loop = EventLoop.start(); var client = client(loop)) {
            loop.spawn(() -> crawl(client, addresses, WebCrawler::print)).await();
        }
    }

    private static URI address(String word) {
        if (!word.matches("https?://.+")) {
            throw Arguments.refuse("not an address: " + word + " (expected: http://... or https://...)");
        }
        return URI.create(word);
    }

    private static void print(Page page) {
        System.out.println(page.address() + ": "
                + (page.failure() != null ? page.failure() : page.status() + ", " + page.body().length + " bytes"));
    }

    /** The client does its own work in green threads as well. It is made off the loop, for it takes its time. */
    static HttpClient client(EventLoop loop) {
        return HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).executor(loop.executor()).build();
    }

    static void crawl(HttpClient client, List<URI> addresses, Visitor visitor) throws IOException {
        var pool = new GreenPool(AT_A_TIME);
        for (Page page : pool.<URI, Page>imap(address -> fetch(client, address), addresses)) {
            visitor.visit(page);
        }
    }

    private static Page fetch(HttpClient client, URI address) throws InterruptedException {
        try {
            var request = HttpRequest.newBuilder(address).timeout(PATIENCE).build();
            var answer = client.send(request, BodyHandlers.ofByteArray());
            return new Page(address, answer.statusCode(), answer.body(), null);
        } catch (IOException e) {
            return new Page(address, 0, new byte[0], e);
        }
    }
}
