package dev.verdant.green.net;

import dev.verdant.green.kernel.Offload;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import org.jspecify.annotations.Nullable;

/** The one address of a name that a {@code java.net.Socket} takes: the first. {@link Net#connect} tries them all. */
final class LookUp {

    private LookUp() {}

    /** Returns the address of a host, looked up off the loop; null is this host. */
    static InetSocketAddress of(@Nullable String host, int port) throws IOException {
        if (port < 0 || port > 0xffff) {
            throw new IllegalArgumentException("port out of range:" + port); // The JDK's words, before the look-up and not after it.
        }
        return new InetSocketAddress(host == null ? InetAddress.getLoopbackAddress() : first(host), port);
    }

    private static InetAddress first(String host) throws IOException {
        try {
            return Offload.call("the address of " + host, () -> InetAddress.getByName(host));
        } catch (UnknownHostException e) {
            var unknown = new UnknownHostException(host); // A socket of the JDK says no more; the cause does.
            unknown.initCause(e);
            throw unknown;
        }
    }
}
