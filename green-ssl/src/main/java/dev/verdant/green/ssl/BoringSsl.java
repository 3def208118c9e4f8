package dev.verdant.green.ssl;

import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.IdentityCipherSuiteFilter;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.OpenSslCachingX509KeyManagerFactory;
import io.netty.handler.ssl.OpenSslSessionContext;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.SimpleKeyManagerFactory;
import io.netty.util.ReferenceCountUtil;
import java.lang.ref.Cleaner;
import java.security.KeyStore;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.ManagerFactoryParameters;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509KeyManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/** Engines of BoringSSL's, through Netty's tcnative. This class alone knows Netty; it is loaded only if BoringSSL may be taken. */
final class BoringSsl implements TlsContext {

    private static final Cleaner CLEANER = Cleaner.create(task -> {
        Thread thread = new Thread(task, "verdant-tls-cleaner");
        thread.setDaemon(true);
        return thread;
    });

    private final Settings settings;
    final SslContext context; // seen by tests
    private final @Nullable TicketKeys tickets;

    BoringSsl(Settings settings) {
        this.settings = settings;
        this.context = context(settings);
        CLEANER.register(this, new Release(context));
        OpenSslSessionContext sessions = (OpenSslSessionContext) context.sessionContext();
        sessions.setSessionCacheEnabled(true);
        this.tickets = settings.server() ? new TicketKeys(sessions) : null;
    }

    /** Gives back once, whoever asks first. It must not know whom it is registered for. */
    private static final class Release implements Runnable {

        private final Object counted;
        private final AtomicBoolean done = new AtomicBoolean();

        Release(Object counted) {
            this.counted = counted;
        }

        @Override
        public void run() {
            if (done.compareAndSet(false, true)) {
                ReferenceCountUtil.release(counted);
            }
        }
    }

    /** Why it does not load, or null if it does. */
    static @Nullable Throwable unavailability() {
        return OpenSsl.unavailabilityCause();
    }

    /** What it cannot do of these settings, or null. */
    static @Nullable String unfit(Settings settings) {
        if (settings.trust() != null && !(settings.trust() instanceof X509ExtendedTrustManager)) {
            return "a trust manager that is no X509ExtendedTrustManager cannot check names without the JDK's engine";
        }
        if (settings.keys() instanceof NamedKeys keys && !keys.areExportable()) {
            return "a private key that does not leave its device can be used by the JDK's engine alone";
        }
        if (settings.protocols().contains(Ciphers.TLS_1_3) && !settings.ciphers().containsAll(Ciphers.FOR_1_3)) {
            return "it always offers all three suites of TLS 1.3 (expected: " + Ciphers.FOR_1_3
                    + " all named, or none of them, or the JDK's engine)";
        }
        return null;
    }

    private static SslContext context(Settings settings) {
        for (String each : settings.ciphers()) {
            if (!OpenSsl.isCipherSuiteAvailable(each)) {
                throw new IllegalArgumentException(
                        "ciphers: " + each + " (expected: some of " + OpenSsl.availableJavaCipherSuites()
                                + " or " + OpenSsl.availableOpenSslCipherSuites() + ")");
            }
        }
        SslContextBuilder builder = settings.server()
                ? SslContextBuilder.forServer(keys(settings))
                : SslContextBuilder.forClient();
        if (!settings.server() && settings.keys() != null) {
            builder.keyManager(keys(settings));
        }
        X509TrustManager trust = settings.trust();
        if (trust != null) {
            builder.trustManager(trust);
        }
        builder.sslProvider(SslProvider.OPENSSL_REFCNT).protocols(settings.protocols())
                .ciphers(settings.ciphers(), IdentityCipherSuiteFilter.INSTANCE)
                .clientAuth(settings.needsClientAuth()
                        ? ClientAuth.REQUIRE
                        : settings.wantsClientAuth() ? ClientAuth.OPTIONAL : ClientAuth.NONE)
                .endpointIdentificationAlgorithm(settings.checkHostname() ? "HTTPS" : null);
        if (!settings.applicationProtocols().isEmpty()) {
            builder.applicationProtocolConfig(new ApplicationProtocolConfig(Protocol.ALPN,
                    SelectorFailureBehavior.NO_ADVERTISE, SelectedListenerFailureBehavior.ACCEPT,
                    settings.applicationProtocols()));
        }
        try {
            return builder.build();
        } catch (SSLException e) {
            throw new IllegalArgumentException("BoringSSL refuses the settings: " + e.getMessage(), e);
        }
    }

    private static KeyManagerFactory keys(Settings settings) {
        X509KeyManager keys = java.util.Objects.requireNonNull(settings.keys());
        var factory = new OneManager(keys);
        // Ours never changes; a user's might.
        return keys instanceof NamedKeys ? new OpenSslCachingX509KeyManagerFactory(factory) : factory;
    }

    private static final class OneManager extends SimpleKeyManagerFactory {

        private final KeyManager manager;

        OneManager(KeyManager manager) {
            this.manager = manager;
        }

        @Override
        protected void engineInit(@Nullable KeyStore store, char @Nullable [] password) {}

        @Override
        protected void engineInit(ManagerFactoryParameters parameters) {}

        @Override
        protected KeyManager[] engineGetKeyManagers() {
            return new KeyManager[]{manager};
        }
    }

    @Override
    public TlsEngine newEngine(@Nullable String host, int port) {
        if (tickets != null) {
            tickets.rotate();
        }
        SSLEngine inner = host == null
                ? context.newEngine(UnpooledByteBufAllocator.DEFAULT)
                : context.newEngine(UnpooledByteBufAllocator.DEFAULT, host, port);
        var release = new Release(inner);
        SSLEngine engine = settings.server() && !settings.applicationProtocols().isEmpty()
                ? new AlpnGuard(inner, settings.applicationProtocols())
                : inner;
        var tls = new TlsEngine(engine, true, release);
        try {
            SSLParameters parameters = engine.getSSLParameters();
            JdkTls.common(parameters, host, settings);
            engine.setSSLParameters(parameters);
        } catch (RuntimeException | Error e) {
            release.run();
            throw e;
        }
        CLEANER.register(tls, release);
        return tls;
    }
}
