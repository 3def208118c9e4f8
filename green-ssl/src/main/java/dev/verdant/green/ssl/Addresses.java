package dev.verdant.green.ssl;

import java.net.InetAddress;

/** Tells addresses from names, as only names are sent to servers (RFC 6066, section 3). */
final class Addresses {

    private Addresses() {}

    /** Whether {@code host} is an IPv4 or IPv6 address. */
    static boolean isLiteral(String host) {
        if (host.isEmpty()) {
            return false;
        }
        try {
            InetAddress.ofLiteral(host);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
