package dev.verdant.green.net;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.UnknownHostException;
import org.jspecify.annotations.Nullable;

/** The one address of a name that a {@code java.net.Socket} takes: the first. {@link Net#connect} tries them all. */
final class LookUp {

    private LookUp() {}

    /** Returns the address of a host, looked up off the loop; null is this host. A socket of the JDK fails in the same words. */
    static InetSocketAddress of(@Nullable String host, int port) throws IOException {
        if (port < 0 || port > 0xffff) {
            throw new IllegalArgumentException("port out of range:" + port);
        }
        return new InetSocketAddress(host == null ? InetAddress.getLoopbackAddress() : first(host, -1), port);
    }

    /** Returns the first address of a host, looked up in so many nanoseconds; less than 0 is for ever. */
    static InetAddress first(String host, long nanos) throws IOException {
        try {
            return Names.resolve(host, nanos).getFirst();
        } catch (UnknownHostException e) {
            var unknown = new UnknownHostException(host); // A socket of the JDK says no more; the cause does.
            unknown.initCause(e);
            throw unknown;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SocketException("Closed by interrupt");
        }
    }
}
