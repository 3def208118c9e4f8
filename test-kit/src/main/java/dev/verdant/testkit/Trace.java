package dev.verdant.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What happened in a run of a {@link Simulation}: who ran, when time went on, what the network did, what was injected. Two runs that did the same in the same
 * order have the same {@link #hash()}, in any JVM. What bytes were sent is no part of it, only how many.
 *
 * <p>Every run has the hash; the entries are kept by runs that are {@linkplain Simulation#detailed detailed}. Confined to the simulation's loop while
 * it runs, and any thread's when it has ended.
 */
public final class Trace {

    /** What an entry tells. */
    public enum Kind {

        /** A green thread begins. */
        BEGIN,

        /** A green thread that was ready goes on. */
        RUN,

        /** A green thread has ended. */
        END,

        /** Time goes on. */
        TIME,

        /** The network does something. */
        NETWORK,

        /** A fault was injected. */
        FAULT,

        /** The program has said something, by {@link Simulation#note}. */
        NOTE
    }

    /**
     * Something that happened.
     *
     * @param nanos when, in virtual nanoseconds since the beginning
     * @param kind what kind of thing
     * @param thread the number of the green thread it is about, or that ran then; 0 for none
     * @param text what, for a person to read
     */
    public record Entry(long nanos, Kind kind, long thread, String text) {}

    /** What {@link #timeline()} shows at the most. */
    private static final int SHOWN = 80;

    private final @Nullable List<Entry> entries;
    private final Map<Long, String> names = new HashMap<>();
    private long hash = 0x6A09E667F3BCC909L;
    private long events;
    private long now;
    private long running;
    private boolean sealed;

    Trace(boolean detailed) {
        entries = detailed ? new ArrayList<>() : null;
    }

    // ---- written by the simulation

    boolean isDetailed() {
        return entries != null && !sealed;
    }

    /** Nothing is added any more. */
    void seal() {
        sealed = true;
    }

    /** One that has no name is called by its family's, and its number. */
    void begins(String name, String family) {
        mix(Kind.BEGIN, running, name.hashCode());
        names.put(running, name.isEmpty() ? family + " #" + running : name);
        if (isDetailed()) {
            add(Kind.BEGIN, "begins");
        }
    }

    void runs(long thread) {
        running = thread;
        mix(Kind.RUN, thread, 0);
        if (isDetailed()) {
            add(Kind.RUN, "runs");
        }
    }

    void ends(@Nullable Throwable failure) {
        mix(Kind.END, running, failure == null ? 0 : failure.getClass().getName().hashCode());
        if (isDetailed()) {
            add(Kind.END, failure == null ? "ends" : "ends with " + failure);
        }
    }

    void timeGoesTo(long nanos) {
        now = nanos;
        mix(Kind.TIME, nanos, 0);
    }

    /** The text is made only if it is kept. */
    void network(int what, long channel, long amount, @Nullable String text) {
        mix(Kind.NETWORK, (long) what << 48 ^ channel, amount);
        if (isDetailed() && text != null) {
            Objects.requireNonNull(entries).add(new Entry(now, Kind.NETWORK, 0, text));
        }
    }

    void fault(String name) {
        mix(Kind.FAULT, running, name.hashCode());
        if (isDetailed()) {
            add(Kind.FAULT, "fault: " + name);
        }
    }

    void note(String text) {
        mix(Kind.NOTE, running, text.hashCode());
        if (isDetailed()) {
            add(Kind.NOTE, text);
        }
    }

    private void add(Kind kind, String text) {
        Objects.requireNonNull(entries).add(new Entry(now, kind, running, text));
    }

    private void mix(Kind kind, long first, long second) {
        if (sealed) {
            return;
        }
        events++;
        long mixed = Long.rotateLeft(hash ^ first, 27) * 0x9E3779B97F4A7C15L;
        hash = Long.rotateLeft(mixed ^ second + kind.name().hashCode(), 31) * 0xD1B54A32D192ED03L;
    }

    // ---- read by everybody

    /**
     * Returns a number that stands for all that happened, in its order.
     *
     * @return the same for runs that did the same
     */
    public long hash() {
        return hash;
    }

    /**
     * Returns how much happened.
     *
     * @return the number of entries that there are, or would be in a detailed run
     */
    public long events() {
        return events;
    }

    /**
     * Returns what happened.
     *
     * @return the entries in their order; none unless the run was detailed
     */
    public List<Entry> entries() {
        return entries == null ? List.of() : List.copyOf(entries);
    }

    /**
     * Returns the name of a green thread.
     *
     * @param thread its number in the entries
     * @return its name; one that has none is called by its host's name and its number
     */
    public String name(long thread) {
        return names.getOrDefault(thread, thread == 0 ? "" : "thread #" + thread);
    }

    /**
     * Returns the last of what happened, a line each, for a person to read.
     *
     * @return lines that end in a line feed; empty unless the run was detailed
     */
    public String timeline() {
        List<Entry> all = entries();
        int first = Math.max(0, all.size() - SHOWN);
        var text = new StringBuilder();
        if (first > 0) {
            text.append("  (").append(first).append(" entries before)\n");
        }
        for (Entry each : all.subList(first, all.size())) {
            text.append(line(each, name(each.thread)));
        }
        return text.toString();
    }

    static String line(Entry entry, String thread) {
        return String.format(Locale.ROOT, "  %14.6f ms  %-20s %s\n", entry.nanos / 1e6, thread, entry.text);
    }

    /**
     * Writes what happened in Chrome's trace format, which <a href="https://ui.perfetto.dev">Perfetto</a> opens: a row for each green thread, with what it did and
     * how long it waited in between, and one for the network.
     *
     * @param out where to; not closed
     * @throws UncheckedIOException if it cannot be written
     */
    public void writeChromeTrace(Appendable out) {
        try {
            out.append("{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n");
            out.append("{\"ph\":\"M\",\"name\":\"thread_name\",\"pid\":1,\"tid\":0,\"args\":{\"name\":\"network\"}}");
            for (var each : names.entrySet()) {
                out.append(",\n{\"ph\":\"M\",\"name\":\"thread_name\",\"pid\":1,\"tid\":" + each.getKey()
                        + ",\"args\":{\"name\":" + quoted(each.getValue()) + "}}");
            }
            var since = new HashMap<Long, Long>();
            for (Entry each : entries()) {
                writeEntry(out, each, since);
            }
            out.append("\n]}\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void writeEntry(Appendable out, Entry entry, Map<Long, Long> since) throws IOException {
        Long before = entry.kind == Kind.RUN ? since.put(entry.thread, entry.nanos) : null;
        if (before != null && before < entry.nanos) {
            out.append(",\n{\"ph\":\"X\",\"name\":\"waits\",\"pid\":1,\"tid\":" + entry.thread + ",\"ts\":"
                    + micros(before)
                    + ",\"dur\":" + micros(entry.nanos - before) + "}");
        }
        if (entry.kind == Kind.BEGIN) {
            since.put(entry.thread, entry.nanos);
        }
        out.append(",\n{\"ph\":\"i\",\"s\":\"t\",\"name\":" + quoted(entry.text) + ",\"cat\":\""
                + entry.kind.name().toLowerCase(Locale.ROOT) + "\",\"pid\":1,\"tid\":" + entry.thread + ",\"ts\":"
                + micros(entry.nanos) + "}");
    }

    private static String micros(long nanos) {
        return String.format(Locale.ROOT, "%d.%03d", nanos / 1000, nanos % 1000);
    }

    private static String quoted(String text) {
        var quoted = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                quoted.append('\\').append(c);
            } else if (c < ' ') {
                quoted.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
            } else {
                quoted.append(c);
            }
        }
        return quoted.append('"').toString();
    }

    @Override
    public String toString() {
        return "Trace[" + events + " events, hash " + Long.toHexString(hash) + "]";
    }
}
