package dev.verdant.hub.unix;

import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.FileSystems;
import jdk.net.ExtendedSocketOptions;
import jdk.net.UnixDomainPrincipal;

/**
 * Who is at the other end of a Unix-domain connection: SO_PEERCRED of Linux, see unix(7). Any thread.
 */
final class Credentials {

    static final UnixOption<UnixDomainPrincipal> OPTION = new UnixOption<>(ExtendedSocketOptions.SO_PEERCRED,
            Credentials::read, (_, _) -> {
                throw new SocketException("Attempt to set read only option SO_PEERCRED");
            });

    /** SO_PEERCRED. */
    private static final int PEER = 17;

    private Credentials() {}

    /** A struct ucred: process, user, group. */
    private static UnixDomainPrincipal read(Socket socket) throws IOException {
        ByteBuffer credentials = ByteBuffer.allocateDirect(12).order(ByteOrder.nativeOrder());
        socket.getRawOpt(UnixOption.SOCKET, PEER, credentials);
        int user = credentials.getInt(4);
        if (user == -1) {
            throw new SocketException("Socket is not connected");
        }
        var principals = FileSystems.getDefault().getUserPrincipalLookupService();
        return new UnixDomainPrincipal(principals.lookupPrincipalByName(Libc.get().user(user)),
                principals.lookupPrincipalByGroupName(Libc.get().group(credentials.getInt(8))));
    }
}
