package dev.verdant.conformance.tls;

import java.io.ByteArrayInputStream;
import java.nio.ByteBuffer;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** A client's first words, written by hand, so that a test may say what no client would; and what a server answers in plain, with TLS 1.2. */
final class Hello {

    private static final int SERVER_NAME = 0;
    private static final int GROUPS = 10;
    private static final int POINTS = 11;
    private static final int SIGNATURES = 13;
    private static final int ALPN = 16;

    private final List<byte[]> extensions = new ArrayList<>();

    Hello() {
        extension(GROUPS, bytes(0, 4, 0, 29, 0, 23));
        extension(POINTS, bytes(1, 0));
        extension(SIGNATURES, bytes(0, 4, 4, 3, 8, 4));
        extension(0xff01, bytes(0));
    }

    private static byte[] bytes(int... values) {
        byte[] all = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            all[i] = (byte) values[i];
        }
        return all;
    }

    Hello extension(int type, byte[] content) {
        extensions.add(ByteBuffer.allocate(4 + content.length).putShort((short) type).putShort((short) content.length)
                .put(content).array());
        return this;
    }

    Hello serverName(byte[] name) {
        return extension(SERVER_NAME, ByteBuffer.allocate(5 + name.length).putShort((short) (3 + name.length))
                .put((byte) 0).putShort((short) name.length).put(name).array());
    }

    /** The list as it is on the wire, without its length. */
    Hello alpn(byte[] list) {
        return extension(ALPN, ByteBuffer.allocate(2 + list.length).putShort((short) list.length).put(list).array());
    }

    /** One record. */
    byte[] record() {
        int length = extensions.stream().mapToInt(each -> each.length).sum();
        byte[] random = new byte[32];
        new Random().nextBytes(random);
        byte[] body = bytes(3, 3);
        ByteBuffer message = ByteBuffer.allocate(4 + 2 + 32 + 1 + 2 + 4 + 2 + 2 + length);
        message.put((byte) 1).put((byte) 0).putShort((short) (message.capacity() - 4)).put(body).put(random)
                .put((byte) 0).putShort((short) 4).put(bytes(0xc0, 0x2b, 0xc0, 0x2f)).put(bytes(1, 0))
                .putShort((short) length);
        extensions.forEach(message::put);
        return RawPeer.record(RawPeer.HANDSHAKE, message.array());
    }

    /** The first certificate in a server's flight. */
    static X509Certificate certificateIn(byte[] messages) throws CertificateException {
        ByteBuffer in = ByteBuffer.wrap(messages);
        while (in.hasRemaining()) {
            int type = in.get();
            int length = ((in.get() & 0xff) << 16) | (in.getShort() & 0xffff);
            if (type == 11) {
                int at = in.position() + 3;
                int size = ((in.get(at) & 0xff) << 16) | (in.getShort(at + 1) & 0xffff);
                return (X509Certificate) CertificateFactory.getInstance("X.509")
                        .generateCertificate(new ByteArrayInputStream(messages, at + 3, size));
            }
            in.position(in.position() + length);
        }
        throw new AssertionError("no certificate");
    }
}
