package dev.verdant.green.ssl;

import java.nio.file.Path;
import java.security.Key;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Who we are: a certificate, those of the authorities between it and the root, and its private key. Immutable; files and stores are read when options are
 * built with it, and what is wrong with them is said there.
 */
public final class Identity {

    private final Source source;

    private Identity(Source source) {
        this.source = source;
    }

    private interface Source {
        Loaded load() throws Exception;
    }

    /**
     * A key and a chain that belong together.
     *
     * @param chain the certificate first
     */
    record Loaded(PrivateKey key, List<X509Certificate> chain) {

        X509Certificate certificate() {
            return chain.getFirst();
        }
    }

    /**
     * In one PEM file: certificates and an unencrypted key.
     *
     * @param both the file, in any order but the certificate before those of the authorities
     * @return a description, which is read later
     */
    public static Identity fromPem(Path both) {
        return fromPem(both, both);
    }

    /**
     * In PEM files, the key unencrypted.
     *
     * @param certificate the certificate first, then those of the authorities
     * @param key PKCS#8, PKCS#1 (RSA) or SEC 1 (EC)
     * @return a description, which is read later
     */
    public static Identity fromPem(Path certificate, Path key) {
        Objects.requireNonNull(certificate, "certificate");
        Objects.requireNonNull(key, "key");
        return new Identity(() -> loaded(Pem.read(certificate), Pem.read(key), null));
    }

    /**
     * In PEM files, the key encrypted.
     *
     * @param certificate the certificate first, then those of the authorities
     * @param key encrypted PKCS#8
     * @param password of the key; copied
     * @return a description, which is read later
     */
    public static Identity fromPem(Path certificate, Path key, char[] password) {
        Objects.requireNonNull(certificate, "certificate");
        Objects.requireNonNull(key, "key");
        char[] copy = password.clone();
        return new Identity(() -> loaded(Pem.read(certificate), Pem.read(key), copy));
    }

    /**
     * In the text of PEM files, the key unencrypted.
     *
     * @param certificate the certificate first, then those of the authorities
     * @param key PKCS#8, PKCS#1 (RSA) or SEC 1 (EC)
     * @return a description, which is read later
     */
    public static Identity fromPemText(String certificate, String key) {
        Objects.requireNonNull(certificate, "certificate");
        Objects.requireNonNull(key, "key");
        return new Identity(
                () -> loaded(new Pem("the certificate's PEM", certificate), new Pem("the key's PEM", key), null));
    }

    /**
     * In the text of PEM files, the key encrypted.
     *
     * @param certificate the certificate first, then those of the authorities
     * @param key encrypted PKCS#8
     * @param password of the key; copied
     * @return a description, which is read later
     */
    public static Identity fromPemText(String certificate, String key, char[] password) {
        Objects.requireNonNull(certificate, "certificate");
        Objects.requireNonNull(key, "key");
        char[] copy = password.clone();
        return new Identity(
                () -> loaded(new Pem("the certificate's PEM", certificate), new Pem("the key's PEM", key), copy));
    }

    private static Loaded loaded(Pem certificate, Pem key, char @Nullable [] password) {
        return new Loaded(key.privateKey(password), certificate.certificates());
    }

    /**
     * The only private key in a key store.
     *
     * @param store a loaded store with one entry that is a private key
     * @param password of the entry; copied
     * @return a description, which is read later
     */
    public static Identity fromKeyStore(KeyStore store, char[] password) {
        Objects.requireNonNull(store, "store");
        char[] copy = password.clone();
        return new Identity(() -> {
            var aliases = new ArrayList<String>();
            for (String alias : Collections.list(store.aliases())) {
                if (store.isKeyEntry(alias)) {
                    aliases.add(alias);
                }
            }
            if (aliases.size() != 1) {
                throw new IllegalArgumentException("store: private keys " + aliases
                        + " (expected: one; name it with fromKeyStore(store, alias, password))");
            }
            return entry(store, aliases.getFirst(), copy);
        });
    }

    /**
     * A private key in a key store.
     *
     * @param store a loaded store
     * @param alias of the entry
     * @param password of the entry; copied
     * @return a description, which is read later
     */
    public static Identity fromKeyStore(KeyStore store, String alias, char[] password) {
        Objects.requireNonNull(store, "store");
        Objects.requireNonNull(alias, "alias");
        char[] copy = password.clone();
        return new Identity(() -> entry(store, alias, copy));
    }

    private static Loaded entry(KeyStore store, String alias, char[] password) throws Exception {
        Key key;
        try {
            key = store.getKey(alias, password);
        } catch (java.security.UnrecoverableKeyException e) {
            throw new IllegalArgumentException("store: the password does not open entry " + alias, e);
        }
        Certificate[] chain = store.getCertificateChain(alias);
        if (!(key instanceof PrivateKey secret) || chain == null) {
            throw new IllegalArgumentException("alias: " + alias + " (expected: a private key with a certificate, of "
                    + Collections.list(store.aliases()) + ")");
        }
        var certificates = new ArrayList<X509Certificate>();
        for (Certificate each : chain) {
            certificates.add((X509Certificate) each);
        }
        return new Loaded(secret, certificates);
    }

    /**
     * A key and certificates that are at hand.
     *
     * @param key may be one that does not leave its device
     * @param chain the certificate first, then those of the authorities
     * @return a description, which is checked later
     */
    public static Identity of(PrivateKey key, X509Certificate... chain) {
        Objects.requireNonNull(key, "key");
        List<X509Certificate> copy = List.of(chain);
        return new Identity(() -> new Loaded(key, copy));
    }

    /** Reads and checks it. */
    Loaded load() {
        try {
            Loaded loaded = source.load();
            KeyCheck.check(loaded);
            return loaded;
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalArgumentException("a key or certificate cannot be read: " + e.getMessage(), e);
        }
    }
}
