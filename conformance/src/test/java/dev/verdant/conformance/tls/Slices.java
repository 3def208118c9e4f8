package dev.verdant.conformance.tls;

import dev.verdant.green.Green;
import dev.verdant.green.GreenThread;
import dev.verdant.green.net.GreenSocket;
import dev.verdant.green.net.Net;
import dev.verdant.green.ssl.GreenSsl;
import dev.verdant.green.ssl.SslOptions;
import java.io.IOException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.IntSupplier;

/**
 * A wire that cuts what goes over it: each piece arrives alone, after everybody else has had a turn.
 *
 * @param ends what the wire connects
 * @param carriers who carries the pieces, one for each direction
 */
record Slices(TlsPair ends, List<GreenThread<?>> carriers) implements AutoCloseable {

    /** Connects two ends that have not shaken hands. */
    static Slices open(SslOptions client, SslOptions server, IntSupplier sizes) throws Exception {
        try (var listener = Net.listen(TlsPair.ANY)) {
            GreenSocket near = Net.connect(listener.getLocalSocketAddress());
            GreenSocket nearWire = listener.accept();
            GreenSocket farWire = Net.connect(listener.getLocalSocketAddress());
            GreenSocket far = listener.accept();
            nearWire.setTcpNoDelay(true);
            farWire.setTcpNoDelay(true);
            return new Slices(new TlsPair(GreenSsl.wrap(near, client), GreenSsl.wrap(far, server)),
                    List.of(Green.spawn(() -> carry(nearWire, farWire, sizes)),
                            Green.spawn(() -> carry(farWire, nearWire, sizes))));
        }
    }

    /** Until an end is closed; then both are. */
    private static void carry(GreenSocket from, GreenSocket to, IntSupplier sizes) throws IOException {
        try (from; to) {
            carryAll(from, to, sizes);
        } catch (SocketException e) {
            // The end that this was for is closed.
        }
    }

    private static void carryAll(GreenSocket from, GreenSocket to, IntSupplier sizes) throws IOException {
        var all = ByteBuffer.allocate(16 * 1024);
        while (from.read(all.clear()) >= 0) {
            all.flip();
            int end = all.limit();
            while (all.position() < end) {
                all.limit(Math.min(end, all.position() + sizes.getAsInt()));
                to.writeFully(all);
                Green.sleep();
            }
        }
    }

    /** Closes the ends, and waits until everything has been carried. */
    @Override
    public void close() throws IOException {
        ends.close();
        try {
            for (GreenThread<?> carrier : carriers) {
                carrier.await();
            }
        } catch (IOException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }
}
