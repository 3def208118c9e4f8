package dev.verdant.examples;

import dev.verdant.examples.Pages.Page;
import dev.verdant.examples.Pages.Visitor;
import dev.verdant.green.EventLoop;
import dev.verdant.green.Green;
import dev.verdant.green.GreenThread;
import dev.verdant.green.queue.JoinableQueue;
import dev.verdant.green.queue.QueueShutDownException;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Follows links as {@link RecursiveCrawler} does, with a queue between those who find addresses and those who fetch them: a fixed number of green threads take
 * addresses and put in what they find, and all is done when the queue says that everything that came in has been done.
 *
 * <p>Run {@code ./verdant crawl-queue http://127.0.0.1:8080/}.
 */
public final class QueueCrawler {

    private static final int AT_A_TIME = 50;

    private final Pages pages;
    private final Visitor visitor;
    private final JoinableQueue<URI> addresses = new JoinableQueue<>();
    private final Set<URI> seen = new HashSet<>();

    private QueueCrawler(Pages pages, Visitor visitor) {
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

    static void crawl(Pages pages, URI start, Visitor visitor) throws Exception {
        var crawler = new QueueCrawler(pages, visitor);
        List<GreenThread<?>> consumers = new ArrayList<>();
        for (int i = 0; i < AT_A_TIME; i++) {
            consumers.add(Green.spawn(() -> crawler.consume()));
        }
        crawler.produce(start);
        crawler.addresses.join();
        crawler.addresses.shutdown();
        for (var consumer : consumers) {
            consumer.await();
        }
    }

    private void produce(URI address) throws InterruptedException {
        if (seen.add(address)) {
            addresses.put(address);
        }
    }

    private void consume() throws Exception {
        try {
            while (true) {
                URI address = addresses.take();
                try {
                    visit(pages.fetch(address));
                } finally {
                    addresses.taskDone();
                }
            }
        } catch (QueueShutDownException e) {
            // All is done.
        }
    }

    private void visit(Page page) throws Exception {
        visitor.visit(page);
        for (URI link : page.links()) {
            produce(link);
        }
    }
}
