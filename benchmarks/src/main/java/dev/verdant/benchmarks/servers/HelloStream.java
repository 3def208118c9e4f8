package dev.verdant.benchmarks.servers;

import dev.verdant.green.Green;
import dev.verdant.green.net.Net;
import dev.verdant.green.stream.BaseIOStream;
import dev.verdant.green.stream.Delimiter;
import dev.verdant.green.stream.IOCallback;
import dev.verdant.green.stream.IOLoop;
import dev.verdant.green.stream.IOStream;
import dev.verdant.green.stream.TCPServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** The smallest server in callbacks: read up to the blank line, answer, and again. */
final class HelloStream {

    private static final Delimiter BLANK_LINE = Delimiter.of("\r\n\r\n");

    private final BaseIOStream stream;
    private final IOCallback<@Nullable Void> answered = _ -> await();
    private final IOCallback<byte[]> asked = _ -> answer();

    private HelloStream(BaseIOStream stream) {
        this.stream = stream;
    }

    /** Serves until it is killed. */
    static void serve(InetSocketAddress address) throws Exception {
        Green.run(() -> {
            var server = new TCPServer((stream, _) -> begin(stream));
            server.addSocket(Net.listen(address, Hello.BACKLOG));
            IOLoop.current().start();
        });
    }

    private static void begin(IOStream stream) throws IOException {
        stream.setNodelay(true);
        new HelloStream(stream).await();
    }

    private void await() throws IOException {
        stream.readUntil(BLANK_LINE, Hello.BUFFER, asked);
    }

    private void answer() throws IOException {
        stream.write(Hello.ANSWER, answered);
    }
}
