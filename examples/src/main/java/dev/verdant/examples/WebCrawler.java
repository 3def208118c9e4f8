package dev.verdant.examples;

import dev.verdant.examples.Pages.Page;
import dev.verdant.examples.Pages.Visitor;
import dev.verdant.green.EventLoop;
import dev.verdant.green.pool.GreenPool;
import java.io.IOException;
import java.net.URI;
import java.util.List;

/**
 * Fetches many pages at a time: each fetch in a green thread, 200 at a time, and the pages come in the order of their addresses.
 *
 * <p>Run {@code ./verdant crawl http://127.0.0.1:8080/README.md http://127.0.0.1:8080/pom.xml}.
 */
public final class WebCrawler {

    private static final int AT_A_TIME = 200;

    private WebCrawler() {}

    /**
     * Fetches the addresses given, and prints what came.
     *
     * @param args addresses
     * @throws Exception if it is interrupted
     */
    public static void main(String[] args) throws Exception {
        var addresses = Arguments.parse(args).rest().stream().map(Pages::address).toList();
        try (var loop = EventLoop.start(); var pages = new Pages(loop)) {
            loop.spawn(() -> crawl(pages, addresses, System.out::println)).await();
        }
    }

    static void crawl(Pages pages, List<URI> addresses, Visitor visitor) throws IOException {
        var pool = new GreenPool(AT_A_TIME);
        for (Page page : pool.<URI, Page>imap(pages::fetch, addresses)) {
            visitor.visit(page);
        }
    }
}
