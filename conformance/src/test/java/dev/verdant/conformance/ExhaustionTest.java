package dev.verdant.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.verdant.green.Green;
import dev.verdant.green.net.GreenServerSocket;
import dev.verdant.green.net.Net;
import dev.verdant.green.net.StopServe;
import dev.verdant.hub.HubProvider;
import dev.verdant.hub.Hubs;
import java.io.FileInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A server in a process that has no descriptor left. The process is a child, so that this one keeps its own. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class ExhaustionTest {

    @Test
    void aServerOutOfDescriptorsBacksOffAndServesAgainEvenIfItsLoggerThrows() throws Exception {
        for (HubProvider hub : Hubs.providers()) {
            if (hub.unusable().isEmpty()) {
                var child = ChildJvm.of(ExhaustionTest.class).hub(hub.name()).after("ulimit -n 300");
                assertThat(child.run()).as(hub.name()).containsExactly(
                        "Trying again in 10 ms", "Trying again in 20 ms", "Trying again in 40 ms", "served: x");
            }
        }
    }

    /** The first record makes it throw, as a logger does that must open a file for it. */
    private static final class Log extends Handler {

        final SynchronousQueue<String> pauses = new SynchronousQueue<>();

        @Override
        public void publish(LogRecord record) {
            String message = record.getMessage();
            int pause = message.indexOf("Trying again");
            if (pause < 0) {
                return; // The report of what is thrown here.
            }
            try {
                pauses.put(message.substring(pause, message.length() - 1));
            } catch (InterruptedException e) {
                return; // The loop closes.
            }
            if (message.contains("in 10 ms")) {
                throw new InternalError("no descriptor for the log");
            }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }

    /** The child. */
    public static void main(String[] args) throws Exception {
        var log = new Log();
        var logger = Logger.getLogger("dev.verdant.green");
        logger.setUseParentHandlers(false);
        logger.addHandler(log);
        Green.run(() -> serve(log));
    }

    private static void serve(Log log) throws Exception {
        try (var listener = Net.listen(new InetSocketAddress("127.0.0.1", 0));
                var first = Net.connect(listener.getLocalSocketAddress())) {
            // What a server needs all the time has been loaded before it runs out.
            Net.serve(listener, connection -> {
                throw new StopServe();
            });
            int _ = first.getInputStream().read();
            serveWithoutDescriptors(log, listener);
        }
    }

    private static void serveWithoutDescriptors(Log log, GreenServerSocket listener) throws Exception {
        try (var client = Net.connect(listener.getLocalSocketAddress())) {
            List<FileInputStream> files = takeAllDescriptors();
            Green.spawnN(() -> Net.serve(listener, connection -> connection.sendAll(connection.recv(1))));
            for (int i = 0; i < 3; i++) {
                System.out.println(log.pauses.take());
            }
            for (FileInputStream file : files) {
                file.close();
            }
            client.sendAll(new byte[]{'x'});
            System.out.println("served: " + new String(client.recv(1), StandardCharsets.US_ASCII));
        }
    }

    private static List<FileInputStream> takeAllDescriptors() {
        var files = new ArrayList<FileInputStream>();
        try {
            for (;;) {
                files.add(new FileInputStream("/dev/null"));
            }
        } catch (IOException e) {
            return files;
        }
    }
}
