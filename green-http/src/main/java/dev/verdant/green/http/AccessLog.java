package dev.verdant.green.http;

import dev.verdant.green.Green;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Writes a line for each request, also for those that were refused. Any thread. */
final class AccessLog {

    private static final System.Logger LOG = System.getLogger("dev.verdant.green.http");

    private static final HexFormat HEX = HexFormat.of();
    private static final Pattern PLACE = Pattern.compile("%\\((\\w+)\\)(?:\\.(\\d))?[sdf]");
    private static final DateTimeFormatter COMMON_TIME = DateTimeFormatter
            .ofPattern("dd/MMM/yyyy:HH:mm:ss Z", Locale.ROOT).withZone(ZoneOffset.UTC);

    /** What a client says of who it is comes before the address that it has, and must leave room for it. */
    private static final int LONGEST_FORWARDED = 128;

    private static final int LONGEST_IN_JSON = 8 * 1024;

    /** Where lines go. */
    interface Sink {

        void write(String line) throws IOException;
    }

    /** What is known of an exchange. */
    private record Entry(Connection connection, String line, @Nullable Fields fields, int status, long bytes,
            long nanos, boolean forwarded) {

        String client() {
            String peer = connection.isUnix() ? "unix" : connection.remoteAddress().getAddress().getHostAddress();
            String before = !forwarded || fields == null ? null : fields.first("x-forwarded-for");
            if (before == null) {
                return peer;
            }
            String shown = before.length() > LONGEST_FORWARDED
                    ? before.substring(0, LONGEST_FORWARDED) + "..."
                    : before;
            return shown.replace(" ", "") + "," + peer;
        }

        String port() {
            InetSocketAddress address = connection.remoteAddress();
            return connection.isUnix() ? "" : Integer.toString(address.getPort());
        }

        String field(String name) {
            String value = fields == null ? null : fields.first(name);
            return value == null ? "-" : value;
        }

        String word(int number) {
            String[] words = line.split(" ", 3);
            return number < words.length ? words[number] : "-";
        }
    }

    private final Sink sink;
    private final List<Function<Entry, String>> parts = new ArrayList<>();
    private final boolean forwarded;

    /**
     * Creates one.
     *
     * @param sink where lines go
     * @param format a line, with {@code %(name)s} where something is to be put in
     * @param forwarded whether the client is named as a proxy before us named it
     */
    AccessLog(Sink sink, String format, boolean forwarded) {
        this.sink = sink;
        this.forwarded = forwarded;
        boolean isJson = format.startsWith("{");
        var places = PLACE.matcher(format);
        int at = 0;
        while (places.find()) {
            String text = format.substring(at, places.start());
            parts.add(_ -> text);
            parts.add(part(places.group(1), places.group(2), isJson));
            at = places.end();
        }
        String rest = format.substring(at);
        parts.add(_ -> rest);
    }

    /** Logs to a logger, at INFO. */
    static Sink to(System.Logger logger) {
        return line -> logger.log(Level.INFO, line);
    }

    /** Writes lines, one at a time. */
    static Sink to(Appendable target) {
        var lock = new ReentrantLock();
        return line -> {
            lock.lock();
            try {
                target.append(line + "\n");
            } finally {
                lock.unlock();
            }
        };
    }

    private static Function<Entry, String> part(String name, @Nullable String decimals, boolean isJson) {
        Function<Entry, String> value = switch (name) {
            case "client_ip" -> Entry::client;
            case "client_port" -> Entry::port;
            case "date_time" -> _ -> COMMON_TIME.format(now());
            case "iso_time" -> _ -> now().toString();
            case "request_line" -> Entry::line;
            case "method" -> entry -> entry.word(0);
            case "target" -> entry -> entry.word(1);
            case "protocol" -> entry -> entry.word(2);
            case "status_code" -> entry -> entry.status < 0 ? isJson ? "null" : "-" : Integer.toString(entry.status);
            case "body_length" -> entry -> Long.toString(entry.bytes);
            case "wall_seconds" -> entry -> seconds(entry.nanos, decimals);
            case "user_agent" -> entry -> entry.field("user-agent");
            case "referer" -> entry -> entry.field("referer");
            case "host" -> entry -> entry.field("host");
            default -> throw new IllegalArgumentException("format: %(" + name
                    + ") (expected: client_ip, client_port, date_time, iso_time, request_line, method, target, protocol, status_code, body_length, wall_seconds, user_agent, referer or host)");
        };
        return entry -> isJson ? json(value.apply(entry)) : Shown.of(value.apply(entry));
    }

    private static Instant now() {
        return Green.wallClock().instant();
    }

    private static String seconds(long nanos, @Nullable String decimals) {
        int digits = decimals == null ? 6 : Integer.parseInt(decimals);
        return String.format(Locale.ROOT, "%." + digits + "f", nanos / (double) TimeUnit.SECONDS.toNanos(1));
    }

    private static String json(String text) {
        var escaped = new StringBuilder(text.length());
        for (int i = 0; i < text.length() && i < LONGEST_IN_JSON; i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                escaped.append('\\').append(c);
            } else if (c < ' ' || c >= 0x7f && c < 0xa0) {
                escaped.append("\\u00").append(HEX.toHexDigits((byte) c));
            } else {
                escaped.append(c);
            }
        }
        return text.length() > LONGEST_IN_JSON ? escaped.append("...").toString() : escaped.toString();
    }

    /** Writes a line. Nothing that goes wrong with it ends the serving. */
    void log(Connection connection, String line, @Nullable Fields fields, int status, long bytes, long nanos) {
        var entry = new Entry(connection, line, fields, status, bytes, nanos, forwarded);
        try {
            var text = new StringBuilder();
            for (var part : parts) {
                text.append(part.apply(entry));
            }
            sink.write(text.toString());
        } catch (IOException | RuntimeException e) {
            LOG.log(Level.WARNING, "Could not write the access log: " + e);
        }
    }
}
