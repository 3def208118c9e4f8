package dev.verdant.examples;

import dev.verdant.green.Green;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * As much of PostgreSQL's protocol, version 3, as its JDBC driver needs to ask {@code select NUMBER, pg_sleep(SECONDS)}: the number is the answer, after that
 * time. For where no database is at hand. One connection, served by one green thread.
 *
 * @see <a href="https://www.postgresql.org/docs/current/protocol.html">the protocol</a>
 */
public final class PostgresStub {

    private static final int SSL_REQUEST = 80877103;
    private static final int GSS_REQUEST = 80877104;
    private static final int CANCEL_REQUEST = 80877102;
    private static final int LONGEST_MESSAGE = 100_000;

    /** The types of the answer's columns: a bigint, and nothing. */
    private static final int INT8 = 20;
    private static final int VOID = 2278;

    private static final Pattern QUERY = Pattern.compile("select (\\d{1,18}), pg_sleep\\((\\d{1,3}(?:\\.\\d{1,9})?)\\)",
            Pattern.CASE_INSENSITIVE);

    private final DataInputStream in;
    private final DataOutputStream out;
    private String query = "";

    private PostgresStub(Socket socket) throws IOException {
        this.in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
        this.out = new DataOutputStream(new BufferedOutputStream(socket.getOutputStream()));
    }

    /**
     * Talks to one client until it has said goodbye. On a loop.
     *
     * @param socket the connection
     * @throws IOException if the connection is broken, or the client says what this does not know
     */
    public static void serve(Socket socket) throws IOException {
        var stub = new PostgresStub(socket);
        if (stub.begin()) {
            while (stub.answer()) {
            }
        }
    }

    /** Returns false if it is no conversation. */
    private boolean begin() throws IOException {
        while (true) {
            int length = in.readInt();
            int code = in.readInt();
            in.skipNBytes(checked(length - 8));
            if (code == CANCEL_REQUEST) {
                return false;
            }
            if (code != SSL_REQUEST && code != GSS_REQUEST) {
                break;
            }
            out.writeByte('N');
            out.flush();
        }
        send('R', body -> body.writeInt(0)); // Nobody is asked who he is.
        for (String setting : new String[]{"server_version 15.0", "server_encoding UTF8", "client_encoding UTF8",
                "DateStyle ISO", "integer_datetimes on", "standard_conforming_strings on", "TimeZone UTC"}) {
            String[] words = setting.split(" ", 2);
            send('S', body -> {
                text(body, words[0]);
                text(body, words[1]);
            });
        }
        ready();
        return true;
    }

    private static int checked(int length) throws IOException {
        if (length < 0 || length > LONGEST_MESSAGE) {
            throw new IOException("a message of " + length + " bytes");
        }
        return length;
    }

    /** Answers one message; returns false after the last. */
    private boolean answer() throws IOException {
        int kind = in.read();
        if (kind < 0) {
            return false;
        }
        byte[] body = in.readNBytes(checked(in.readInt() - 4));
        switch (kind) {
            case 'Q' -> {
                query = textAt(body, 0);
                if (QUERY.matcher(query).matches()) {
                    describe();
                }
                execute();
                ready();
            }
            case 'P' -> {
                query = textAt(body, textAt(body, 0).length() + 1);
                send('1', _ -> {});
            }
            case 'B' -> send('2', _ -> {});
            case 'D' -> describe();
            case 'E' -> execute();
            case 'C' -> send('3', _ -> {});
            case 'S' -> ready();
            case 'H' -> out.flush();
            case 'X' -> {
                return false;
            }
            default -> throw new IOException("a message of kind " + (char) kind);
        }
        return true;
    }

    private static String textAt(byte[] body, int begin) throws IOException {
        for (int end = begin; end < body.length; end++) {
            if (body[end] == 0) {
                return new String(body, begin, end - begin, StandardCharsets.UTF_8);
            }
        }
        throw new IOException("a text without an end");
    }

    private void describe() throws IOException {
        if (!QUERY.matcher(query).matches()) {
            send('n', _ -> {});
            return;
        }
        send('T', body -> {
            body.writeShort(2);
            column(body, "answer", INT8, 8);
            column(body, "pg_sleep", VOID, 4);
        });
    }

    private static void column(DataOutputStream body, String name, int type, int size) throws IOException {
        text(body, name);
        body.writeInt(0);
        body.writeShort(0);
        body.writeInt(type);
        body.writeShort(size);
        body.writeInt(-1);
        body.writeShort(0); // As text.
    }

    private void execute() throws IOException {
        Matcher asked = QUERY.matcher(query);
        if (!asked.matches()) {
            send('C', body -> text(body, "SET"));
            return;
        }
        Green.sleep(Duration.ofNanos((long) (Double.parseDouble(asked.group(2)) * 1e9)));
        send('D', body -> {
            byte[] number = asked.group(1).getBytes(StandardCharsets.UTF_8);
            body.writeShort(2);
            body.writeInt(number.length);
            body.write(number);
            body.writeInt(0);
        });
        send('C', body -> text(body, "SELECT 1"));
    }

    private void ready() throws IOException {
        send('Z', body -> body.writeByte('I'));
        out.flush();
    }

    private interface Body {
        void write(DataOutputStream out) throws IOException;
    }

    private void send(char kind, Body body) throws IOException {
        var bytes = new ByteArrayOutputStream();
        body.write(new DataOutputStream(bytes));
        out.writeByte(kind);
        out.writeInt(bytes.size() + 4);
        bytes.writeTo(out);
    }

    private static void text(DataOutputStream out, String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.UTF_8));
        out.writeByte(0);
    }
}
