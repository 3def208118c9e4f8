package dev.verdant.examples;

import com.sun.net.httpserver.HttpExchange;
import dev.verdant.examples.Pages.Page;
import dev.verdant.green.EventLoop;
import dev.verdant.green.http.HttpService;
import dev.verdant.green.net.GreenServerSocket;
import dev.verdant.green.pool.GreenPile;
import dev.verdant.green.pool.GreenPool;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamException;

/**
 * A service that is told the addresses of feeds, a line each, and answers with their titles in that order, each as soon as those before it are there. Each
 * client's fetches are a pile of its own in one pool, so that all clients together fetch so many at a time and no more.
 *
 * <p>Run {@code ./verdant feeds --port 8010}, and {@code curl -d http://127.0.0.1:8080/feed.xml http://127.0.0.1:8010/}.
 */
public final class FeedScraper {

    private static final int AT_A_TIME = 20;
    private static final int MOST_ASKED = 64 * 1024;
    private static final XMLInputFactory XML = XMLInputFactory.newFactory();

    static {
        XML.setProperty(XMLInputFactory.SUPPORT_DTD, false); // A stranger's document leads nowhere else.
    }

    private final Pages pages;
    private final GreenPool pool = new GreenPool(AT_A_TIME);

    FeedScraper(Pages pages) {
        this.pages = pages;
    }

    /**
     * Runs the server.
     *
     * @param args {@code --port PORT}
     * @throws Exception if it cannot listen
     */
    public static void main(String[] args) throws Exception {
        int port = Arguments.parse(args, "port").withoutRest().port(8010);
        try (var loop = EventLoop.start(); var pages = new Pages(loop)) {
            var scraper = new FeedScraper(pages);
            loop.spawn(() -> scraper.on(Listening.on(port, "feeds")).serve()).await();
        }
    }

    HttpService.Builder on(GreenServerSocket listener) {
        return HttpService.on(listener).bodyLimit(MOST_ASKED).handler(this::answer);
    }

    private void answer(HttpExchange exchange) throws IOException {
        if (!exchange.getRequestMethod().equals("POST")) {
            exchange.getResponseHeaders().set("Allow", "POST");
            exchange.sendResponseHeaders(405, -1);
            return;
        }
        var asked = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
        exchange.sendResponseHeaders(200, 0);
        try (var titles = new GreenPile<String>(pool)) {
            for (String address : asked.lines().map(String::strip).filter(line -> !line.isEmpty()).toList()) {
                titles.spawn(() -> title(address));
            }
            for (String title : titles) {
                exchange.getResponseBody().write((title + "\n").getBytes(StandardCharsets.UTF_8));
                exchange.getResponseBody().flush();
            }
        } catch (InterruptedException e) {
            throw (IOException) new InterruptedIOException().initCause(e);
        }
    }

    private String title(String address) throws InterruptedException {
        try {
            Page page = pages.fetch(URI.create(address));
            return page.status() == 200 ? title(page) : page.toString();
        } catch (IllegalArgumentException | XMLStreamException e) {
            return address + ": " + String.valueOf(e.getMessage()).replaceAll("\\s+", " "); // an answer is a line
        }
    }

    private static String title(Page page) throws XMLStreamException {
        var document = XML.createXMLStreamReader(new ByteArrayInputStream(page.body()));
        try {
            while (document.hasNext()) {
                document.next();
                if (document.isStartElement() && document.getLocalName().equals("title")) {
                    return document.getElementText().strip();
                }
            }
            return page.address() + ": has no title";
        } finally {
            document.close();
        }
    }
}
