package dev.verdant.hub;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;

/**
 * Finds the hubs on the classpath and picks one. Any thread.
 */
public final class Hubs {

    /** The system property that names a provider, by {@link HubProvider#name()} or by class name. */
    public static final String PROPERTY = "verdant.hub";

    /** The environment variable that does the same where the property is not set. */
    public static final String VARIABLE = "VERDANT_HUB";

    private Hubs() {}

    /**
     * Picks the provider that {@value #PROPERTY} names, else the one that {@value #VARIABLE} names, else the usable one of the highest priority.
     *
     * @return a usable provider
     * @throws HubUnavailableException if what was asked for is unknown or unusable, or nothing is usable
     */
    public static HubProvider select() {
        String asked = System.getProperty(PROPERTY);
        if (asked != null) {
            return select(providers(), asked, "-D" + PROPERTY + "=" + asked);
        }
        String variable = System.getenv(VARIABLE);
        return select(providers(), variable, VARIABLE + "=" + variable);
    }

    /**
     * Returns every provider that {@link ServiceLoader} finds, the highest priority first, usable or not. One that cannot even be loaded is
     * reported as unusable.
     *
     * @return an unmodifiable list
     */
    public static List<HubProvider> providers() {
        var found = new ArrayList<HubProvider>();
        var services = ServiceLoader.load(HubProvider.class, loader()).stream().iterator();
        for (int broken = 0; broken < 100;) {
            try {
                if (!services.hasNext()) {
                    break;
                }
                found.add(services.next().get());
            } catch (ServiceConfigurationError | LinkageError e) {
                broken++;
                found.add(new Unloadable(e));
            }
        }
        found.sort((a, b) -> Integer.compare(b.priority(), a.priority())); // Comparator.comparingInt takes 30 ms when a program starts.
        return List.copyOf(found);
    }

    static HubProvider select(List<HubProvider> providers, @Nullable String asked, String how) {
        if (asked != null && !asked.isBlank()) {
            for (HubProvider each : providers) {
                if (each.name().equals(asked) || each.getClass().getName().equals(asked)) {
                    if (each.unusable().isEmpty()) {
                        return each;
                    }
                    break;
                }
            }
            throw new HubUnavailableException(
                    "The hub asked for by " + how + " cannot be had. " + list(providers));
        }
        for (HubProvider each : providers) {
            if (each.unusable().isEmpty()) {
                return each;
            }
        }
        throw new HubUnavailableException(
                "No usable hub on the classpath: add verdant-hub-nio, which runs anywhere. " + list(providers));
    }

    private static String list(List<HubProvider> providers) {
        if (providers.isEmpty()) {
            return "No provider was found.";
        }
        var text = new StringBuilder("Providers found:");
        for (var provider : providers) {
            text.append("\n  ").append(provider.name()).append(" (").append(provider.getClass().getName()).append("): ")
                    .append(provider.unusable().map(why -> "unusable here: " + why).orElse("usable"));
        }
        return text.toString();
    }

    /** The caller's own loader may be a container's; the one that loaded this class sees at least the hubs beside it. */
    private static ClassLoader loader() {
        ClassLoader context = Thread.currentThread().getContextClassLoader();
        if (context == null) {
            return Hubs.class.getClassLoader();
        }
        try {
            return context.loadClass(Hubs.class.getName()) == Hubs.class ? context : Hubs.class.getClassLoader();
        } catch (ClassNotFoundException e) {
            return Hubs.class.getClassLoader();
        }
    }

    /** Stands in the list for a provider whose class cannot be loaded. */
    private record Unloadable(Throwable why) implements HubProvider {

        @Override
        public String name() {
            return "?";
        }

        @Override
        public int priority() {
            return Integer.MIN_VALUE;
        }

        @Override
        public Optional<String> unusable() {
            return Optional.of("cannot be loaded: " + why);
        }

        @Override
        public Hub open() {
            throw new IllegalStateException("cannot be loaded", why);
        }
    }
}
