package dev.verdant.green.net;

import dev.verdant.green.kernel.Deadline;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Authenticator;
import java.net.InetSocketAddress;
import java.net.PasswordAuthentication;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;

/**
 * By a SOCKS proxy of version 5 (RFC 1928), with a name and a password (RFC 1929) if it asks for them. Failures have the words of the JDK. What is to
 * be connected to may be a name, which the proxy resolves.
 */
final class SocksRoute extends ProxyRoute {

    private static final int VERSION = 5;
    private static final int NO_AUTHENTICATION = 0;
    private static final int USER_AND_PASSWORD = 2;
    private static final int NOTHING_ACCEPTABLE = 0xff;
    private static final int CONNECT = 1;
    private static final int IPV4 = 1;
    private static final int NAME = 3;
    private static final int IPV6 = 4;

    private static final int LONGEST_FIELD = 255;
    private static final Charset TEXT = StandardCharsets.ISO_8859_1;

    private static final String CUT_OFF = "Malformed reply from SOCKS server";

    SocksRoute(InetSocketAddress proxy) {
        super(proxy);
    }

    @Override
    void connect(StreamSocketImpl socket, InetSocketAddress to, Deadline deadline) throws IOException {
        InetSocketAddress server = reachServer(socket, deadline);
        var greeting = new byte[]{VERSION, 2, NO_AUTHENTICATION, USER_AND_PASSWORD};
        socket.writeFully(greeting, deadline);
        byte[] choice = read(socket, 2, CUT_OFF, deadline);
        if (choice[0] != VERSION) {
            throw new SocketException("Reply from SOCKS server has bad version");
        }
        switch (choice[1] & 0xff) {
            case NO_AUTHENTICATION -> {
            }
            case USER_AND_PASSWORD -> authenticate(socket, server, deadline);
            case NOTHING_ACCEPTABLE -> throw new SocketException("SOCKS : No acceptable methods");
            default -> throw new SocketException("SOCKS : authentication failed");
        }
        socket.writeFully(request(to), deadline);
        readReply(socket, deadline);
    }

    private InetSocketAddress reachServer(StreamSocketImpl socket, Deadline deadline) throws IOException {
        try {
            return connectToProxy(socket, deadline);
        } catch (SocketTimeoutException e) {
            throw e;
        } catch (IOException e) {
            throw because(new SocketException(e.getMessage()), e);
        }
    }

    private static SocketException because(SocketException failure, Exception cause) {
        failure.initCause(cause);
        return failure;
    }

    private void authenticate(StreamSocketImpl socket, InetSocketAddress server, Deadline deadline) throws IOException {
        PasswordAuthentication known = Authenticator.requestPasswordAuthentication(proxy().getHostString(),
                server.getAddress(), server.getPort(), "SOCKS5", "SOCKS authentication", null);
        String user = known == null ? System.getProperty("user.name", "") : known.getUserName();
        String password = known == null ? "" : new String(known.getPassword());
        var message = new ByteArrayOutputStream();
        message.write(1);
        writeField(message, user, "user name");
        writeField(message, password, "password");
        socket.writeFully(message.toByteArray(), deadline);
        if (read(socket, 2, CUT_OFF, deadline)[1] != 0) {
            throw new SocketException("SOCKS : authentication failed");
        }
    }

    private static byte[] request(InetSocketAddress to) throws SocketException {
        var message = new ByteArrayOutputStream();
        message.write(VERSION);
        message.write(CONNECT);
        message.write(0);
        if (to.isUnresolved()) {
            message.write(NAME);
            writeField(message, to.getHostString(), "host name");
        } else {
            byte[] address = to.getAddress().getAddress();
            message.write(address.length == 4 ? IPV4 : IPV6);
            message.writeBytes(address);
        }
        message.write(to.getPort() >> 8);
        message.write(to.getPort());
        return message.toByteArray();
    }

    /** A field says its length in one byte. */
    private static void writeField(ByteArrayOutputStream message, String field, String what) throws SocketException {
        byte[] bytes = field.getBytes(TEXT);
        if (bytes.length > LONGEST_FIELD) {
            throw new SocketException("The " + what + " for the SOCKS server has " + bytes.length
                    + " bytes (expected: at most " + LONGEST_FIELD + ")");
        }
        message.write(bytes.length);
        message.writeBytes(bytes);
    }

    private static void readReply(StreamSocketImpl socket, Deadline deadline) throws IOException {
        byte[] reply = read(socket, 4, CUT_OFF, deadline);
        String refusal = switch (reply[1]) {
            case 0 -> null;
            case 1 -> "SOCKS server general failure";
            case 2 -> "SOCKS: Connection not allowed by ruleset";
            case 3 -> "SOCKS: Network unreachable";
            case 4 -> "SOCKS: Host unreachable";
            case 5 -> "SOCKS: Connection refused";
            case 6 -> "SOCKS: TTL expired";
            case 7 -> "SOCKS: Command not supported";
            case 8 -> "SOCKS: address type not supported";
            default -> "Reply from SOCKS server contains bad status";
        };
        if (refusal != null) {
            throw new SocketException(refusal);
        }
        int addressBytes = switch (reply[3]) {
            case IPV4 -> 4;
            case IPV6 -> 16;
            case NAME -> read(socket, 1, CUT_OFF, deadline)[0] & 0xff;
            default -> throw new SocketException("Reply from SOCKS server contains wrong code");
        };
        byte[] _ = read(socket, addressBytes + 2, CUT_OFF, deadline); // Where the proxy connects from: of no use.
    }
}
