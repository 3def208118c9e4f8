package dev.verdant.hub.unix;

import java.util.Locale;

/**
 * The error numbers that Netty's {@code Errors} does not tell. They differ between Linux and the BSDs (macOS among
 * them), see errno(3).
 */
final class Errno {

    /** Whether this is Linux. */
    static final boolean LINUX = os().contains("linux");

    /** Whether this is macOS. */
    static final boolean MAC = os().contains("mac");

    static final int EPERM = 1;
    static final int EINTR = 4;
    static final int EAGAIN = number(11, 35);
    static final int ENOMEM = 12;
    static final int EACCES = 13;
    static final int EINVAL = 22;
    static final int ENFILE = 23;
    static final int EMFILE = 24;
    static final int EPIPE = 32;
    static final int EPROTO = number(71, MAC ? 100 : 92);
    static final int ENOPROTOOPT = number(92, 42);
    static final int EOPNOTSUPP = number(95, MAC ? 102 : 45);
    static final int EADDRINUSE = number(98, 48);
    static final int EADDRNOTAVAIL = number(99, 49);
    static final int ENETDOWN = number(100, 50);
    static final int ENETUNREACH = number(101, 51);
    static final int ECONNABORTED = number(103, 53);
    static final int ECONNRESET = number(104, 54);
    static final int ENOBUFS = number(105, 55);
    static final int ENOTCONN = number(107, 57);
    static final int ETIMEDOUT = number(110, 60);
    static final int ECONNREFUSED = number(111, 61);
    static final int EHOSTDOWN = number(112, 64);
    static final int EHOSTUNREACH = number(113, 65);
    /** Only Linux has it; elsewhere a number that no error has. */
    static final int ENONET = number(64, -1);

    private Errno() {}

    /** Picks the number of this operating system. */
    static int number(int linux, int bsd) {
        return LINUX ? linux : bsd;
    }

    private static String os() {
        return System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
    }
}
