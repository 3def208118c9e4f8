package dev.verdant.green.ssl;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKey;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * A text with keys and certificates in it (RFC 7468), and anything else between them.
 *
 * @param where what errors call it
 * @param text its contents
 */
record Pem(String where, String text) {

    private static final String BEGIN = "-----BEGIN ";
    private static final String END = "-----END ";
    private static final String DASHES = "-----";

    /** All the authorities that there are take a thirtieth of it. */
    private static final int LONGEST = 8 << 20;

    /** What PKCS#8 calls the algorithms; an EC key names its curve inside, so only the tag of its algorithm is known before it is read. */
    private static final List<String> ALGORITHMS = List.of("RSA", "EC", "EdDSA", "RSASSA-PSS", "DSA");

    private record Block(String label, String body) {}

    @Override
    public String toString() {
        return where; // the text may hold a key
    }

    /** Reads a file. */
    static Pem read(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] all = in.readNBytes(LONGEST + 1);
            if (all.length > LONGEST) {
                throw new IllegalArgumentException(file + ": more than " + LONGEST
                        + " bytes (expected: a PEM file with keys or certificates, which are smaller)");
            }
            return new Pem(file.toString(), new String(all, StandardCharsets.ISO_8859_1));
        } catch (NoSuchFileException e) {
            throw new IllegalArgumentException(file + ": there is no such file", e);
        } catch (IOException e) {
            throw new IllegalArgumentException(file + ": cannot be read: " + e, e);
        }
    }

    /** Each character is looked at a few times at the most, whatever the text is. */
    private List<Block> blocks() {
        var blocks = new ArrayList<Block>();
        int begun = 0;
        int at = text.indexOf(BEGIN);
        while (at >= 0) {
            int next = text.indexOf(BEGIN, at + BEGIN.length());
            int until = next < 0 ? text.length() : next;
            String label = label(at + BEGIN.length(), until);
            if (label != null) {
                begun++;
                int body = at + BEGIN.length() + label.length() + DASHES.length();
                int end = text.indexOf(END + label + DASHES, body, until);
                if (end >= 0 && startsWithLine(body, end)) {
                    blocks.add(new Block(label, text.substring(body, end)));
                }
            }
            at = next;
        }
        if (begun != blocks.size()) {
            throw new IllegalArgumentException(where + ": cut short: " + begun + " blocks begin, " + blocks.size()
                    + " end (expected: an END line for each BEGIN line)");
        }
        return blocks;
    }

    /** What stands between a place and the next dashes; null if that is no label. */
    private @Nullable String label(int from, int until) {
        int end = from;
        while (end < until && isOfLabel(text.charAt(end))) {
            end++;
        }
        return end > from && text.startsWith(DASHES, end) ? text.substring(from, end) : null;
    }

    private static boolean isOfLabel(char c) {
        return c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == ' ';
    }

    /** Whether nothing but a line's end follows, and blanks. */
    private boolean startsWithLine(int from, int until) {
        for (int i = from; i < until; i++) {
            char c = text.charAt(i);
            if (c == '\n' || c == '\r') {
                return true;
            }
            if (c != ' ' && c != '\t') {
                return false;
            }
        }
        return false;
    }

    private byte[] decode(Block block) {
        try {
            return Base64.getMimeDecoder().decode(block.body);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(where + ": the block " + block.label + " is no Base64", e);
        }
    }

    /** All certificates in it, at least one. */
    List<X509Certificate> certificates() {
        var certificates = new ArrayList<X509Certificate>();
        for (Block block : blocks()) {
            if (block.label.equals("CERTIFICATE") || block.label.equals("X509 CERTIFICATE")) {
                certificates.add(certificate(decode(block)));
            } else if (block.label.equals("TRUSTED CERTIFICATE")) {
                throw new IllegalArgumentException(
                        where + ": a certificate of OpenSSL's own kind (expected: BEGIN CERTIFICATE; "
                                + "\"openssl x509 -in FILE -out NEW\" makes one)");
            }
        }
        if (certificates.isEmpty()) {
            throw new IllegalArgumentException(where + ": no certificate in it (expected: a block BEGIN CERTIFICATE)");
        }
        return certificates;
    }

    private X509Certificate certificate(byte[] der) {
        try {
            return (X509Certificate) CertificateFactory.getInstance("X.509")
                    .generateCertificate(new ByteArrayInputStream(der));
        } catch (CertificateException e) {
            throw new IllegalArgumentException(where + ": a certificate cannot be read: " + e.getMessage(), e);
        }
    }

    /** The one private key in it. */
    PrivateKey privateKey(char @Nullable [] password) {
        List<Block> keys = blocks().stream().filter(block -> block.label.endsWith("PRIVATE KEY")).toList();
        if (keys.size() != 1) {
            throw new IllegalArgumentException(
                    where + ": " + keys.size() + " private keys in it (expected: one block BEGIN "
                            + "PRIVATE KEY, ENCRYPTED PRIVATE KEY, RSA PRIVATE KEY or EC PRIVATE KEY)");
        }
        Block block = keys.getFirst();
        if (block.body.contains("Proc-Type:")) {
            throw new IllegalArgumentException(where + ": a key encrypted in OpenSSL's old way (expected: PKCS#8; "
                    + "\"openssl pkcs8 -topk8 -in FILE -out NEW\" makes it)");
        }
        byte[] der = decode(block);
        boolean encrypted = block.label.equals("ENCRYPTED PRIVATE KEY");
        if (encrypted && password == null) {
            throw new IllegalArgumentException(where + ": the key is encrypted (expected: its password beside it)");
        }
        if (!encrypted && password != null) {
            throw new IllegalArgumentException(
                    where + ": the key is not encrypted (expected: no password, or another file)");
        }
        return switch (block.label) {
            case "PRIVATE KEY" -> pkcs8(der);
            case "ENCRYPTED PRIVATE KEY" -> decrypt(der, java.util.Objects.requireNonNull(password));
            case "RSA PRIVATE KEY" -> pkcs8(Der.pkcs8OfRsa(der));
            case "EC PRIVATE KEY" -> pkcs8(ecToPkcs8(der));
            default ->
                throw new IllegalArgumentException(where + ": a key of the kind " + block.label + " (expected: PKCS#8; "
                        + "\"openssl pkcs8 -topk8 -nocrypt -in FILE -out NEW\" makes it)");
        };
    }

    private byte[] ecToPkcs8(byte[] sec1) {
        try {
            return Der.pkcs8OfEc(sec1);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(where + ": " + e.getMessage(), e);
        }
    }

    private PrivateKey decrypt(byte[] der, char[] password) {
        var spec = new PBEKeySpec(password);
        try {
            var info = new EncryptedPrivateKeyInfo(der);
            // PBES2 is the name of a family; the parameters tell which member of it this is.
            String algorithm = info.getAlgParameters() == null ? info.getAlgName() : info.getAlgParameters().toString();
            SecretKey key = SecretKeyFactory.getInstance(algorithm).generateSecret(spec);
            Cipher cipher = Cipher.getInstance(algorithm);
            cipher.init(Cipher.DECRYPT_MODE, key, info.getAlgParameters());
            return pkcs8(info.getKeySpec(cipher).getEncoded());
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException(
                    where + ": the key cannot be decrypted; the password is wrong, or the way of encryption unknown: "
                            + e.getMessage(),
                    e);
        } catch (IOException e) {
            throw new IllegalArgumentException(where + ": the encrypted key cannot be read: " + e.getMessage()
                    + " (expected: PBES2 with PBKDF2; \"openssl pkcs8 -topk8 -v2 aes-256-cbc -in FILE -out NEW\" makes it)",
                    e);
        } finally {
            spec.clearPassword();
        }
    }

    private PrivateKey pkcs8(byte[] der) {
        var spec = new PKCS8EncodedKeySpec(der);
        Exception last = null;
        for (String algorithm : ALGORITHMS) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(spec);
            } catch (InvalidKeySpecException e) {
                last = e;
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("The JDK has no " + algorithm, e);
            }
        }
        throw new IllegalArgumentException(where + ": the key cannot be read (expected: one of " + ALGORITHMS + ")",
                last);
    }
}
