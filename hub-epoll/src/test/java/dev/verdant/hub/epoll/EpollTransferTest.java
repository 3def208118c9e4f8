package dev.verdant.hub.epoll;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.hub.Hub;
import dev.verdant.hub.StreamChannel;
import java.io.IOException;
import java.net.SocketException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Bytes: through every kind of buffer, from any thread, to the end and to a reset. */
@Timeout(60)
class EpollTransferTest {

    private static final int LARGE = 1_000_000;

    private final Hub hub = new EpollHubProvider().open();
    private StreamChannel client;
    private StreamChannel server;

    @BeforeEach
    void connect() throws IOException {
        Pair pair = Pair.connect(hub);
        client = pair.client();
        server = pair.server();
    }

    @AfterEach
    void close() {
        client.close();
        server.close();
        hub.close();
    }

    @Test
    void everyKindOfBufferCarriesTheSame() throws Exception {
        byte[] sent = random(LARGE);
        for (boolean directOut : new boolean[]{true, false}) {
            for (boolean directIn : new boolean[]{true, false}) {
                ByteBuffer out = buffer(directOut, LARGE + 10).position(5).limit(LARGE + 5);
                out.duplicate().put(sent);
                ByteBuffer in = buffer(directIn, LARGE + 10).position(5).limit(LARGE + 5);
                transfer(out, in);
                var received = new byte[LARGE];
                in.get(5, received);
                assertThat(received).isEqualTo(sent);
            }
        }
    }

    private void transfer(ByteBuffer out, ByteBuffer in) throws IOException {
        while (in.hasRemaining()) {
            client.write(out);
            server.read(in);
        }
    }

    private static ByteBuffer buffer(boolean direct, int size) {
        return direct ? ByteBuffer.allocateDirect(size) : ByteBuffer.allocate(size + 3).position(3).slice();
    }

    @Test
    void aReadThatIsNotFullHasDrainedTheStream() throws Exception {
        server.setOption(StandardSocketOptions.SO_RCVBUF, 2 * LARGE);
        client.setOption(StandardSocketOptions.SO_SNDBUF, 2 * LARGE);
        for (int size : new int[]{1, 65_535, 65_536, 65_537, 131_072, 200_000}) {
            byte[] sent = random(size);
            assertThat(client.write(sent, 0, size)).isEqualTo(size);
            var received = new byte[300_000];
            assertThat(server.read(received, 0, received.length)).isEqualTo(size);
            assertThat(Arrays.copyOf(received, size)).isEqualTo(sent);
            assertThat(server.read(received, 0, received.length)).isZero();
        }
    }

    @Test
    void aReadOnlyBufferIsWrittenAndNotRead() throws Exception {
        ByteBuffer source = ByteBuffer.wrap(random(100_000)).asReadOnlyBuffer();
        assertThat(client.write(source)).isEqualTo(100_000);
        assertThat(source.hasRemaining()).isFalse();
        assertThatThrownBy(() -> server.read(ByteBuffer.allocate(1).asReadOnlyBuffer()))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void emptyIsZero() throws Exception {
        client.close();
        assertThat(server.read(new byte[0], 0, 0)).isZero();
        assertThat(server.read(ByteBuffer.allocateDirect(0))).isZero();
        assertThat(server.write(ByteBuffer.allocate(0))).isZero();
        assertThat(server.read(new byte[1], 0, 1)).isEqualTo(-1);
        assertThatThrownBy(() -> server.read(new byte[1], 0, 2)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void oneDirectionEndsWithoutTheOther() throws Exception {
        client.shutdownOutput();
        assertThat(server.read(new byte[1], 0, 1)).isEqualTo(-1);
        assertThat(server.write(new byte[]{7}, 0, 1)).isEqualTo(1);
        assertThat(client.read(new byte[1], 0, 1)).isEqualTo(1);
        assertThatThrownBy(() -> client.write(new byte[1], 0, 1)).isInstanceOf(SocketException.class)
                .hasMessage("Broken pipe");
        assertThat(client.read(new byte[1], 0, 1)).isZero();
    }

    @Test
    void anInputThatWasShutHasEnded() throws Exception {
        server.write(new byte[1], 0, 1);
        client.shutdownInput();
        assertThat(client.read(new byte[1], 0, 1)).isEqualTo(-1);
        assertThat(client.read(ByteBuffer.allocateDirect(1))).isEqualTo(-1);
        client.shutdownInput();
    }

    @Test
    void aResetIsNeverAnEnd() throws Exception {
        resetByServer();
        for (int i = 0; i < 3; i++) {
            assertThatThrownBy(() -> client.read(new byte[1], 0, 1)).isInstanceOf(SocketException.class)
                    .hasMessage("Connection reset");
            assertThatThrownBy(() -> client.read(ByteBuffer.allocateDirect(1))).hasMessage("Connection reset")
                    .hasNoCause();
        }
    }

    @Test
    void aResetThatAWriteWasToldIsNoEndForTheReader() throws Exception {
        resetByServer();
        assertThatThrownBy(() -> client.write(new byte[1], 0, 1)).isInstanceOf(SocketException.class)
                .hasMessage("Connection reset");
        assertThatThrownBy(() -> client.write(new byte[1], 0, 1)).isInstanceOf(SocketException.class)
                .hasMessage("Broken pipe");
        assertThatThrownBy(() -> client.read(new byte[1], 0, 1)).isInstanceOf(SocketException.class)
                .hasMessage("Connection reset");
        client.shutdownOutput();
    }

    private void resetByServer() throws IOException {
        server.setOption(StandardSocketOptions.SO_LINGER, 0);
        server.close();
    }

    @Test
    void aClosedChannelSaysSo() throws Exception {
        server.close();
        server.close();
        server.shutdown();
        assertThat(server.isOpen()).isFalse();
        assertThatThrownBy(() -> server.read(new byte[1], 0, 1)).isInstanceOf(SocketException.class)
                .hasMessage("Socket closed");
        assertThatThrownBy(() -> server.write(ByteBuffer.allocateDirect(1))).isInstanceOf(SocketException.class)
                .hasMessage("Socket closed");
        assertThatThrownBy(server::remoteAddress).isInstanceOf(SocketException.class).hasMessage("Socket closed");
        assertThatThrownBy(server::localAddress).isInstanceOf(SocketException.class).hasMessage("Socket closed");
        assertThatThrownBy(server::shutdownOutput).isInstanceOf(SocketException.class).hasMessage("Socket closed");
    }

    @Test
    void shutdownFromElsewhereEndsBothSides() throws Exception {
        Thread.ofPlatform().start(client::shutdown).join();
        assertThat(client.read(new byte[1], 0, 1)).isEqualTo(-1);
        assertThat(server.read(new byte[1], 0, 1)).isEqualTo(-1);
        assertThat(client.isOpen()).isTrue();
    }

    /**
     * Other threads read and write without pause while the hub's thread closes: none may get at the socket that
     * inherits the number.
     */
    @Test
    void otherThreadsNeverTouchTheNextSocketOfThatNumber() throws Exception {
        var current = new AtomicReference<>(client);
        var stop = new AtomicBoolean();
        var wrong = new AtomicReference<Throwable>();
        Thread[] guests = new Thread[2];
        for (int i = 0; i < guests.length; i++) {
            guests[i] = Thread.ofPlatform().start(() -> intrude(current, stop, wrong));
        }
        for (int i = 0; i < 3_000; i++) {
            StreamChannel closing = current.get();
            closing.close();
            Pair next = Pair.connect(hub);
            assertThat(next.server().write(new byte[]{42}, 0, 1)).isEqualTo(1);
            assertThat(next.client().read(new byte[2], 0, 2)).isEqualTo(1);
            next.server().close();
            current.set(next.client());
        }
        stop.set(true);
        for (Thread guest : guests) {
            guest.join();
        }
        assertThat(wrong.get()).isNull();
        current.get().close();
    }

    /**
     * Reads of a channel that is current find nothing or its end; the hub's thread has taken the only byte before it
     * publishes it.
     */
    private static void intrude(AtomicReference<StreamChannel> current, AtomicBoolean stop,
            AtomicReference<Throwable> wrong) {
        var target = new byte[8];
        while (!stop.get()) {
            try {
                int count = current.get().read(target, 0, target.length);
                if (count > 0) {
                    wrong.set(new AssertionError("stole " + count + " bytes"));
                }
            } catch (SocketException e) {
                if (!"Socket closed".equals(e.getMessage())) {
                    wrong.set(e);
                }
            } catch (IOException | RuntimeException | Error e) {
                wrong.set(e);
            }
        }
    }

    private static byte[] random(int size) {
        var bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return bytes;
    }
}
