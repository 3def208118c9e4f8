package dev.verdant.green.ssl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.pkitesting.X509Bundle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.RSAPrivateCrtKey;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class PemTest {

    private static final X509Bundle EC = Authority.server("localhost");
    private static final X509Bundle RSA = Authority.leaf(Authority.CA, builder -> builder.rsa2048());

    /** One key, made for this test by OpenSSL, in the ways in which it writes it; the password is "pass". */
    private static final String OPENSSL_EC = """
            -----BEGIN EC PRIVATE KEY-----
            MHcCAQEEINaUSKnaV/rGoeqS+eMtsllqo+AoWTKSH0GyacN4hih0oAoGCCqGSM49
            AwEHoUQDQgAEeoijIRr/+Lol40JpGeOkVciivc9iefUx0Nm841g0in6U50F8gwu+
            1bCawmcfVrSvjj2XTb1JL4QWE9xunyviIA==
            -----END EC PRIVATE KEY-----
            """;
    private static final String AES_256_SHA_256 = """
            -----BEGIN ENCRYPTED PRIVATE KEY-----
            MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAjHOF1EldBw8gICCAAw
            DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEJ73vNyUN2M4tUnyEt44HU0EgZDJ
            RhKl+KEF+ULqnkPev2Q3hOW3hhNd/cI5y020F534l4980nYqcq9rWDimHT3oSWRr
            moNTnvl4OQvHvQpG0eSsAhbTH+ayAKduGZ2kR55izxJ9rUZWGeDa0ITLqbsPBSeO
            vUdQNuin2ju41XpzbuvPndA/+HyM8H+0FJO4G8BiWdxq7AHBGZoc6Fs4BlfKzco=
            -----END ENCRYPTED PRIVATE KEY-----
            """;
    private static final String AES_128_SHA_1 = """
            -----BEGIN ENCRYPTED PRIVATE KEY-----
            MIHeMEkGCSqGSIb3DQEFDTA8MBsGCSqGSIb3DQEFDDAOBAio0n3rHHNYFQICCAAw
            HQYJYIZIAWUDBAECBBD7eEzl2+orvloplYMBqVzMBIGQw4Zr9ZYbO4RQf7VOU83e
            Ai05FCXAAugdob0ISCTZW0Vl41T33mvOhLoT/nF2IlEUYiRsUnt5akFQSz4rpm5v
            6M4dBTwQSVmDGkwH9+z34HoBTwbXB0zgP9cAAQRsxBIYESk2fTG/Xr392Eg3L4zL
            Iz0qHzJK4bH1rTc5sZEgQMKgshBISET2QaBYy/Ym9hld
            -----END ENCRYPTED PRIVATE KEY-----
            """;
    private static final String SCRYPT = """
            -----BEGIN ENCRYPTED PRIVATE KEY-----
            MIHkME8GCSqGSIb3DQEFDTBCMCEGCSsGAQQB2kcECzAUBAgsz3CKMrz7fQICQAAC
            AQgCAQEwHQYJYIZIAWUDBAEqBBBEqTl61wKY+Xkys2Q//1CPBIGQ12SPd0f/eDal
            101Q5tZZlmabxiXEEIkSCxZrHrPaoZZGTdvVKV3emo3pZwatMp+zgIeqJUPYQlnn
            QPcN+JYybGdhHbdoANnGP9fp0o24hM+2VON7NnJ0tOKohes/h/lmNl75n1E29uJb
            Vmn38YU344FITDlfciPj/5fjCariGLV9fS77FILAN5yo1Va1XCea
            -----END ENCRYPTED PRIVATE KEY-----
            """;

    private static String block(String label, byte[] der) {
        return "-----BEGIN " + label + "-----\n" + Base64.getMimeEncoder(64, new byte[]{'\n'}).encodeToString(der)
                + "\n-----END " + label + "-----\n";
    }

    private static PrivateKey key(String text) {
        return new Pem("key.pem", text).privateKey(null);
    }

    @Test
    void certificatesAreReadWithAnythingBetweenThem() {
        String text = "subject=CN = leaf\r\n" + EC.getCertificatePEM().replace("\n", "\r\n") + "\nissuer: somebody\n"
                + RSA.getCertificatePEM();
        assertThat(new Pem("chain.pem", text).certificates()).containsExactly(EC.getCertificate(),
                RSA.getCertificate());
    }

    @Test
    void keysOfEachKindAreRead() {
        PrivateKey ec = EC.getKeyPair().getPrivate();
        PrivateKey rsa = RSA.getKeyPair().getPrivate();
        assertThat(key(block("PRIVATE KEY", ec.getEncoded()))).isEqualTo(ec);
        assertThat(key(block("PRIVATE KEY", rsa.getEncoded()))).isEqualTo(rsa);
        X509Bundle ed = Authority.leaf(Authority.CA,
                builder -> builder.algorithm(io.netty.pkitesting.CertificateBuilder.Algorithm.ed25519));
        assertThat(key(block("PRIVATE KEY", ed.getKeyPair().getPrivate().getEncoded())).getAlgorithm())
                .isIn("EdDSA", "Ed25519");
    }

    @Test
    void oldRsaKeysAreRead() {
        RSAPrivateCrtKey rsa = (RSAPrivateCrtKey) RSA.getKeyPair().getPrivate();
        assertThat(key(block("RSA PRIVATE KEY", inside(rsa.getEncoded())))).isEqualTo(rsa);
    }

    @Test
    void oldEcKeysAreReadIfTheyNameTheirCurve() {
        KeyPair pair = EC.getKeyPair();
        // The JDK leaves the curve out of the inner key, as RFC 5915 lets it, since PKCS#8 names it outside.
        assertThatThrownBy(() -> key(block("EC PRIVATE KEY", inside(pair.getPrivate().getEncoded()))))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("key.pem")
                .hasMessageContaining("curve").hasMessageContaining("openssl pkcs8");
        assertThat(key(OPENSSL_EC).getAlgorithm()).isEqualTo("EC");
        // In front of such a key OpenSSL likes to write the curve once more.
        byte[] curve = {0x06, 0x08, 0x2A, (byte) 0x86, 0x48, (byte) 0xCE, 0x3D, 0x03, 0x01, 0x07};
        assertThat(key(block("EC PARAMETERS", curve) + OPENSSL_EC)).isEqualTo(key(OPENSSL_EC));
    }

    /** What is in the octet string at the end of a PKCS#8 key. */
    private static byte[] inside(byte[] pkcs8) {
        for (int at = 0; at < pkcs8.length - 2; at++) {
            int first = pkcs8[at + 1];
            int header = 2 + (first < 0 ? first & 0x7F : 0);
            int length = first;
            if (first < 0) {
                length = 0;
                for (int i = 0; i < (first & 0x7F) && at + 2 + i < pkcs8.length; i++) {
                    length = length << 8 | pkcs8[at + 2 + i] & 0xFF;
                }
            }
            if (pkcs8[at] == 0x04 && at + header + length == pkcs8.length) {
                return Arrays.copyOfRange(pkcs8, at + header, pkcs8.length);
            }
        }
        throw new AssertionError("no octet string");
    }

    @Test
    void encryptedKeysAreReadWithTheirPasswordOnly() {
        ECPrivateKey key = (ECPrivateKey) key(OPENSSL_EC);
        for (String text : List.of(AES_256_SHA_256, AES_128_SHA_1)) {
            var pem = new Pem("key.pem", text);
            assertThat(((ECPrivateKey) pem.privateKey("pass".toCharArray())).getS()).isEqualTo(key.getS());
            assertThatThrownBy(() -> pem.privateKey("word".toCharArray())).isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("key.pem").hasMessageContaining("password is wrong");
            assertThatThrownBy(() -> pem.privateKey(null)).isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("expected: its password");
        }
        assertThatThrownBy(() -> new Pem("key.pem", block("PRIVATE KEY", key.getEncoded()))
                .privateKey("pass".toCharArray())).hasMessageContaining("not encrypted");
    }

    @Test
    void aWayOfEncryptionThatTheJdkDoesNotKnowSaysSo() {
        assertThatThrownBy(() -> new Pem("key.pem", SCRYPT).privateKey("pass".toCharArray()))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("key.pem")
                .hasMessageContaining("openssl pkcs8");
    }

    @Test
    void theOldWayOfEncryptionNamesTheCommandThatConvertsIt() {
        assertThatThrownBy(() -> key("""
                -----BEGIN RSA PRIVATE KEY-----
                Proc-Type: 4,ENCRYPTED
                DEK-Info: AES-256-CBC,00

                AAAA
                -----END RSA PRIVATE KEY-----
                """)).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("openssl pkcs8 -topk8");
    }

    @Test
    void whatIsNoPemSaysSoAndWhere(@TempDir Path dir) throws Exception {
        Path file = dir.resolve("x.pem");
        assertThatThrownBy(() -> Pem.read(file)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage(file + ": there is no such file");
        Files.writeString(file, "");
        assertThatThrownBy(() -> Pem.read(file).certificates()).hasMessageContaining("no certificate in it");
        assertThatThrownBy(() -> Pem.read(file).privateKey(null)).hasMessageContaining("0 private keys");
        String whole = EC.getCertificatePEM();
        Files.writeString(file, whole.substring(0, whole.length() - 40));
        assertThatThrownBy(() -> Pem.read(file).certificates()).hasMessageContaining("cut short");
        Files.writeString(file, block("CERTIFICATE", new byte[20]));
        assertThatThrownBy(() -> Pem.read(file).certificates()).hasMessageContaining("cannot be read");
        Files.writeString(file, block("PRIVATE KEY", new byte[20]));
        assertThatThrownBy(() -> Pem.read(file).privateKey(null)).hasMessageContaining("cannot be read");
        Files.writeString(file, block("EC PRIVATE KEY", new byte[]{0x30, 0x7F, 0x02}));
        assertThatThrownBy(() -> Pem.read(file).privateKey(null)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("cut short");
        assertThatThrownBy(() -> Pem.read(dir).certificates()).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aTextOfManyBeginningsIsRefusedAtOnce() {
        var pem = new Pem("many", "-----BEGIN A-----\n".repeat(200_000));
        assertTimeoutPreemptively(Duration.ofSeconds(10),
                () -> assertThatThrownBy(pem::certificates).isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("200000 blocks begin, 0 end"));
    }

    @Test
    void aFileWithoutEndIsNotReadToItsEnd() {
        Path endless = Path.of("/dev/zero");
        assumeTrue(Files.exists(endless));
        assertThatThrownBy(() -> Pem.read(endless)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("/dev/zero: more than 8388608 bytes");
    }
}
