package dev.verdant.green.ssl;

import static org.assertj.core.api.Assertions.assertThat;

import dev.verdant.green.net.GreenStream;
import io.netty.pkitesting.X509Bundle;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Objects;
import java.util.stream.IntStream;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a connection keeps of a handshake that is much too large: while it waits, a part of one record, and never more than two of its buffers. */
@Timeout(60)
class HeldBytesTest {

    /** As long as a record can be, with its header: RFC 8446 section 5.2, and what the engines add. */
    private static final int RECORD = 17 * 1024;

    /** How much comes at a time. */
    private static final int PIECE = 3000;

    /** Hears what we have said, and says something itself: nothing if it has said all. */
    private interface Peer {
        byte[] answer(byte[] heard) throws IOException;
    }

    /** To a peer that answers when we wait for it. */
    private static final class Wire implements GreenStream {

        private final Peer peer;
        private final ByteArrayOutputStream said = new ByteArrayOutputStream();
        private ByteBuffer coming = ByteBuffer.allocate(0);
        private boolean atEnd;
        private @Nullable TlsConnection connection;

        /** As much of it as is here already. */
        private int here;

        private int came;
        private int mostHeld;
        private int mostHeldWaiting;

        Wire(Peer peer) {
            this.peer = peer;
        }

        private int held() {
            TlsConnection of = Objects.requireNonNull(connection);
            Object incoming = field(of, "incoming");
            int held = size(field(incoming, "net")) + size(field(incoming, "part")) + size(field(incoming, "plain"))
                    + size(field(field(of, "outgoing"), "net"));
            mostHeld = Math.max(mostHeld, held);
            return held;
        }

        private static int size(@Nullable Object bytes) {
            return bytes instanceof ByteBuffer buffer
                    ? buffer.capacity()
                    : bytes instanceof byte[] array ? array.length : 0;
        }

        private static Object field(Object of, String name) {
            try {
                Field field = of.getClass().getDeclaredField(name);
                field.setAccessible(true);
                return field.get(of);
            } catch (ReflectiveOperationException e) {
                throw new LinkageError("the fields have other names", e);
            }
        }

        @Override
        public int tryRead(ByteBuffer target) {
            int _ = held();
            int count = Math.min(here, target.remaining());
            if (count == 0) {
                return atEnd ? -1 : 0;
            }
            target.put(target.position(), coming, coming.position(), count);
            target.position(target.position() + count);
            coming.position(coming.position() + count);
            here -= count;
            came += count;
            return count;
        }

        @Override
        public boolean awaitReadable(@Nullable Duration timeout) throws IOException {
            mostHeldWaiting = Math.max(mostHeldWaiting, held());
            if (!coming.hasRemaining()) {
                coming = ByteBuffer.wrap(peer.answer(said.toByteArray()));
                said.reset();
                atEnd = !coming.hasRemaining();
            }
            here = Math.min(PIECE, coming.remaining());
            return true;
        }

        @Override
        public int tryWrite(ByteBuffer source) {
            int _ = held();
            byte[] all = new byte[source.remaining()];
            source.get(all);
            said.writeBytes(all);
            return all.length;
        }

        @Override
        public boolean awaitWritable(@Nullable Duration timeout) {
            return true;
        }

        @Override
        public int read(ByteBuffer target) {
            throw new AssertionError("TLS only tries");
        }

        @Override
        public void writeFully(ByteBuffer source) {
            throw new AssertionError("TLS only tries");
        }
    }

    /** Shakes hands as far as that goes; whether it succeeds is the engine's business. */
    private static void assertLittleIsHeld(SslOptions options, int message, Peer peer) {
        var wire = new Wire(peer);
        var connection = new TlsConnection(wire, () -> {}, options.newEngine("localhost", 443), options, "a test's",
                () -> {});
        wire.connection = connection;
        try {
            connection.handshake(Limit.NONE);
        } catch (IOException e) {
            assertThat(e).isInstanceOf(SSLException.class);
        } finally {
            connection.abort();
        }
        assertThat(wire.came).as("bytes that have come").isGreaterThan(16 * 1024);
        assertThat(wire.mostHeldWaiting).as("bytes held while it waited").isPositive().isLessThanOrEqualTo(RECORD);
        assertThat(wire.mostHeld).as("bytes held at any time").isLessThanOrEqualTo(2 * message);
        assertThat(wire.held()).as("bytes held after the end").isZero();
    }

    // ---- messages

    @ParameterizedTest
    @EnumSource
    void aServerHoldsLittleOfAHelloThatIsMuchTooLarge(Engine engine) {
        int length = 100_000;
        byte[] hello = hugeHello(length);
        var said = new boolean[1];
        assertLittleIsHeld(SslOptions.forServer().engine(engine).handshakeTimeout(null)
                .certificate(Authority.identity(Authority.server("localhost"))).build(), length, _ -> {
                    byte[] answer = said[0] ? new byte[0] : hello;
                    said[0] = true;
                    return answer;
                });
    }

    /** One message over many records: a hello that a client might say, with an extension that nobody knows. */
    private static byte[] hugeHello(int length) {
        var message = ByteBuffer.allocate(4 + length);
        message.put((byte) 1).put((byte) (length >> 16)).putShort((short) length);
        message.putShort((short) 0x0303).put(new byte[32]).put((byte) 0).putShort((short) 2).putShort((short) 0x1301)
                .put((byte) 1).put((byte) 0);
        message.putShort((short) 0xffff);
        var records = new ByteArrayOutputStream();
        for (int from = 0; from < message.capacity(); from += 16 * 1024) {
            int size = Math.min(16 * 1024, message.capacity() - from);
            records.writeBytes(ByteBuffer.allocate(5).put((byte) 22).putShort((short) 0x0303).putShort((short) size)
                    .array());
            records.write(message.array(), from, size);
        }
        return records.toByteArray();
    }

    @ParameterizedTest
    @EnumSource
    void aClientHoldsLittleOfACertificateThatIsMuchTooLarge(Engine engine) throws Exception {
        X509Bundle large = Authority.server(IntStream.range(0, 2000)
                .mapToObj(i -> "a-name-that-is-quite-long-as-names-go-" + i + ".test").toArray(String[]::new));
        int length = large.getCertificate().getEncoded().length;
        assertThat(length).isGreaterThan(64 * 1024);
        for (String version : Ciphers.PROTOCOLS) {
            SSLEngine peer = SslOptions.forServer().engine(Engine.JDK).protocols(version)
                    .certificate(Authority.identity(large)).build().newEngine(null, -1).ssl();
            peer.beginHandshake();
            assertLittleIsHeld(SslOptions.forClient().engine(engine).handshakeTimeout(null)
                    .caCerts(Authority.CA.getCertificate()).build(), length, heard -> answer(peer, heard));
        }
    }

    private static byte[] answer(SSLEngine engine, byte[] heard) {
        ByteBuffer in = ByteBuffer.wrap(heard);
        ByteBuffer out = ByteBuffer.allocate(300_000);
        try {
            while (true) {
                HandshakeStatus status = engine.getHandshakeStatus();
                if (status == HandshakeStatus.NEED_TASK) {
                    engine.getDelegatedTask().run();
                } else if (status == HandshakeStatus.NEED_WRAP) {
                    if (engine.wrap(ByteBuffer.allocate(0), out).getStatus() == Status.CLOSED) {
                        break;
                    }
                } else if (!in.hasRemaining()
                        || engine.unwrap(in, ByteBuffer.allocate(RECORD)).getStatus() != Status.OK) {
                    break;
                }
            }
        } catch (SSLException e) {
            // We have told it that this is too much.
        }
        byte[] said = new byte[out.flip().remaining()];
        out.get(said);
        return said;
    }
}
