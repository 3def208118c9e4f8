package dev.verdant.green.ssl;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;

/** As much of DER (X.690) as it takes to wrap an old key in PKCS#8 (RFC 5958). */
final class Der {

    private static final int SEQUENCE = 0x30;
    private static final int OCTET_STRING = 0x04;
    /** The curve, inside an EC key (RFC 5915). */
    private static final int PARAMETERS = 0xA0;

    private static final byte[] VERSION_0 = {0x02, 0x01, 0x00};
    /** 1.2.840.113549.1.1.1, no parameters. */
    private static final byte[] RSA = {0x30, 0x0D, 0x06, 0x09, 0x2A, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xF7, 0x0D,
            0x01, 0x01, 0x01,
            0x05, 0x00};
    /** 1.2.840.10045.2.1. */
    private static final byte[] EC = {0x06, 0x07, 0x2A, (byte) 0x86, 0x48, (byte) 0xCE, 0x3D, 0x02, 0x01};

    private Der() {}

    static byte[] pkcs8OfRsa(byte[] pkcs1) {
        return wrap(SEQUENCE, VERSION_0, RSA, wrap(OCTET_STRING, pkcs1));
    }

    static byte[] pkcs8OfEc(byte[] sec1) {
        return wrap(SEQUENCE, VERSION_0, wrap(SEQUENCE, EC, curve(sec1)), wrap(OCTET_STRING, sec1));
    }

    /** The curve's name in an EC key: a sequence of version, key, and optional fields, of which this is the first. */
    private static byte[] curve(byte[] sec1) {
        try {
            int at = contents(sec1, 0);
            at = end(sec1, at);
            at = end(sec1, at);
            if (at < end(sec1, 0) && (sec1[at] & 0xFF) == PARAMETERS) {
                return Arrays.copyOfRange(sec1, contents(sec1, at), end(sec1, at));
            }
        } catch (IndexOutOfBoundsException e) {
            throw new IllegalArgumentException("the EC key is cut short", e);
        }
        throw new IllegalArgumentException("the EC key does not name its curve (expected: PKCS#8; "
                + "\"openssl pkcs8 -topk8 -nocrypt -in FILE -out NEW\" makes it)");
    }

    /** Where the contents begin of the element at {@code at}. */
    private static int contents(byte[] der, int at) {
        int length = der[at + 1];
        return at + 2 + (length < 0 ? length & 0x7F : 0);
    }

    /** Where the element at {@code at} ends. */
    private static int end(byte[] der, int at) {
        int first = der[at + 1];
        if (first >= 0) {
            return at + 2 + first;
        }
        int length = 0;
        for (int i = 0; i < (first & 0x7F); i++) {
            length = length << 8 | der[at + 2 + i] & 0xFF;
        }
        int end = contents(der, at) + length;
        if (length < 0 || end < at || end > der.length) {
            throw new IndexOutOfBoundsException(end);
        }
        return end;
    }

    private static byte[] wrap(int tag, byte[]... parts) {
        var out = new ByteArrayOutputStream();
        int length = 0;
        for (byte[] part : parts) {
            length += part.length;
        }
        out.write(tag);
        if (length < 0x80) {
            out.write(length);
        } else {
            int bytes = (32 - Integer.numberOfLeadingZeros(length) + 7) / 8;
            out.write(0x80 | bytes);
            for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) {
                out.write(length >> shift);
            }
        }
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }
}
