package dev.verdant.conformance.library;

import jakarta.mail.Folder;
import jakarta.mail.Message;
import jakarta.mail.MessagingException;
import jakarta.mail.Session;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeMessage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Properties;
import org.eclipse.angus.mail.smtp.SMTPTransport;

/** Jakarta Mail, as Angus has it: sends a message, or reads one. */
final class MailSubject implements Subject {

    private final boolean sends;
    private final Tls tls;
    private final MailStub server;
    private final Session session;

    private MailSubject(boolean sends, Tls tls) throws IOException, InterruptedException {
        this.sends = sends;
        this.tls = tls;
        this.server = new MailStub(tls);
        var settings = new Properties();
        settings.setProperty("mail.imaps.partialfetch", "false");
        settings.setProperty("mail.imap.partialfetch", "false");
        if (tls.isOn()) {
            settings.setProperty("mail.smtp.starttls.enable", "true");
            settings.setProperty("mail.smtp.starttls.required", "true");
            settings.put("mail.smtp.ssl.socketFactory", tls.factory());
            settings.put("mail.imaps.ssl.socketFactory", tls.factory());
        }
        this.session = Session.getInstance(settings);
    }

    static MailSubject smtp(Tls tls) throws IOException, InterruptedException {
        return new MailSubject(true, tls);
    }

    static MailSubject imap(Tls tls) throws IOException, InterruptedException {
        return new MailSubject(false, tls);
    }

    @Override
    public String ask(Pace pace, String what) throws MessagingException, IOException {
        return sends ? send(pace + "/" + what) : read(pace + "/" + what);
    }

    private String send(String subject) throws MessagingException {
        var message = new MimeMessage(session);
        message.setFrom("sender@localhost");
        message.setRecipient(Message.RecipientType.TO, new InternetAddress("receiver@localhost"));
        message.setSubject(subject);
        message.setText("A line.\n");
        message.saveChanges();
        try (var transport = (SMTPTransport) session.getTransport("smtp")) {
            transport.connect("127.0.0.1", server.smtpPort(), null, null);
            transport.sendMessage(message, message.getAllRecipients());
            return transport.getLastServerResponse().strip().substring("250 ".length());
        }
    }

    private String read(String mailbox) throws MessagingException, IOException {
        try (var store = session.getStore(tls.isOn() ? "imaps" : "imap")) {
            store.connect("127.0.0.1", server.imapPort(), "reader", "secret");
            try (Folder folder = store.getFolder(mailbox)) {
                folder.open(Folder.READ_ONLY);
                var copy = new ByteArrayOutputStream();
                folder.getMessage(1).writeTo(copy);
                var message = new MimeMessage(session, new ByteArrayInputStream(copy.toByteArray()));
                if (((String) message.getContent()).lines().count() != 1000) {
                    throw new AssertionError("a part of the message");
                }
                return message.getSubject().split("/", 2)[1];
            }
        }
    }

    @Override
    public int held() {
        return server.gate().held();
    }

    @Override
    public void release() {
        server.gate().open();
    }

    @Override
    public void close() {
        server.close();
    }
}
