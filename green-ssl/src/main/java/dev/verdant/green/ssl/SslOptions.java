package dev.verdant.green.ssl;

import dev.verdant.green.net.GreenSocket;
import dev.verdant.green.stream.IOStream;
import dev.verdant.green.stream.TlsUpgrade;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509KeyManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * How TLS is spoken: who we are, whom we believe, which versions and which engine.
 *
 * <p>Options are made once and shared by any number of sockets, threads and loops. They hold what is dear to make, and the sessions that the next handshake
 * with the same peer resumes: whoever makes new ones for each connection pays for a full handshake each time.
 *
 * <pre>{@code
 * SslOptions client = SslOptions.forClient().build(); // trusts what the JDK trusts, checks the host's name
 * SslOptions server = SslOptions.forServer().certificate(Path.of("cert.pem"), Path.of("key.pem")).build();
 * }</pre>
 *
 * <p>Nothing that concerns trust is ever dropped in silence: settings that contradict each other, or that the engine cannot keep, fail in
 * {@link Builder#build}.
 *
 * <p>What takes an engine long is computed on a few native threads that all connections of the process share: processors less one, at least one. Key and trust
 * managers are asked there, too, so one that blocks keeps every handshake of the process waiting.
 */
public final class SslOptions implements TlsUpgrade {

    /** Which engine is taken where the options say nothing: {@code jdk} or {@code boringssl}. Without it, BoringSSL if it can be had. */
    public static final String PROPERTY = "verdant.tls";

    private final Settings settings;
    private final TlsContext context;
    private final Engine engine;
    private final @Nullable String serverName;
    private final boolean handshakeOnConnect;
    private final boolean suppressRaggedEofs;
    private final long handshakeTimeoutNanos;
    private final Shown shown;

    /** What a socket shows of its engine before it has one. */
    private record Shown(List<String> supportedProtocols, List<String> enabledProtocols,
            List<String> supportedCipherSuites, List<String> enabledCipherSuites) {}

    private SslOptions(Builder builder, Settings settings, EngineChoice.Chosen chosen) {
        this.settings = settings;
        this.context = chosen.context();
        this.engine = chosen.engine();
        this.serverName = builder.serverName;
        this.handshakeOnConnect = builder.handshakeOnConnect;
        this.suppressRaggedEofs = builder.suppressRaggedEofs;
        this.handshakeTimeoutNanos = builder.handshakeTimeoutNanos;
        // The first engine shows whether the settings can be kept at all.
        TlsEngine first = context.newEngine(serverName, -1);
        try {
            SSLEngine ssl = first.ssl();
            this.shown = new Shown(good(ssl.getSupportedProtocols()), good(ssl.getEnabledProtocols()),
                    List.of(ssl.getSupportedCipherSuites()), List.of(ssl.getEnabledCipherSuites()));
        } finally {
            first.release();
        }
    }

    /** Only the versions that {@link Builder#protocols} takes: both engines claim to support others, which they then refuse. */
    private static List<String> good(String[] protocols) {
        return List.of(protocols).stream().filter(Ciphers.PROTOCOLS::contains).toList();
    }

    /**
     * Options of a client: it trusts what the JDK trusts, and checks that the server's certificate is for the host that was asked for.
     *
     * @return a builder with these settings
     */
    public static Builder forClient() {
        return new Builder(false, null);
    }

    /**
     * Options of a client whose keys and trust are a context's; the engine is the JDK's.
     *
     * @param context an initialized context
     * @return a builder that takes no keys or certificates of its own
     */
    public static Builder forClient(SSLContext context) {
        return new Builder(false, Objects.requireNonNull(context, "context"));
    }

    /**
     * Options of a server, which needs a certificate and asks its clients for none.
     *
     * @return a builder with these settings
     */
    public static Builder forServer() {
        return new Builder(true, null);
    }

    /**
     * Options of a server whose keys and trust are a context's; the engine is the JDK's.
     *
     * @param context an initialized context
     * @return a builder that takes no keys or certificates of its own
     */
    public static Builder forServer(SSLContext context) {
        return new Builder(true, Objects.requireNonNull(context, "context"));
    }

    /**
     * Tells who does the cryptography.
     *
     * @return the engine that was chosen when these options were built
     */
    public Engine engine() {
        return engine;
    }

    /**
     * A fresh engine, whose handshake has not begun.
     *
     * @param peerHost the name or address that the user connected to, or null. {@link Builder#serverName} goes before it
     * @param peerPort the port that the user connected to, or -1; sessions are resumed with the same host and port
     */
    TlsEngine newEngine(@Nullable String peerHost, int peerPort) {
        return context.newEngine(serverName != null ? serverName : asPeer(peerHost), peerPort);
    }

    private static @Nullable String asPeer(@Nullable String host) {
        if (host == null || Addresses.isLiteral(host)) {
            return host;
        }
        String name = HostPattern.normalizedOrNull(host);
        // What is no host's name is kept: the check against the certificate must fail, not be left out.
        return name != null ? name : host;
    }

    /** Whether a client checks the host's name unless its socket is told otherwise. */
    boolean checksHostname() {
        return settings.checkHostname();
    }

    boolean isServer() {
        return settings.server();
    }

    boolean handshakeOnConnect() {
        return handshakeOnConnect;
    }

    boolean suppressesRaggedEofs() {
        return suppressRaggedEofs;
    }

    /** How long a handshake may take; negative: for ever. */
    long handshakeTimeoutNanos() {
        return handshakeTimeoutNanos;
    }

    String[] supportedProtocols() {
        return shown.supportedProtocols.toArray(String[]::new);
    }

    String[] enabledProtocols() {
        return shown.enabledProtocols.toArray(String[]::new);
    }

    String[] supportedCipherSuites() {
        return shown.supportedCipherSuites.toArray(String[]::new);
    }

    String[] enabledCipherSuites() {
        return shown.enabledCipherSuites.toArray(String[]::new);
    }

    boolean needsClientAuth() {
        return settings.needsClientAuth();
    }

    boolean wantsClientAuth() {
        return settings.wantsClientAuth();
    }

    /**
     * Begins a handshake on a connection: for {@link IOStream#startTls}. On the connection's loop.
     *
     * @param socket a connected socket, which is the result's from here on
     * @return the stream to use instead
     * @throws IOException if the socket is closed
     */
    @Override
    public IOStream over(GreenSocket socket) throws IOException {
        return new SSLIOStream(socket, this);
    }

    @Override
    public String toString() {
        return "SslOptions[" + (isServer() ? "server" : "client") + ", " + engine.id() + ", "
                + String.join(" ", shown.enabledProtocols) + "]";
    }

    /** Collects {@link SslOptions}. Confined to one thread. */
    public static final class Builder {

        private static final Duration FOR_EVER = Duration.ofNanos(Long.MAX_VALUE);

        final boolean server;
        final @Nullable SSLContext context;
        final List<Identity> identities = new ArrayList<>();
        final Map<String, List<Identity>> named = new LinkedHashMap<>();
        final List<Trust.Source> trusted = new ArrayList<>();
        @Nullable X509KeyManager keyManager;
        @Nullable X509TrustManager trustManager;
        @Nullable CertReqs certReqs;
        List<String> protocols = List.of();
        List<String> ciphers = List.of();
        List<String> applicationProtocols = List.of();
        @Nullable String serverName;
        @Nullable Boolean checkHostname;
        boolean requireKnownName;
        boolean handshakeOnConnect = true;
        boolean suppressRaggedEofs;
        long handshakeTimeoutNanos = Duration.ofSeconds(10).toNanos();
        @Nullable Engine engine;

        private Builder(boolean server, @Nullable SSLContext context) {
            this.server = server;
            this.context = context;
        }

        /**
         * Shows a certificate that is in PEM files.
         *
         * @param certificate the file of the certificate, which comes first, and those of the authorities between it and the root
         * @param key the file of its private key, without a password; may be the same file
         * @return this
         */
        public Builder certificate(Path certificate, Path key) {
            return certificate(Identity.fromPem(certificate, key));
        }

        /**
         * Shows a certificate to the peer. A server needs one; a client one only where it is asked for it. Called again, it adds one of another kind
         * of key (say, RSA beside EC), of which the peer's abilities choose.
         *
         * @param identity the certificate and its key
         * @return this
         */
        public Builder certificate(Identity identity) {
            identities.add(Objects.requireNonNull(identity, "identity"));
            return this;
        }

        /**
         * Shows a certificate to those clients that ask for a certain name (SNI). The others see the one given to {@link #certificate}, or the first given
         * here.
         *
         * @param name a host's name, or {@code *.} and a domain for all names with one label more
         * @param identity the certificate and its key
         * @return this
         * @throws IllegalArgumentException if it is no host's name
         */
        public Builder certificateFor(String name, Identity identity) {
            Objects.requireNonNull(identity, "identity");
            HostPattern.parse("name", name);
            named.computeIfAbsent(name, _ -> new ArrayList<>()).add(identity);
            return this;
        }

        /**
         * Refuses, with the alert {@code unrecognized_name}, clients that ask for a name which was not given to {@link #certificateFor} and is in no
         * certificate of ours. Those that name no host are served.
         *
         * @param on false if it is never called: unknown names get the default certificate
         * @return this
         */
        public Builder requireKnownName(boolean on) {
            this.requireKnownName = on;
            return this;
        }

        /**
         * Leaves the choice of key and certificate to a manager.
         *
         * @param manager takes the place of {@link #certificate}
         * @return this
         */
        public Builder keyManager(X509KeyManager manager) {
            this.keyManager = Objects.requireNonNull(manager, "manager");
            return this;
        }

        /**
         * Trusts what these certificates signed, and the certificates themselves, instead of what the JDK trusts.
         *
         * @param pem PEM files, each with one certificate or more
         * @return this
         */
        public Builder caCerts(Path... pem) {
            for (Path each : pem) {
                trusted.add(Trust.fromPem(each));
            }
            return this;
        }

        /**
         * Trusts what these certificates signed, and the certificates themselves, instead of what the JDK trusts.
         *
         * @param certificates at least one
         * @return this
         */
        public Builder caCerts(X509Certificate... certificates) {
            trusted.add(Trust.of(certificates));
            return this;
        }

        /**
         * Trusts what the certificates of a key store signed, and the certificates themselves, instead of what the JDK trusts.
         *
         * @param store a loaded store, in which at least one entry is a trusted certificate
         * @return this
         */
        public Builder caCerts(KeyStore store) {
            trusted.add(Trust.fromKeyStore(Objects.requireNonNull(store, "store")));
            return this;
        }

        /**
         * Trusts what these certificates signed, and the certificates themselves, instead of what the JDK trusts.
         *
         * @param pem the text of a PEM file, with one certificate or more
         * @return this
         */
        public Builder caCertsPem(String pem) {
            trusted.add(Trust.fromPemText(Objects.requireNonNull(pem, "pem")));
            return this;
        }

        /**
         * Leaves the decision whom to trust to a manager. One that is a {@link javax.net.ssl.X509ExtendedTrustManager} must check the host's name itself, as
         * the JDK's do; for any other the JDK's engine does, which is therefore taken.
         *
         * @param manager takes the place of {@link #caCerts}
         * @return this
         */
        public Builder trustManager(X509TrustManager manager) {
            this.trustManager = Objects.requireNonNull(manager, "manager");
            return this;
        }

        /**
         * Says what is asked of the peer's certificate.
         *
         * @param what by default a client asks for {@link CertReqs#REQUIRED} and a server for {@link CertReqs#NONE}
         * @return this
         */
        public Builder certReqs(CertReqs what) {
            this.certReqs = Objects.requireNonNull(what, "what");
            return this;
        }

        /**
         * Names the host that is asked for (SNI) and that the server's certificate must be for, instead of the one that the socket is connected to.
         *
         * @param host a host's name, of any script, or an address, which is checked but not sent
         * @return this
         * @throws IllegalArgumentException if it is neither
         */
        public Builder serverName(String host) {
            this.serverName = Addresses.isLiteral(host) ? host : HostPattern.name("serverName", host);
            return this;
        }

        /**
         * Says whether the server's certificate must be for the host that was asked for (RFC 9525).
         *
         * @param on true if it is never called, on a client that asks for a certificate at all
         * @return this
         */
        public Builder checkHostname(boolean on) {
            this.checkHostname = on;
            return this;
        }

        /**
         * Says which versions of TLS may be spoken.
         *
         * @param names some of {@code TLSv1.2} and {@code TLSv1.3}; both if it is never called
         * @return this
         * @throws IllegalArgumentException if there is none, or an unknown or a broken one
         */
        public Builder protocols(String... names) {
            for (String name : names) {
                if (!Ciphers.PROTOCOLS.contains(name)) {
                    throw new IllegalArgumentException("protocols: " + name + " (expected: "
                            + String.join(" or ", Ciphers.PROTOCOLS) + "; older versions are broken, RFC 8996)");
                }
            }
            if (names.length == 0) {
                throw new IllegalArgumentException("protocols: none (expected: at least one)");
            }
            this.protocols = List.of(names).stream().distinct().toList();
            return this;
        }

        /**
         * Says which cipher suites may be used, best first. Versions are chosen apart from suites: where no suite of TLS 1.3 is named, TLS 1.3 keeps its own
         * three; where only such are named, nothing older is spoken.
         *
         * @param names the JDK's names, such as {@code TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256}; BoringSSL also understands OpenSSL's
         * @return this
         * @throws IllegalArgumentException if there is none
         */
        public Builder ciphers(String... names) {
            if (names.length == 0) {
                throw new IllegalArgumentException("ciphers: none (expected: at least one)");
            }
            this.ciphers = List.of(names);
            return this;
        }

        /**
         * Offers protocols to be spoken inside TLS (ALPN, RFC 7301). A server refuses, with the alert {@code no_application_protocol}, clients that offer
         * only others; those that offer none are served.
         *
         * @param names best first, such as {@code h2} and {@code http/1.1}; 1 to 255 bytes each
         * @return this
         * @throws IllegalArgumentException if a name is empty or too long, or if all of them together are
         */
        public Builder applicationProtocols(String... names) {
            int total = 0;
            for (String name : names) {
                int length = name.getBytes(StandardCharsets.UTF_8).length;
                if (length < 1 || length > 255) {
                    throw new IllegalArgumentException(
                            "applicationProtocols: a name of " + length + " bytes (expected: 1 to 255)");
                }
                total += 1 + length;
            }
            if (total > 65533) {
                throw new IllegalArgumentException("applicationProtocols: " + total + " bytes (expected: <= 65533)");
            }
            this.applicationProtocols = List.of(names);
            return this;
        }

        /**
         * Says whether a connected socket that is wrapped shakes hands at once. If not, it does so when something is first read or written. An accepted socket
         * never does at once, so that a client which is silent holds up nobody.
         *
         * @param on true if it is never called
         * @return this
         */
        public Builder doHandshakeOnConnect(boolean on) {
            this.handshakeOnConnect = on;
            return this;
        }

        /**
         * Takes a connection that ends without a goodbye for one that ended well. Whoever sits on the wire can then cut a message short unnoticed.
         *
         * @param on false if it is never called: such an end is an exception
         * @return this
         */
        public Builder suppressRaggedEofs(boolean on) {
            this.suppressRaggedEofs = on;
            return this;
        }

        /**
         * Limits how long a handshake may take.
         *
         * @param limit more than zero, or null for ever; ten seconds if it is never called
         * @return this
         * @throws IllegalArgumentException if it is not more than zero
         */
        public Builder handshakeTimeout(@Nullable Duration limit) {
            if (limit != null && (limit.isNegative() || limit.isZero())) {
                throw new IllegalArgumentException("handshakeTimeout: " + limit + " (expected: > 0, or null)");
            }
            this.handshakeTimeoutNanos = limit == null || limit.compareTo(FOR_EVER) >= 0 ? -1 : limit.toNanos();
            return this;
        }

        /**
         * Chooses who does the cryptography.
         *
         * @param which goes before the property {@value SslOptions#PROPERTY}
         * @return this
         */
        public Builder engine(Engine which) {
            this.engine = Objects.requireNonNull(which, "which");
            return this;
        }

        /**
         * Reads keys and certificates, and makes the options.
         *
         * @return options that can be shared
         * @throws IllegalArgumentException if settings contradict each other, if a key or certificate cannot be read, has expired or does not fit the other,
         *                                  or if the engine does not know a suite
         * @throws IllegalStateException if the engine that was asked for cannot be had
         */
        public SslOptions build() {
            Settings settings = Contradictions.resolve(this);
            return new SslOptions(this, settings, EngineChoice.choose(this, settings));
        }
    }
}
