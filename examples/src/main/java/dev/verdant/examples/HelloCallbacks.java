package dev.verdant.examples;

import dev.verdant.hub.Hub;
import dev.verdant.hub.Hubs;
import dev.verdant.hub.ListenerChannel;
import dev.verdant.hub.Readiness;
import dev.verdant.hub.SocketDomain;
import dev.verdant.hub.StreamChannel;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * The classic {@code Hello, world!} server straight on a hub's readiness callbacks, without a loop or a green thread: accept, read to the blank line,
 * switch to writing, shut down, close. What {@link HelloBlocking} leaves to where its code stands is a state machine here.
 *
 * <p>Run {@code ./verdant hello-callbacks --port 8000}, and {@code curl http://127.0.0.1:8000/}.
 */
public final class HelloCallbacks implements AutoCloseable {

    private static final byte[] ANSWER = "HTTP/1.0 200 OK\r\nContent-Length: 13\r\n\r\nHello, world!"
            .getBytes(StandardCharsets.US_ASCII);
    private static final byte[] BLANK_LINE = "\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final long PAUSE_NANOS = 10_000_000;

    private final Hub hub;
    private final ListenerChannel listener;

    /** Connections may be left in the backlog: the last accept failed, and the hub tells of new ones only. */
    private boolean acceptAgain;

    /** Listens. On the hub's thread, as everything here. */
    HelloCallbacks(Hub hub, int port) throws IOException {
        this.hub = hub;
        this.listener = hub.openListener(SocketDomain.INTERNET);
        listener.bind(new InetSocketAddress("127.0.0.1", port), 1024);
        listener.register(ops -> accept());
        listener.arm(Readiness.READ);
    }

    /**
     * Runs the server.
     *
     * @param args {@code --port PORT}
     * @throws Exception if it cannot listen
     */
    public static void main(String[] args) throws Exception {
        int port = Arguments.parse(args, "port").withoutRest().port(8000);
        try (var hub = Hubs.select().open(); var server = new HelloCallbacks(hub, port)) {
            System.out.println("hello-callbacks listens on " + server.address() + " (" + hub.name() + ")");
            while (true) {
                server.turn();
            }
        }
    }

    SocketAddress address() throws IOException {
        return Objects.requireNonNull(listener.localAddress());
    }

    /** Waits for events, and has the callbacks called. */
    void turn() {
        hub.poll(acceptAgain ? PAUSE_NANOS : -1);
        if (acceptAgain) {
            accept();
        }
    }

    private void accept() {
        try {
            for (var channel = listener.accept(); channel != null; channel = listener.accept()) {
                new Connection(channel).begin();
            }
            listener.arm(Readiness.READ);
            acceptAgain = false;
        } catch (IOException e) {
            acceptAgain = true; // Out of descriptors, most likely. Some will come back.
        }
    }

    @Override
    public void close() {
        listener.close();
    }

    /** One connection, and where it stands. */
    private static final class Connection {

        private enum State {
            READING, WRITING, ENDING
        }

        private final StreamChannel channel;
        private final ByteBuffer buffer = ByteBuffer.allocate(1024);
        private final ByteBuffer answer = ByteBuffer.wrap(ANSWER);
        private State state = State.READING;

        /** How much of the blank line the bytes so far end with. */
        private int matched;

        Connection(StreamChannel channel) {
            this.channel = channel;
        }

        void begin() {
            try {
                channel.register(ops -> proceed());
                proceed();
            } catch (IOException e) {
                channel.close();
            }
        }

        /** Goes as far as it can without waiting. */
        private void proceed() {
            try {
                switch (state) {
                    case READING -> read();
                    case WRITING -> write();
                    case ENDING -> end();
                }
            } catch (IOException e) {
                channel.close();
            }
        }

        private void read() throws IOException {
            int count = channel.read(buffer.clear());
            while (count > 0) {
                for (int i = 0; i < count && matched < BLANK_LINE.length; i++) {
                    byte next = buffer.get(i);
                    matched = next == BLANK_LINE[matched] ? matched + 1 : next == BLANK_LINE[0] ? 1 : 0;
                }
                if (matched == BLANK_LINE.length) {
                    state = State.WRITING;
                    write();
                    return;
                }
                count = channel.read(buffer.clear());
            }
            waitOrClose(count, Readiness.READ);
        }

        private void write() throws IOException {
            while (answer.hasRemaining()) {
                if (channel.write(answer) == 0) {
                    channel.arm(Readiness.WRITE);
                    return;
                }
            }
            channel.shutdownOutput();
            state = State.ENDING;
            end();
        }

        /** Reads until the client ends: a close that left bytes unread would be a reset, which may overtake the answer. */
        private void end() throws IOException {
            int count = channel.read(buffer.clear());
            while (count > 0) {
                count = channel.read(buffer.clear());
            }
            waitOrClose(count, Readiness.READ);
        }

        private void waitOrClose(int count, int ops) {
            if (count < 0) {
                channel.close();
            } else {
                channel.arm(ops);
            }
        }
    }
}
