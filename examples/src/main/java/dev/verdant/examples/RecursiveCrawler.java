package dev.verdant.examples;

import dev.verdant.examples.Pages.Page;
import dev.verdant.examples.Pages.Visitor;
import dev.verdant.green.EventLoop;
import dev.verdant.green.pool.GreenPool;
import java.net.URI;
import java.util.HashSet;
import java.util.Set;

/**
 * Follows the links of a page, and of the pages they lead to, on one server: each page is fetched in a green thread of a pool, which spawns those that it leads
 * to into the same pool. That cannot deadlock: a member of a full pool runs what it spawns itself. The set of what was seen needs no lock.
 *
 * <p>Run {@code ./verdant crawl-tree http://127.0.0.1:8080/}.
 */
public final class RecursiveCrawler {

    private static final int AT_A_TIME = 50;

    private final Pages pages;
    private final Visitor visitor;
    private final GreenPool pool = new GreenPool(AT_A_TIME);
    private final Set<URI> seen = new HashSet<>();

    private RecursiveCrawler(Pages pages, Visitor visitor) {
        this.pages = pages;
        this.visitor = visitor;
    }

    /**
     * Follows the links of the address given, and prints what came.
     *
     * @param args an address
     * @throws Exception if it is interrupted
     */
    public static void main(String[] args) throws Exception {
        URI start = Pages.onlyAddress(args);
        try (var loop = EventLoop.start(); var pages = new Pages(loop)) {
            loop.spawn(() -> crawl(pages, start, System.out::println)).await();
        }
    }

    static void crawl(Pages pages, URI start, Visitor visitor) throws InterruptedException {
        var crawler = new RecursiveCrawler(pages, visitor);
        crawler.follow(start);
        crawler.pool.waitAll();
    }

    private void follow(URI address) throws InterruptedException {
        if (seen.add(address)) {
            pool.spawnN(() -> visit(pages.fetch(address)));
        }
    }

    private void visit(Page page) throws Exception {
        visitor.visit(page);
        for (URI link : page.links()) {
            follow(link);
        }
    }
}
