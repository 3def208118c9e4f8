package dev.verdant.green.ssl;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.StandardConstants;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/**
 * Chooses one of several certificates: by the name that the client asks for, then by the kind of key it can check, then by the authorities it trusts.
 */
final class NamedKeys extends X509ExtendedKeyManager {

    /**
     * An identity for all names of a pattern.
     *
     * @param pattern null: for every name that no pattern is for
     * @param identity the key and its chain
     */
    record Entry(@Nullable HostPattern pattern, Identity.Loaded identity) {

        boolean isFor(String host) {
            return pattern != null && pattern.matches(host);
        }

        boolean isExactlyFor(String host) {
            return pattern != null && !pattern.wildcard() && pattern.matches(host);
        }
    }

    /** An alias is a place in this list. */
    private final List<Entry> entries;

    NamedKeys(List<Entry> entries) {
        this.entries = List.copyOf(entries);
    }

    /** Whether all keys can be handed to an engine outside the JDK. */
    boolean areExportable() {
        return entries.stream().allMatch(each -> each.identity.key().getEncoded() != null);
    }

    @Override
    public @Nullable String chooseEngineServerAlias(String keyType, Principal @Nullable [] issuers,
            @Nullable SSLEngine engine) {
        return choose(entriesFor(requestedHost(engine)), keyType, issuers);
    }

    @Override
    public @Nullable String chooseEngineClientAlias(String[] keyTypes, Principal @Nullable [] issuers,
            @Nullable SSLEngine engine) {
        for (String keyType : keyTypes) {
            String alias = choose(entries, keyType, issuers);
            if (alias != null) {
                return alias;
            }
        }
        return null;
    }

    @Override
    public @Nullable String chooseServerAlias(String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
        return chooseEngineServerAlias(keyType, issuers, null);
    }

    @Override
    public @Nullable String chooseClientAlias(String[] keyTypes, Principal @Nullable [] issuers,
            @Nullable Socket socket) {
        return chooseEngineClientAlias(keyTypes, issuers, null);
    }

    private static @Nullable String requestedHost(@Nullable SSLEngine engine) {
        if (engine != null && engine.getHandshakeSession() instanceof ExtendedSSLSession session) {
            for (SNIServerName name : session.getRequestedServerNames()) {
                if (name.getType() == StandardConstants.SNI_HOST_NAME) {
                    return HostPattern.decode(name);
                }
            }
        }
        return null;
    }

    /** Those of the name itself, else those of a pattern for it, else those for every name, else the first name's. */
    private List<Entry> entriesFor(@Nullable String host) {
        if (host != null) {
            List<Entry> exact = entries.stream().filter(each -> each.isExactlyFor(host)).toList();
            if (!exact.isEmpty()) {
                return exact;
            }
            List<Entry> wild = entries.stream().filter(each -> each.isFor(host)).toList();
            if (!wild.isEmpty()) {
                return wild;
            }
        }
        List<Entry> others = entries.stream().filter(each -> each.pattern == null).toList();
        HostPattern first = entries.getFirst().pattern;
        return others.isEmpty()
                ? entries.stream().filter(each -> java.util.Objects.equals(each.pattern, first)).toList()
                : others;
    }

    /** The first of this kind that the peer's authorities signed; else the first of this kind, so that the peer says what is wrong with it. */
    private @Nullable String choose(List<Entry> among, String keyType, Principal @Nullable [] issuers) {
        Entry fallback = null;
        for (Entry each : among) {
            if (isOfType(each.identity, keyType)) {
                if (isSignedByOneOf(each.identity, issuers)) {
                    return alias(each);
                }
                fallback = fallback == null ? each : fallback;
            }
        }
        return fallback == null ? null : alias(fallback);
    }

    private String alias(Entry entry) {
        for (int i = 0; i < entries.size(); i++) {
            if (entries.get(i) == entry) {
                return Integer.toString(i);
            }
        }
        throw new AssertionError(entry);
    }

    /** {@code keyType} is a key's algorithm, or, in old suites, that and the algorithm of the signature on its certificate: {@code EC_RSA}. */
    private static boolean isOfType(Identity.Loaded identity, String keyType) {
        String algorithm = identity.certificate().getPublicKey().getAlgorithm();
        int signedBy = keyType.indexOf('_');
        return signedBy < 0
                ? algorithm.equals(keyType)
                : algorithm.equals(keyType.substring(0, signedBy)) && identity.certificate().getSigAlgName()
                        .contains(keyType.substring(signedBy + 1));
    }

    private static boolean isSignedByOneOf(Identity.Loaded identity, Principal @Nullable [] issuers) {
        if (issuers == null || issuers.length == 0) {
            return true;
        }
        Set<Principal> wanted = new HashSet<>(Arrays.asList(issuers)); // the peer may say one twice
        return identity.chain().stream().anyMatch(each -> wanted.contains(each.getIssuerX500Principal()));
    }

    @Override
    public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
        var aliases = new ArrayList<String>();
        for (Entry each : entries) {
            if (isOfType(each.identity, keyType) && isSignedByOneOf(each.identity, issuers)) {
                aliases.add(alias(each));
            }
        }
        return aliases.isEmpty() ? null : aliases.toArray(String[]::new);
    }

    @Override
    public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
        return getServerAliases(keyType, issuers);
    }

    private Identity.@Nullable Loaded identity(String alias) {
        try {
            return entries.get(Integer.parseInt(alias)).identity;
        } catch (NumberFormatException | IndexOutOfBoundsException _) {
            return null;
        }
    }

    @Override
    public X509Certificate @Nullable [] getCertificateChain(String alias) {
        Identity.Loaded identity = identity(alias);
        return identity == null ? null : identity.chain().toArray(X509Certificate[]::new);
    }

    @Override
    public @Nullable PrivateKey getPrivateKey(String alias) {
        Identity.Loaded identity = identity(alias);
        return identity == null ? null : identity.key();
    }
}
