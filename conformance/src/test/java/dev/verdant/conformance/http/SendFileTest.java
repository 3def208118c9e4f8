package dev.verdant.conformance.http;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpHandler;
import dev.verdant.conformance.HubTest;
import dev.verdant.conformance.NotSimulated;
import dev.verdant.green.Green;
import dev.verdant.green.GreenThread;
import dev.verdant.green.http.GreenExchange;
import dev.verdant.green.sync.Event;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Files that are sent, and what is left of that when it ends early. */
class SendFileTest {

    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

    @TempDir
    private Path folder;

    private Path small;
    private Path big;

    @BeforeEach
    void makeFiles() throws IOException {
        assumeTrue(Files.isDirectory(DESCRIPTORS), "the system does not show what is open");
        small = Files.write(folder.resolve("small"), new byte[1000]);
        big = Files.write(folder.resolve("big"), new byte[10_000_000]);
    }

    private static boolean isOpen(Path file) throws IOException {
        try (var all = Files.list(DESCRIPTORS)) {
            return all.anyMatch(each -> {
                try {
                    return Files.readSymbolicLink(each).equals(file);
                } catch (IOException e) {
                    return false; // Closed meanwhile.
                }
            });
        }
    }

    /** The native threads may be at it still, but not for long. */
    private void awaitBothClosed() throws IOException {
        while (isOpen(small.toRealPath()) || isOpen(big.toRealPath())) {
            Green.sleep(Duration.ofMillis(5));
        }
    }

    @HubTest
    @NotSimulated("its files are read in the machine's time")
    void aHandlerThatIsKilledWhileItSendsAFileLeavesItClosed() throws Exception {
        var handlers = new Event<GreenThread<?>>();
        HttpHandler handler = exchange -> {
            handlers.send(Green.current());
            GreenExchange.of(exchange).sendFile(exchange.getRequestURI().getPath().equals("/big") ? big : small);
        };
        try (var served = Served.by(handler)) {
            for (int i = 0; i < 100; i++) {
                try (var client = Client.slow(served.address())) {
                    client.send("GET /" + (i % 2 == 0 ? "big" : "small") + " HTTP/1.1\r\nHost: a\r\n\r\n");
                    GreenThread<?> sending = handlers.await();
                    handlers.reset();
                    for (int turn = 0; turn < i % 13; turn++) {
                        Green.sleep();
                    }
                    sending.kill();
                }
            }
        }
        awaitBothClosed();
    }
}
