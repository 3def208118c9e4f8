package dev.verdant.conformance.library;

import dev.verdant.green.ssl.Engine;
import dev.verdant.green.ssl.Identity;
import dev.verdant.green.ssl.SslOptions;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.X509Certificate;
import javax.net.ssl.X509TrustManager;

/** What all servers here show, for 127.0.0.1 and localhost, and the root that clients trust. */
final class ServerCertificate {

    private static final X509Bundle ROOT = build("CN=Root of the servers");
    private static final X509Bundle SERVER = build("CN=localhost");

    private ServerCertificate() {}

    private static X509Bundle build(String subject) {
        try {
            var builder = new CertificateBuilder().ecp256().subject(subject);
            return subject.equals("CN=localhost")
                    ? builder.addSanDnsName("localhost").addSanIpAddress("127.0.0.1").buildIssuedBy(ROOT)
                    : builder.setIsCertificateAuthority(true).buildSelfSigned();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    static X509Certificate root() {
        return ROOT.getCertificate();
    }

    static X509TrustManager trustManager() {
        return (X509TrustManager) ROOT.toTrustManager();
    }

    /** For servers of our own. */
    static SslOptions options() {
        return SslOptions.forServer().engine(Engine.JDK)
                .certificate(Identity.of(SERVER.getKeyPair().getPrivate(), SERVER.getCertificatePath())).build();
    }

    /** Writes {@code server.pem}, {@code server.key} and {@code root.pem}. */
    static void write(Path folder) throws IOException {
        Files.writeString(folder.resolve("server.pem"), SERVER.getCertificatePathPEM());
        Files.writeString(folder.resolve("root.pem"), ROOT.getCertificatePEM());
        Path key = Files.createFile(folder.resolve("server.key"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(key, SERVER.getPrivateKeyPEM());
    }
}
