package dev.verdant.green.patch;

import dev.verdant.green.kernel.JdkSockets;
import dev.verdant.green.net.PatchedServerSocket;
import dev.verdant.green.net.PatchedSocket;
import java.lang.StackWalker.StackFrame;
import java.net.SocketImpl;
import java.util.stream.Stream;

/** What the JDK is given to make all its sockets with. Any thread. */
final class SocketFactories {

    /** Bound where the JDK's own sockets are to be made. */
    static final ScopedValue<Boolean> ORIGINAL = ScopedValue.newInstance();

    private static final StackWalker CALLERS = StackWalker.getInstance();

    /** How deep in the stack the JDK's method is that asks. */
    private static final int NEAR = 6;

    private SocketFactories() {}

    /** Makes what is beneath a {@link java.net.Socket}. */
    static SocketImpl connection() {
        boolean isDirect = !CALLERS.walk(SocketFactories::heedsSettings);
        if (ORIGINAL.isBound()) {
            return JdkSockets.connection(isDirect);
        }
        SocketImpl connection = PatchedSocket.implementation();
        return isDirect ? connection : JdkSockets.bySettings(connection);
    }

    /**
     * The JDK asks in the same words for a socket that was given {@link java.net.Proxy#NO_PROXY}, or is accepted, as for one that heeds {@code socksProxyHost}; where it asks is
     * the only difference.
     */
    private static boolean heedsSettings(Stream<StackFrame> callers) {
        return callers.limit(NEAR).anyMatch(caller -> "createImpl".equals(caller.getMethodName())
                && "java.net.Socket".equals(caller.getClassName()));
    }

    /** Makes what is beneath a {@link java.net.ServerSocket}. */
    static SocketImpl listener() {
        return ORIGINAL.isBound() ? JdkSockets.listener() : PatchedServerSocket.implementation();
    }
}
