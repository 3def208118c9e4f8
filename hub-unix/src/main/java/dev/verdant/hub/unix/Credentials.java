package dev.verdant.hub.unix;

import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.FileSystems;
import java.util.Objects;
import jdk.net.ExtendedSocketOptions;
import jdk.net.UnixDomainPrincipal;
import org.jspecify.annotations.Nullable;

/**
 * Who is at the other end of a Unix-domain connection: SO_PEERCRED of Linux, see unix(7). Any thread.
 */
final class Credentials {

    static final UnixOption<UnixDomainPrincipal> OPTION = new UnixOption<>(ExtendedSocketOptions.SO_PEERCRED,
            Credentials::read, Credentials::principal, (_, _) -> {
                throw new SocketException("Attempt to set read only option SO_PEERCRED");
            });

    /** SO_PEERCRED. */
    private static final int PEER = 17;

    private Credentials() {}

    private record Numbers(int user, int group) {}

    /** A struct ucred: process, user, group. */
    private static Numbers read(Socket socket) throws IOException {
        ByteBuffer credentials = ByteBuffer.allocateDirect(12).order(ByteOrder.nativeOrder());
        socket.getRawOpt(UnixOption.SOCKET, PEER, credentials);
        var numbers = new Numbers(credentials.getInt(4), credentials.getInt(8));
        if (numbers.user == -1) {
            throw new SocketException("Socket is not connected");
        }
        return numbers;
    }

    /** Asks the system's directory of users and groups, which may be a server in the network: a close is not to wait for that. */
    private static UnixDomainPrincipal principal(@Nullable Object read) throws IOException {
        var numbers = (Numbers) Objects.requireNonNull(read);
        var principals = FileSystems.getDefault().getUserPrincipalLookupService();
        return new UnixDomainPrincipal(principals.lookupPrincipalByName(Libc.get().user(numbers.user)),
                principals.lookupPrincipalByGroupName(Libc.get().group(numbers.group)));
    }
}
