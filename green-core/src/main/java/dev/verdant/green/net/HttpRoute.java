package dev.verdant.green.net;

import dev.verdant.green.kernel.Deadline;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;

/**
 * By an HTTP proxy's CONNECT (RFC 9110, 9.3.6). What is to be connected to may be a name, which the proxy resolves. No authentication, which the JDK has
 * switched off for tunnels, too.
 */
final class HttpRoute extends ProxyRoute {

    private static final int LONGEST_HEAD = 64 * 1024;

    HttpRoute(InetSocketAddress proxy) {
        super(proxy);
    }

    @Override
    void connect(StreamSocketImpl socket, InetSocketAddress to, Deadline deadline) throws IOException {
        InetSocketAddress _ = connectToProxy(socket, deadline);
        String authority = authority(to);
        socket.writeFully(
                ("CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority
                        + "\r\nProxy-Connection: keep-alive\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII),
                deadline);
        String status = readHead(socket, deadline).lines().findFirst().orElse("");
        if (!status.matches("HTTP/1\\.\\d 2\\d\\d( .*)?")) {
            throw new IOException("Unable to tunnel through proxy. Proxy returns \"" + status + "\"");
        }
    }

    private static String authority(InetSocketAddress to) {
        String host = to.isUnresolved() ? to.getHostString() : to.getAddress().getHostAddress();
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + to.getPort();
    }

    /** Reads up to the empty line and no further: what comes after it is the peer's. */
    private static String readHead(StreamSocketImpl socket, Deadline deadline) throws IOException {
        var head = new ByteArrayOutputStream();
        for (int lineLength = 0;;) {
            int next = socket.readByte(deadline);
            if (next < 0) {
                throw new SocketException("Unexpected end of file from server");
            }
            if (head.size() == LONGEST_HEAD) {
                throw new IOException("The proxy's answer is longer than " + LONGEST_HEAD
                        + " bytes; is there an HTTP proxy at this address?");
            }
            head.write(next);
            if (next == '\n') {
                if (lineLength == 0) {
                    return head.toString(StandardCharsets.ISO_8859_1);
                }
                lineLength = 0;
            } else if (next != '\r') {
                lineLength++;
            }
        }
    }
}
