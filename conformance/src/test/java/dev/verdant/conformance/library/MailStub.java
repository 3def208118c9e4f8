package dev.verdant.conformance.library;

import dev.verdant.green.EventLoop;
import dev.verdant.green.net.GreenServerSocket;
import dev.verdant.green.net.GreenSocket;
import dev.verdant.green.net.Net;
import dev.verdant.green.ssl.GreenSsl;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.regex.Pattern;

/**
 * As much of a mail server as a client needs to send a message (RFC 5321) or to read one (RFC 3501), on a loop of its own. Each has a subject of the form
 * {@code PACE/WHAT} and is taken, or given, at that pace. TLS begins at once with IMAP, by STARTTLS with SMTP.
 */
final class MailStub implements AutoCloseable {

    private static final Pattern SUBJECT = Pattern.compile("Subject: (\\w+)/(\\w+)");

    private final EventLoop loop = EventLoop.start(options -> options.name("mail-stub"));
    private final Gate gate = new Gate();
    private final Tls tls;
    private final int smtpPort;
    private final int imapPort;

    MailStub(Tls tls) throws IOException, InterruptedException {
        this.tls = tls;
        try {
            this.smtpPort = loop.spawn(() -> listen(this::serveSmtp)).get();
            this.imapPort = loop.spawn(() -> listen(this::serveImap)).get();
        } catch (ExecutionException e) {
            loop.close();
            throw new IOException(e);
        }
    }

    /** Talks to one client. */
    private interface Service {
        void serve(GreenSocket socket) throws Exception;
    }

    private int listen(Service service) throws IOException {
        GreenServerSocket listener = Net.listen(new InetSocketAddress("127.0.0.1", 0), 1024);
        loop.spawn("mail-stub", () -> {
            Net.serve(listener, socket -> {
                try {
                    service.serve(socket);
                } catch (IOException e) {
                    // A client that has gone in the middle is what is tested.
                }
            }, Integer.MAX_VALUE);
            return null;
        });
        return listener.getLocalPort();
    }

    int smtpPort() {
        return smtpPort;
    }

    int imapPort() {
        return imapPort;
    }

    Gate gate() {
        return gate;
    }

    /** Lines in both directions. */
    private static final class Dialogue {

        private final BufferedReader in;
        private final OutputStream out;

        Dialogue(Socket socket) throws IOException {
            this.in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            this.out = socket.getOutputStream();
        }

        /** Null at the end. */
        String line() throws IOException {
            return Objects.requireNonNullElse(in.readLine(), "QUIT");
        }

        void say(String... lines) throws IOException {
            out.write((String.join("\r\n", lines) + "\r\n").getBytes(StandardCharsets.UTF_8));
        }
    }

    private void serveSmtp(GreenSocket socket) throws Exception {
        var talk = new Dialogue(socket);
        talk.say("220 stub");
        String subject = "";
        while (true) {
            String verb = talk.line().toUpperCase(Locale.ROOT);
            switch (verb.split(" ", 2)[0]) {
                case "EHLO", "HELO" -> {
                    if (tls.isOn()) {
                        talk.say("250-stub", "250 STARTTLS");
                    } else {
                        talk.say("250 stub");
                    }
                }
                case "STARTTLS" -> {
                    talk.say("220 go ahead");
                    talk = new Dialogue(GreenSsl.wrap(socket, ServerCertificate.options()));
                }
                case "DATA" -> {
                    talk.say("354 go ahead");
                    for (String line = talk.line(); !line.equals("."); line = talk.line()) {
                        subject = line.startsWith("Subject: ") ? line : subject;
                    }
                    talk.say("250 " + passed(subject));
                }
                case "QUIT" -> {
                    talk.say("221 bye");
                    return;
                }
                default -> talk.say("250 ok");
            }
        }
    }

    /** Waits as a subject says, and returns the rest of it. */
    private String passed(String subject) throws Exception {
        var parts = SUBJECT.matcher(subject);
        if (!parts.matches()) {
            throw new IOException("subject: " + subject);
        }
        gate.pass(Pace.valueOf(parts.group(1)));
        return parts.group(2);
    }

    private void serveImap(GreenSocket plain) throws Exception {
        var talk = new Dialogue(tls.isOn() ? GreenSsl.wrap(plain, ServerCertificate.options()) : plain);
        talk.say("* OK stub");
        String mailbox = "";
        while (true) {
            String[] words = talk.line().split(" ", 3);
            if (words.length < 2) {
                return;
            }
            String tag = words[0];
            switch (words[1].toUpperCase(Locale.ROOT)) {
                case "CAPABILITY" -> talk.say("* CAPABILITY IMAP4rev1");
                case "EXAMINE" -> {
                    mailbox = words[2].replace("\"", "");
                    talk.say("* 1 EXISTS", "* 0 RECENT", "* FLAGS ()", "* OK [UIDVALIDITY 1]");
                }
                case "FETCH" -> {
                    String subject = "Subject: " + mailbox;
                    passed(subject);
                    String message = subject + "\r\n\r\n" + "A line of the body.\r\n".repeat(1000);
                    talk.say("* 1 FETCH (BODY[] {" + message.length() + "}", message + ")");
                }
                case "LOGOUT" -> talk.say("* BYE");
                default -> {
                }
            }
            talk.say(tag + " OK done");
            if (words[1].equals("LOGOUT")) {
                return;
            }
        }
    }

    @Override
    public void close() {
        loop.close();
    }
}
