package dev.verdant.conformance.patch;

import dev.verdant.green.EventLoop;
import dev.verdant.green.net.PatchedServerSocket;
import dev.verdant.green.net.PatchedSocket;
import dev.verdant.green.patch.Patch;
import dev.verdant.green.patch.Patcher;
import dev.verdant.hub.HubProvider;
import dev.verdant.hub.Hubs;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.Callable;

/**
 * Patched sockets: where the JVM is patched, the JDK's classes with ours beneath; elsewhere what {@code Patcher.importPatched} gives to a library. Tests tagged
 * {@code both} run in a JVM of either kind.
 */
public final class Patched {

    private Patched() {}

    /** Makes an unconnected socket. */
    public static Socket socket() throws IOException {
        return Patcher.isMonkeyPatched(Patch.SOCKET) ? new Socket() : new PatchedSocket();
    }

    /** Makes an unbound listener. */
    public static ServerSocket listener() throws IOException {
        return Patcher.isMonkeyPatched(Patch.SOCKET) ? new ServerSocket() : new PatchedServerSocket();
    }

    /** Makes something of the JDK's own, whether the JVM is patched or not. */
    public static <T> T original(Callable<T> make) throws IOException {
        try {
            return Patcher.original(make);
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    /** Starts the loops of those who are on none, one for each kind of hub, which stay: before anybody counts descriptors. */
    public static void warmUp() throws IOException {
        for (HubProvider hub : Hubs.providers()) {
            if (hub.unusable().isEmpty()) {
                try (var loop = EventLoop.start(options -> options.hub(hub)); var socket = socket()) {
                    var _ = loop.spawn(socket::getTcpNoDelay).await();
                } catch (Exception e) {
                    throw new IOException(e);
                }
            }
        }
    }
}
