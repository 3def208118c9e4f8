package dev.verdant.green.dns;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.net.spi.InetAddressResolver;
import java.net.spi.InetAddressResolverProvider;
import java.util.Iterator;
import java.util.Objects;
import java.util.ServiceLoader;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Where name look-ups of the JDK's {@link InetAddress} can be hooked into. The JDK takes one provider a process, the first that it finds through the context class
 * loader of whoever first looks up a name; this one hands on to the provider behind it, or to the JDK's own resolver, through what has been {@linkplain #install
 * installed}: nothing until {@code Patcher.monkeyPatch(DNS)}.
 *
 * <p>It knows nothing of Verdant's other jars, so it may lie wherever the JDK finds it and they see it: on the class path beside them, on the class path of an
 * application server that has them in an application, or on the boot class path.
 */
public final class GreenResolvers extends InetAddressResolverProvider {

    /** What hooks in, of however many copies of Verdant there are. */
    private static volatile UnaryOperator<InetAddressResolver> hooks = UnaryOperator.identity();

    private static volatile boolean asked;

    /** The providers behind this one, while their resolvers are made: some hand on to the first that is not they, which is this one again. */
    private static final ThreadLocal<@Nullable Iterator<ServiceLoader.Provider<InetAddressResolverProvider>>> BEHIND = new ThreadLocal<>();

    /** Created by the JDK. */
    public GreenResolvers() {}

    /**
     * Hooks into look-ups, of resolvers made before too. Whoever hooks in first is asked last. Any thread.
     *
     * @param hook takes a resolver, and returns one that looks names up through it in its own way; called for each resolver once or more
     */
    public static synchronized void install(UnaryOperator<InetAddressResolver> hook) {
        Objects.requireNonNull(hook, "hook");
        UnaryOperator<InetAddressResolver> before = hooks;
        hooks = next -> hook.apply(before.apply(next));
    }

    /**
     * Tells whether look-ups come here: the JDK has chosen this provider, or one that hands on to it. Any thread.
     *
     * @return true from then on
     */
    public static boolean isAsked() {
        return asked;
    }

    @Override
    public InetAddressResolver get(Configuration configuration) {
        var behind = BEHIND.get();
        if (behind != null) {
            return first(behind, configuration); // What hooks in does so in front of who asks.
        }
        var resolver = new Hooked(next(configuration));
        asked = true;
        return resolver;
    }

    private static InetAddressResolver next(Configuration configuration) {
        BEHIND.set(ServiceLoader.load(InetAddressResolverProvider.class).stream()
                .dropWhile(each -> each.type() != GreenResolvers.class).skip(1).iterator());
        try {
            return first(BEHIND.get(), configuration);
        } finally {
            BEHIND.remove();
        }
    }

    private static InetAddressResolver first(Iterator<ServiceLoader.Provider<InetAddressResolverProvider>> providers,
            Configuration configuration) {
        return providers.hasNext() ? providers.next().get().get(configuration) : configuration.builtinResolver();
    }

    @Override
    public String name() {
        return "verdant";
    }

    /** What the JDK holds: whatever is hooked in, in front of the next. */
    private static final class Hooked implements InetAddressResolver {

        private final InetAddressResolver next;

        private volatile Hooking hooking;

        Hooked(InetAddressResolver next) {
            this.next = next;
            this.hooking = new Hooking(UnaryOperator.identity(), next);
        }

        private record Hooking(UnaryOperator<InetAddressResolver> by, InetAddressResolver resolver) {}

        private InetAddressResolver resolver() {
            UnaryOperator<InetAddressResolver> current = hooks;
            Hooking known = hooking;
            if (known.by != current) {
                known = new Hooking(current, current.apply(next));
                hooking = known;
            }
            return known.resolver;
        }

        @Override
        public Stream<InetAddress> lookupByName(String host, LookupPolicy policy) throws UnknownHostException {
            return resolver().lookupByName(host, policy);
        }

        @Override
        public String lookupByAddress(byte[] address) throws UnknownHostException {
            return resolver().lookupByAddress(address);
        }
    }
}
