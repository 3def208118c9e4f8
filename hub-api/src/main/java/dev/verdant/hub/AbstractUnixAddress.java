package dev.verdant.hub;

import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Objects;

/**
 * A name in Linux' abstract namespace of Unix-domain sockets: it stands in no file system, and is free again when the last socket that is bound
 * to it is closed. See unix(7). Immutable.
 */
public final class AbstractUnixAddress extends SocketAddress {

    /** The longest name in bytes: sun_path without the zero byte that it begins with. */
    public static final int MAX_LENGTH = 107;

    private static final long serialVersionUID = 1L;

    private final byte[] name;

    private AbstractUnixAddress(byte[] name) {
        if (name.length == 0 || name.length > MAX_LENGTH) {
            throw new IllegalArgumentException("name: " + name.length + " bytes (expected: 1 to " + MAX_LENGTH + ")");
        }
        this.name = name;
    }

    /**
     * Returns the address of a name.
     *
     * @param name the name, without the zero byte that the kernel puts before it; passed on in UTF-8
     * @return the address
     * @throws IllegalArgumentException if the name is empty or longer than {@link #MAX_LENGTH} bytes
     */
    public static AbstractUnixAddress of(String name) {
        return new AbstractUnixAddress(Objects.requireNonNull(name, "name").getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Returns the address of a name that need not be text.
     *
     * @param name the name, without the zero byte that the kernel puts before it
     * @return the address
     * @throws IllegalArgumentException if the name is empty or longer than {@link #MAX_LENGTH} bytes
     */
    public static AbstractUnixAddress of(byte[] name) {
        return new AbstractUnixAddress(Objects.requireNonNull(name, "name").clone());
    }

    /**
     * Returns the name.
     *
     * @return a copy of its bytes, without the zero byte before it
     */
    public byte[] name() {
        return name.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof AbstractUnixAddress that && Arrays.equals(name, that.name);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(name);
    }

    /** Returns the name after an at sign, as ss(8) shows it; in hexadecimal if it is no text. */
    @Override
    public String toString() {
        var text = new String(name, StandardCharsets.UTF_8);
        boolean plain = text.codePoints().noneMatch(c -> Character.isISOControl(c) || c == 0xfffd);
        return "@" + (plain ? text : HexFormat.of().formatHex(name));
    }
}
