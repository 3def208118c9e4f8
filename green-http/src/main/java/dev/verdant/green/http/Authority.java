package dev.verdant.green.http;

/** Host and port as RFC 3986 §3.2 has them, without a user. */
final class Authority {

    private static final int HIGHEST_PORT = 65_535;
    private static final int GROUPS = 8;

    private Authority() {}

    /** Tells whether it is a host, with or without a port. The port may be empty. */
    static boolean isValid(byte[] bytes, int from, int to) {
        int hostEnd = hostEnd(bytes, from, to);
        return hostEnd > from && (hostEnd == to || bytes[hostEnd] == ':' && isPort(bytes, hostEnd + 1, to));
    }

    /** Tells whether it is a host and a port. */
    static boolean isHostAndPort(byte[] bytes, int from, int to) {
        int hostEnd = hostEnd(bytes, from, to);
        return hostEnd > from && hostEnd < to - 1 && bytes[hostEnd] == ':' && isPort(bytes, hostEnd + 1, to);
    }

    /** Returns where the host ends, {@code from} if none is there. */
    private static int hostEnd(byte[] bytes, int from, int to) {
        if (from < to && bytes[from] == '[') {
            int end = from + 1;
            while (end < to && bytes[end] != ']') {
                end++;
            }
            return end < to && isIpv6(Bytes.text(bytes, from + 1, end)) ? end + 1 : from;
        }
        int end = from;
        while (end < to && isOfName(bytes, end, to)) {
            end++;
        }
        return end;
    }

    private static boolean isOfName(byte[] bytes, int at, int to) {
        return Bytes.is(bytes[at], Bytes.HOST)
                || bytes[at] == '%' && at + 2 < to && Bytes.hex(bytes[at + 1]) >= 0 && Bytes.hex(bytes[at + 2]) >= 0;
    }

    private static boolean isPort(byte[] bytes, int from, int to) {
        int port = 0;
        for (int i = from; i < to; i++) {
            if (!Bytes.isDigit(bytes[i])) {
                return false;
            }
            port = port * 10 + bytes[i] - '0';
            if (port > HIGHEST_PORT) {
                return false;
            }
        }
        return true;
    }

    private static boolean isIpv6(String text) {
        int gap = text.indexOf("::");
        if (gap < 0) {
            return groups(text) == GROUPS;
        }
        int before = groups(text.substring(0, gap));
        int after = groups(text.substring(gap + 2));
        boolean isIpv4Last = text.indexOf('.') < 0 || text.indexOf('.') > gap;
        return before >= 0 && after >= 0 && before + after < GROUPS && isIpv4Last;
    }

    /** Returns how many groups of 16 bits these are, -1 if they are none. An address of IPv4 at the end is two. */
    private static int groups(String text) {
        if (text.isEmpty()) {
            return 0;
        }
        String[] parts = text.split(":", -1);
        int count = 0;
        for (int i = 0; i < parts.length; i++) {
            if (i == parts.length - 1 && parts[i].indexOf('.') >= 0) {
                if (!isIpv4(parts[i])) {
                    return -1;
                }
                count += 2;
            } else if (parts[i].matches("[0-9a-fA-F]{1,4}")) {
                count++;
            } else {
                return -1;
            }
        }
        return count;
    }

    private static boolean isIpv4(String text) {
        String[] parts = text.split("[.]", -1);
        if (parts.length != 4) {
            return false;
        }
        for (String part : parts) {
            if (!part.matches("0|[1-9]\\d{0,2}") || Integer.parseInt(part) > 255) {
                return false;
            }
        }
        return true;
    }
}
