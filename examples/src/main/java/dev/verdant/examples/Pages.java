package dev.verdant.examples;

import dev.verdant.green.EventLoop;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Fetches pages with a blocking client that knows nothing of Verdant, the JDK's. */
final class Pages implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Pattern LINK = Pattern.compile("href\\s*=\\s*[\"']?([^\"'> #]+)", Pattern.CASE_INSENSITIVE);

    private final HttpClient client;

    /** The client does its own work in green threads of the loop as well. It is made off the loop, for it takes its time. */
    Pages(EventLoop loop) {
        this.client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).executor(loop.executor()).build();
    }

    /** What came of an address: an answer or a failure. */
    @SuppressWarnings("ArrayRecordComponent") // pages are not compared
    record Page(URI address, int status, byte[] body, @Nullable IOException failure) {

        /** Where it leads to, on the same server; what is no address is passed over. */
        List<URI> links() {
            return LINK.matcher(new String(body, StandardCharsets.UTF_8)).results()
                    .map(found -> resolved(found.group(1)))
                    .filter(link -> address.getAuthority().equals(link.getAuthority())).distinct().toList();
        }

        private URI resolved(String link) {
            try {
                return address.resolve(link);
            } catch (IllegalArgumentException e) {
                return URI.create("");
            }
        }

        @Override
        public String toString() {
            return address + ": " + (failure != null ? failure : status + ", " + body.length + " bytes");
        }
    }

    /** Does something with each page as it comes. */
    interface Visitor {
        void visit(Page page) throws IOException;
    }

    static URI address(String word) {
        if (!word.matches("https?://.+")) {
            throw Arguments.refuse("not an address: " + word + " (expected: http://... or https://...)");
        }
        return URI.create(word);
    }

    /** For programs that take one address and nothing else. */
    static URI onlyAddress(String[] args) {
        List<String> words = Arguments.parse(args).rest();
        if (words.size() != 1) {
            throw Arguments.refuse("expected: one address, http://... or https://...");
        }
        return address(words.getFirst());
    }

    Page fetch(URI address) throws InterruptedException {
        try {
            var request = HttpRequest.newBuilder(address).timeout(PATIENCE).build();
            var answer = client.send(request, BodyHandlers.ofByteArray());
            return new Page(address, answer.statusCode(), answer.body(), null);
        } catch (IOException e) {
            return new Page(address, 0, new byte[0], e);
        }
    }

    @Override
    public void close() {
        client.close();
    }
}
