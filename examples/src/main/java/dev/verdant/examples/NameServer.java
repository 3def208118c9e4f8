package dev.verdant.examples;

import dev.verdant.green.Green;
import dev.verdant.green.net.GreenDatagramSocket;
import dev.verdant.green.net.Net;
import dev.verdant.green.pool.GreenPool;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A small name server: answers questions for IPv4 and IPv6 addresses (A, AAAA) over UDP from the names on its command line, and all others from the
 * system's resolver. RFC 1035, and RFC 3596 for AAAA. A green thread for each question, so one that takes long holds nobody up.
 *
 * <p>Run {@code ./verdant name-server --port 5300 printer.home=10.0.0.7 printer.home=fd00::7}, and
 * {@code dig -p 5300 @127.0.0.1 printer.home AAAA}.
 */
public final class NameServer {

    private static final int HEADER = 12;
    private static final int LONGEST_MESSAGE = 512;
    private static final int LONGEST_LABEL = 63;
    private static final int LONGEST_NAME = 255;
    private static final int TIME_TO_LIVE = 60; // Seconds.
    private static final Duration PATIENCE = Duration.ofSeconds(4); // Those who ask try again after five, mostly.

    private static final int A = 1;
    private static final int AAAA = 28;
    private static final int INTERNET = 1;

    // The second 16 bits of a message.
    private static final int RESPONSE = 0x8000;
    private static final int OPCODE = 0x7800;
    private static final int AUTHORITATIVE = 0x0400;
    private static final int TRUNCATED = 0x0200;
    private static final int RECURSION_DESIRED = 0x0100;
    private static final int RECURSION_AVAILABLE = 0x0080;
    private static final int NO_ERROR = 0;
    private static final int FORMAT_ERROR = 1;
    private static final int SERVER_FAILURE = 2;
    private static final int NAME_ERROR = 3;
    private static final int NOT_IMPLEMENTED = 4;

    /** Where names go that are not in the table. */
    @FunctionalInterface
    interface Resolver {
        List<InetAddress> resolve(String name) throws IOException, InterruptedException;
    }

    private final Map<String, List<InetAddress>> table;
    private final Resolver resolver;

    NameServer(Map<String, List<InetAddress>> table, Resolver resolver) {
        this.table = table;
        this.resolver = resolver;
    }

    /**
     * Runs the server.
     *
     * @param args {@code --port PORT NAME=ADDRESS...}
     * @throws Exception if the port cannot be had
     */
    public static void main(String[] args) throws Exception {
        var arguments = Arguments.parse(args, "port");
        int port = arguments.port(5300);
        var server = new NameServer(table(arguments.rest()), name -> Net.resolve(name, PATIENCE));
        Green.run(() -> server.serve(Listening.forMessages(port, "name-server")));
    }

    static Map<String, List<InetAddress>> table(List<String> entries) {
        var table = new HashMap<String, List<InetAddress>>();
        for (String entry : entries) {
            int sign = entry.indexOf('=');
            if (sign < 1) {
                throw Arguments.refuse(entry + " (expected: NAME=ADDRESS)");
            }
            try {
                table.computeIfAbsent(entry.substring(0, sign).toLowerCase(Locale.ROOT), _ -> new ArrayList<>())
                        .add(InetAddress.ofLiteral(entry.substring(sign + 1)));
            } catch (IllegalArgumentException e) {
                throw Arguments.refuse(entry + " (expected: NAME=ADDRESS, an IPv4 or IPv6 address)");
            }
        }
        return table;
    }

    /** Serves until the socket is closed. */
    void serve(GreenDatagramSocket socket) throws IOException, InterruptedException {
        var pool = new GreenPool();
        var oneAtATime = new ReentrantLock(); // One sender at a time, and a lock of the JDK's waits as a green thread does.
        while (!socket.isClosed()) {
            var question = ByteBuffer.allocate(LONGEST_MESSAGE);
            SocketAddress from = socket.receive(question);
            pool.spawnN(() -> {
                ByteBuffer answer = answer(question.flip());
                if (answer != null) {
                    oneAtATime.lock();
                    try {
                        socket.send(answer, from);
                    } finally {
                        oneAtATime.unlock();
                    }
                }
            });
        }
    }

    /** What was asked, as far as it could be read. */
    private record Question(List<byte[]> labels, int type, int end) {

        /** The name with dots, in lower case; null if it is none that a host can have. */
        @Nullable String host() {
            var host = new StringBuilder();
            for (byte[] label : labels) {
                String text = new String(label, StandardCharsets.ISO_8859_1);
                if (!text.matches("[A-Za-z0-9_-]+")) {
                    return null;
                }
                host.append(host.isEmpty() ? "" : ".").append(text);
            }
            boolean isHost = !host.isEmpty() && !host.toString().matches("(.*\\.)?\\d+"); // Not an address.
            return isHost ? host.toString().toLowerCase(Locale.ROOT) : null;
        }
    }

    /** A question that is answered with a code instead. */
    private static final class Refused extends Exception {

        private static final long serialVersionUID = 1L;

        final int code;

        Refused(int code) {
            super("response code " + code);
            this.code = code;
        }
    }

    /**
     * Answers a message; null if it deserves no answer: too short to tell whom to answer what, or itself an answer, which could go back and forth for
     * ever.
     */
    @Nullable ByteBuffer answer(ByteBuffer message) throws InterruptedException {
        if (message.remaining() < HEADER || (message.getShort(2) & RESPONSE) != 0) {
            return null;
        }
        try {
            Question question = parse(message);
            String host = question.host();
            List<InetAddress> known = host == null ? null : table.get(host);
            int authority = known == null ? 0 : AUTHORITATIVE;
            List<InetAddress> found = known != null ? known : host == null ? List.of() : ask(host);
            return found.isEmpty()
                    ? reply(message, question, NAME_ERROR, List.of())
                    : reply(message, question, authority | NO_ERROR, ofType(question.type(), found));
        } catch (Refused e) {
            return refusal(message, e.code);
        } catch (BufferUnderflowException e) {
            return refusal(message, FORMAT_ERROR);
        }
    }

    private List<InetAddress> ask(String host) throws Refused, InterruptedException {
        try {
            return resolver.resolve(host);
        } catch (UnknownHostException e) {
            if (String.valueOf(e.getMessage()).contains("Temporary failure")) {
                throw new Refused(SERVER_FAILURE); // Not that there is no such name: the JDK has no other way to say so.
            }
            return List.of();
        } catch (IOException e) {
            throw new Refused(SERVER_FAILURE);
        }
    }

    private static List<InetAddress> ofType(int type, List<InetAddress> found) {
        return found.stream().filter(each -> type == (each instanceof Inet4Address ? A : AAAA)).toList();
    }

    // ---- reading

    /** Reads strictly: one question, whole, and nothing that is not accounted for. */
    private static Question parse(ByteBuffer message) throws Refused {
        var in = message.duplicate();
        in.position(2);
        int flags = in.getShort();
        if ((flags & OPCODE) != 0) {
            throw new Refused(NOT_IMPLEMENTED); // Inverse and status queries, updates.
        }
        int questions = in.getShort();
        int answers = in.getShort();
        int authorities = in.getShort();
        int additional = Short.toUnsignedInt(in.getShort());
        if ((flags & TRUNCATED) != 0 || questions != 1 || answers != 0 || authorities != 0) {
            throw new Refused(FORMAT_ERROR);
        }
        var labels = name(in);
        int type = Short.toUnsignedInt(in.getShort());
        int asked = Short.toUnsignedInt(in.getShort());
        int end = in.position();
        for (int i = 0; i < additional; i++) { // What EDNS adds (RFC 6891) may be ignored, but must be whole.
            skipRecord(in);
        }
        if (in.hasRemaining()) {
            throw new Refused(FORMAT_ERROR);
        }
        if (asked != INTERNET) {
            throw new Refused(NOT_IMPLEMENTED);
        }
        return new Question(labels, type, end);
    }

    /** A question has nothing before it that a pointer could point to. */
    private static List<byte[]> name(ByteBuffer in) throws Refused {
        var labels = new ArrayList<byte[]>();
        int total = 1;
        for (int length = in.get(); length != 0; length = in.get()) {
            total += 1 + length;
            if (length < 0 || length > LONGEST_LABEL || total > LONGEST_NAME) {
                throw new Refused(FORMAT_ERROR);
            }
            byte[] label = new byte[length];
            in.get(label);
            labels.add(label);
        }
        return labels;
    }

    private static void skipRecord(ByteBuffer in) throws Refused {
        boolean _ = name(in).isEmpty();
        in.getShort(); // Type.
        in.getShort(); // Class.
        in.getInt(); // Time to live.
        int length = Short.toUnsignedInt(in.getShort());
        if (length > in.remaining()) {
            throw new Refused(FORMAT_ERROR);
        }
        in.position(in.position() + length);
    }

    // ---- writing

    private static ByteBuffer reply(ByteBuffer message, Question question, int code, List<InetAddress> found) {
        var out = ByteBuffer.allocate(LONGEST_MESSAGE);
        out.put(message.slice(0, question.end()));
        int count = 0;
        for (InetAddress each : found) {
            byte[] address = each.getAddress();
            if (out.remaining() < HEADER + address.length) {
                break;
            }
            out.putShort((short) (0xc000 | HEADER)); // The name in the question.
            out.putShort((short) question.type()).putShort((short) INTERNET).putInt(TIME_TO_LIVE);
            out.putShort((short) address.length).put(address);
            count++;
        }
        int cut = count < found.size() ? TRUNCATED : 0;
        header(out, message, code | cut, 1, count);
        return out.flip();
    }

    /** The header alone: what could not be read is not repeated. */
    private static ByteBuffer refusal(ByteBuffer message, int code) {
        var out = ByteBuffer.allocate(HEADER).put(message.slice(0, HEADER));
        header(out, message, code, 0, 0);
        return out.flip();
    }

    private static void header(ByteBuffer out, ByteBuffer message, int code, int questions, int answers) {
        int kept = message.getShort(2) & (OPCODE | RECURSION_DESIRED);
        out.putShort(2, (short) (RESPONSE | RECURSION_AVAILABLE | kept | code));
        out.putShort(4, (short) questions).putShort(6, (short) answers).putShort(8, (short) 0).putShort(10, (short) 0);
    }
}
