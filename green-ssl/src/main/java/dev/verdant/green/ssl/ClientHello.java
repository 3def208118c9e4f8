package dev.verdant.green.ssl;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads a client's first message (RFC 8446, section 4.1.2) as far as it is asked for, without changing it. */
final class ClientHello {

    private static final int CLIENT_HELLO = 1;
    private static final int HEADER = 4;
    private static final int VERSION_AND_RANDOM = 2 + 32;
    private static final int ALPN = 16;

    private ClientHello() {}

    /** How long the message is that begins with {@code message}; -1 if that is not known yet, 0 if it is no such message. */
    static int length(ByteBuffer message) {
        if (message.remaining() < HEADER) {
            return -1;
        }
        int header = message.getInt(message.position());
        return header >>> 24 == CLIENT_HELLO ? HEADER + (header & 0xFFFFFF) : 0;
    }

    /** The protocols that a whole message offers; null if it offers none, or cannot be read, of which the engine will complain. */
    static @Nullable List<String> applicationProtocols(ByteBuffer whole) {
        ByteBuffer in = whole.duplicate();
        try {
            skip(in, HEADER + VERSION_AND_RANDOM);
            skip(in, in.get() & 0xFF); // session
            skip(in, in.getShort() & 0xFFFF); // suites
            skip(in, in.get() & 0xFF); // compression
            if (!in.hasRemaining()) {
                return null;
            }
            ByteBuffer extensions = part(in, in.getShort() & 0xFFFF);
            while (extensions.hasRemaining()) {
                int type = extensions.getShort() & 0xFFFF;
                ByteBuffer extension = part(extensions, extensions.getShort() & 0xFFFF);
                if (type == ALPN) {
                    return names(part(extension, extension.getShort() & 0xFFFF));
                }
            }
            return null;
        } catch (BufferUnderflowException _) {
            return null;
        }
    }

    private static List<String> names(ByteBuffer list) {
        var names = new ArrayList<String>();
        while (list.hasRemaining()) {
            byte[] name = new byte[list.get() & 0xFF];
            list.get(name);
            names.add(new String(name, StandardCharsets.UTF_8));
        }
        return names;
    }

    private static void skip(ByteBuffer in, int count) {
        part(in, count);
    }

    private static ByteBuffer part(ByteBuffer in, int count) {
        if (count > in.remaining()) {
            throw new BufferUnderflowException();
        }
        ByteBuffer part = in.slice(in.position(), count);
        in.position(in.position() + count);
        return part;
    }
}
