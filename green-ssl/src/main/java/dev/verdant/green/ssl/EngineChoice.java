package dev.verdant.green.ssl;

import java.lang.System.Logger.Level;
import java.security.GeneralSecurityException;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509KeyManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/** Chooses the engine: what the options ask for, else what the property asks for, else BoringSSL if it can be had, else the JDK's. */
final class EngineChoice {

    private static final String HOW = "add io.netty:netty-handler and io.netty:netty-tcnative-boringssl-static (with this system's classifier) to the class path, or ask for "
            + Engine.JDK.id();

    private EngineChoice() {}

    /**
     * What was chosen.
     *
     * @param engine its kind
     * @param context what makes them
     */
    record Chosen(Engine engine, TlsContext context) {}

    static Chosen choose(SslOptions.Builder said, Settings settings) {
        Engine asked = asked(said.engine);
        String unfit = asked == Engine.JDK ? "the JDK's was asked for" : unfit(said.context, settings);
        if (asked == Engine.BORINGSSL && unfit != null) {
            throw new IllegalStateException("BoringSSL was asked for and cannot be used: " + unfit);
        }
        Chosen chosen = unfit == null
                ? new Chosen(Engine.BORINGSSL, new BoringSsl(settings))
                : new Chosen(Engine.JDK, jdk(said.context, settings));
        System.getLogger("dev.verdant.green.ssl").log(Level.DEBUG, () -> "TLS engine: " + chosen.engine.id()
                + (unfit == null ? "" : " (" + unfit + ")"));
        return chosen;
    }

    private static @Nullable Engine asked(@Nullable Engine byOptions) {
        if (byOptions != null) {
            return byOptions;
        }
        String property = System.getProperty(SslOptions.PROPERTY);
        if (property == null || property.isEmpty()) {
            return null;
        }
        for (Engine each : Engine.values()) {
            if (each.id().equals(property)) {
                return each;
            }
        }
        throw new IllegalStateException(
                SslOptions.PROPERTY + ": " + property + " (expected: " + Engine.JDK.id() + " or "
                        + Engine.BORINGSSL.id() + ")");
    }

    /** Why BoringSSL cannot do this, or null if it can. */
    private static @Nullable String unfit(@Nullable SSLContext context, Settings settings) {
        if (context != null) {
            return "an SSLContext is for the JDK's engine";
        }
        String missing = missing();
        return missing != null ? missing : BoringSsl.unfit(settings);
    }

    private static @Nullable String missing() {
        try {
            Throwable cause = BoringSsl.unavailability();
            return cause == null ? null : "it does not load: " + cause + " (" + HOW + ")";
        } catch (NoClassDefFoundError e) {
            return "Netty's classes are not there: " + e.getMessage() + " (" + HOW + ")";
        }
    }

    private static TlsContext jdk(@Nullable SSLContext given, Settings settings) {
        try {
            SSLContext context = given != null ? given : SSLContext.getInstance("TLS");
            if (given == null) {
                X509KeyManager keys = settings.keys();
                X509TrustManager trust = settings.trust();
                context.init(keys == null ? new KeyManager[0] : new KeyManager[]{keys},
                        trust == null ? new TrustManager[0] : new TrustManager[]{trust}, null);
            }
            checkCiphers(List.of(context.getSupportedSSLParameters().getCipherSuites()), settings.ciphers());
            return new JdkTls(context, settings);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("The JDK's TLS cannot be had: " + e.getMessage(), e);
        }
    }

    private static void checkCiphers(List<String> supported, List<String> asked) {
        for (String each : asked) {
            if (!supported.contains(each)) {
                throw new IllegalArgumentException(
                        "ciphers: " + each + " (expected: some of the JDK's names " + supported
                                + "; OpenSSL's names need the engine " + Engine.BORINGSSL.id() + ")");
            }
        }
    }

}
