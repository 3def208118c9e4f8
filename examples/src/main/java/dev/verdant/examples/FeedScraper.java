package dev.verdant.examples;

import dev.verdant.examples.Pages.Page;
import dev.verdant.green.EventLoop;
import dev.verdant.green.net.GreenSocket;
import dev.verdant.green.net.Net;
import dev.verdant.green.pool.GreenPile;
import dev.verdant.green.pool.GreenPool;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamException;

/**
 * A server that is told the addresses of feeds, a line each and an empty one at the end, and answers with their titles in that order. Each client's fetches are a
 * pile of its own in one pool, so that all clients together fetch so many at a time and no more.
 *
 * <p>Run {@code ./verdant feeds --port 8010}, and {@code printf 'http://127.0.0.1:8080/feed.xml\n\n' | nc 127.0.0.1 8010}.
 */
public final class FeedScraper {

    private static final int AT_A_TIME = 20;
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
            loop.spawn(() -> Net.serve(Listening.on(port, "feeds"), scraper::talk)).await();
        }
    }

    /** Answers one client. */
    void talk(GreenSocket client) throws Exception {
        var in = new BufferedReader(new InputStreamReader(client.getInputStream(), StandardCharsets.UTF_8));
        var out = new PrintWriter(new OutputStreamWriter(client.getOutputStream(), StandardCharsets.UTF_8), true);
        try (var titles = new GreenPile<String>(pool)) {
            for (String line = in.readLine(); line != null && !line.isBlank(); line = in.readLine()) {
                String address = line.strip();
                titles.spawn(() -> title(address));
            }
            titles.forEach(out::println);
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
