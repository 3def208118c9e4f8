package dev.verdant.examples;

import dev.verdant.hub.Hub;
import dev.verdant.hub.Hubs;
import dev.verdant.hub.ListenerChannel;
import dev.verdant.hub.Readiness;
import dev.verdant.hub.StreamChannel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * The classic {@code Hello, world!} server straight on a hub's readiness callbacks, with no loop and no green thread: a state machine a connection that
 * accepts, reads to the blank line, switches to writing, shuts down and closes. {@link HelloBlocking} is what the loop makes of it.
 *
 * <p>Run {@code ./verdant hello-callbacks --port 8000}, and {@code curl http://127.0.0.1:8000/}.
 */
public final class HelloCallbacks implements AutoCloseable {

    private static final byte[] ANSWER = "HTTP/1.0 200 OK\r\nContent-Length: 13\r\n\r\nHello, world!"
            .getBytes(StandardCharsets.US_ASCII);

    private final Hub hub;
    private final ListenerChannel listener;

    /** On the hub's thread, as everything here. */
    HelloCallbacks(Hub hub, int port) throws IOException {
        this.hub = hub;
        this.listener = hub.openListener();
        listener.bind(new InetSocketAddress("127.0.0.1", port), 1024);
        listener.register(ops -> acceptAll());
        listener.arm(Readiness.READ);
    }

    /**
     * Runs the server.
     *
     * @param args {@code --port PORT}
     * @throws Exception if it cannot listen
     */
    public static void main(String[] args) throws Exception {
        var arguments = Arguments.parse(args, "port");
        try (var hub = Hubs.select().open(); var server = new HelloCallbacks(hub, arguments.number("port", 8000))) {
            System.out.println("hello-callbacks listens on " + server.address() + " (" + hub.name() + ")");
            while (true) {
                hub.poll(-1);
            }
        }
    }

    SocketAddress address() throws IOException {
        return Objects.requireNonNull(listener.localAddress());
    }

    private void acceptAll() {
        try {
            for (StreamChannel channel = listener.accept(); channel != null; channel = listener.accept()) {
                new Connection(channel).start();
            }
            listener.arm(Readiness.READ);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        listener.close();
    }

    /** One connection, and where it stands. */
    private static final class Connection {

        private enum State {
            READING_REQUEST, WRITING_ANSWER, AWAITING_END
        }

        private final StreamChannel channel;
        private final ByteBuffer request = ByteBuffer.allocateDirect(8 * 1024);
        private final ByteBuffer answer = ByteBuffer.allocateDirect(ANSWER.length).put(ANSWER).flip();
        private State state = State.READING_REQUEST;

        Connection(StreamChannel channel) {
            this.channel = channel;
        }

        void start() throws IOException {
            channel.register(ops -> proceed());
            proceed();
        }

        /** As far as it goes without waiting; then it says what it waits for. */
        private void proceed() {
            try {
                if (state == State.READING_REQUEST && readRequest()) {
                    state = State.WRITING_ANSWER;
                }
                if (state == State.WRITING_ANSWER && writeAnswer()) {
                    channel.shutdownOutput();
                    state = State.AWAITING_END;
                }
                if (state == State.AWAITING_END) {
                    awaitEnd();
                }
            } catch (IOException e) {
                channel.close();
            }
        }

        private boolean readRequest() throws IOException {
            int count = channel.read(request);
            if (count < 0 || !request.hasRemaining()) {
                channel.close();
                return false;
            }
            if (endsWithBlankLine()) {
                return true;
            }
            if (count > 0) {
                return readRequest(); // Until nothing is there: the hub tells of new bytes only.
            }
            channel.arm(Readiness.READ);
            return false;
        }

        private boolean endsWithBlankLine() {
            int end = request.position();
            return end >= 4 && request.get(end - 4) == '\r' && request.get(end - 3) == '\n'
                    && request.get(end - 2) == '\r'
                    && request.get(end - 1) == '\n';
        }

        private boolean writeAnswer() throws IOException {
            while (answer.hasRemaining()) {
                if (channel.write(answer) == 0) {
                    channel.arm(Readiness.WRITE);
                    return false;
                }
            }
            return true;
        }

        private void awaitEnd() throws IOException {
            request.clear();
            for (int count = channel.read(request); count != 0; count = channel.read(request.clear())) {
                if (count < 0) {
                    channel.close();
                    return;
                }
            }
            channel.arm(Readiness.READ);
        }
    }

    @Override
    public String toString() {
        return "HelloCallbacks on " + hub.name();
    }
}
