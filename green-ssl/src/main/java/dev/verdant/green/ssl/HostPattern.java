package dev.verdant.green.ssl;

import java.net.IDN;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import javax.net.ssl.SNIServerName;
import org.jspecify.annotations.Nullable;

/**
 * A host's name, or {@code *.} and a domain, which stands for every name with exactly one label more (RFC 9525, section 6.3).
 *
 * @param suffix the name, or the domain with its leading dot
 * @param wildcard whether one label is missing before {@code suffix}
 */
record HostPattern(String suffix, boolean wildcard) {

    /** In bytes: more than any host's name has, in UTF-8 too. A peer may send 64 KiB. */
    private static final int LONGEST_SENT = 1020;

    /** Reads what a user wrote; {@code what} names the setting in errors. */
    static HostPattern parse(String what, String text) {
        return text.startsWith("*.")
                ? new HostPattern("." + name(what, text.substring(2)), true)
                : new HostPattern(name(what, text), false);
    }

    /** A host's name as TLS sends it: in ASCII and small letters, without a trailing dot. {@code what} names the setting in errors. */
    static String name(String what, String text) {
        String ascii = normalizedOrNull(text);
        if (ascii == null) {
            throw new IllegalArgumentException(what + ": " + text + " (expected: a host's name)");
        }
        return ascii;
    }

    /** As {@link #name}, but null for what is no host's name, such as one with an underscore at its end or an empty one. */
    static @Nullable String normalizedOrNull(String text) {
        String bare = text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
        try {
            String ascii = IDN.toASCII(bare, IDN.ALLOW_UNASSIGNED).toLowerCase(Locale.ROOT);
            return ascii.isEmpty() || ascii.length() > 253 || ascii.startsWith(".") || ascii.contains("..")
                    || !ascii.chars().allMatch(HostPattern::isHostCharacter) ? null : ascii;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /** Letters, digits, hyphen and dot; and the underscore, which no host may have and many do. */
    private static boolean isHostCharacter(int c) {
        return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '.' || c == '_';
    }

    /** What a peer sent, which may be in UTF-8 or end with a dot, though RFC 6066 forbids both; empty if it is no host's name. */
    static String decode(SNIServerName sent) {
        byte[] bytes = sent.getEncoded();
        String name = bytes.length > LONGEST_SENT
                ? null
                : normalizedOrNull(new String(bytes, StandardCharsets.UTF_8));
        return name == null ? "" : name;
    }

    /** Whether {@code host}, normalized, is meant. */
    boolean matches(String host) {
        String name = host.toLowerCase(Locale.ROOT);
        return wildcard
                ? name.endsWith(suffix) && name.indexOf('.') == name.length() - suffix.length()
                        && name.length() > suffix.length()
                : name.equals(suffix);
    }
}
