package dev.verdant.examples;

import dev.verdant.green.Green;
import dev.verdant.green.pool.GreenPool;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;

/**
 * Fetches many pages at a time with a blocking HTTP client that knows nothing of Verdant: up to 200 green threads, and the results in the order of the
 * addresses.
 *
 * <p>Run {@code ./verdant crawl http://127.0.0.1:8080/README.md http://127.0.0.1:8080/pom.xml}.
 */
public final class WebCrawler {

    private WebCrawler() {}

    /** What came of an address. */
    @SuppressWarnings("ArrayRecordComponent") // pages are not compared
    record Page(URI address, int status, byte[] body) {}

    /**
     * Fetches the addresses given, and prints what came.
     *
     * @param args addresses
     * @throws Exception if one cannot be fetched
     */
    public static void main(String[] args) throws Exception {
        var addresses = Arguments.parse(args).rest().stream().map(URI::create).toList();
        try (var client = client()) {
            Green.run(() -> crawl(client, addresses, 200,
                    page -> System.out.println(page.status() + " " + page.body().length + " " + page.address())));
        }
    }

    /** Made before the loop runs: the JDK's TLS takes a while to start, and would hold the loop meanwhile. */
    static HttpClient client() {
        return HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    }

    /** Does something with each page as it comes. */
    interface Visitor {
        void visit(Page page) throws Exception;
    }

    static void crawl(HttpClient client, List<URI> addresses, int atATime, Visitor visitor) throws Exception {
        for (Page page : new GreenPool(atATime).<URI, Page>imap(address -> fetch(client, address), addresses)) {
            visitor.visit(page);
        }
    }

    private static Page fetch(HttpClient client, URI address) throws Exception {
        var response = client.send(HttpRequest.newBuilder(address).build(), BodyHandlers.ofByteArray());
        return new Page(address, response.statusCode(), response.body());
    }
}
