package dev.verdant.testkit.faulty;

import dev.verdant.hub.Hub;
import dev.verdant.hub.HubProvider;
import java.util.Objects;
import java.util.Optional;

/**
 * A provider whose hubs fail on demand: it stands around another provider and around every channel of its hubs, and what stands above cannot tell the
 * difference to an operating system that has a bad day.
 *
 * {@snippet :
 * var hub = new FaultyHub(Hubs.select());
 * hub.faults().failAccepts(3, () -> new ResourceExhaustedException("Too many open files", new IOException()));
 * hub.faults().cutReads(7);
 * Green.run(options -> options.hub(hub), () -> serveAndConnect());
 * }
 *
 * <p>With no switch on, a hub of it meets {@link dev.verdant.testkit.HubContract} as the one underneath does. Channels move between hubs of one provider.
 */
public final class FaultyHub implements HubProvider {

    private final HubProvider provider;
    private final Faults faults = new Faults();

    /**
     * Puts faults around the hubs of a provider.
     *
     * @param provider the provider underneath
     */
    public FaultyHub(HubProvider provider) {
        this.provider = Objects.requireNonNull(provider, "provider");
    }

    /**
     * Returns the switches.
     *
     * @return the same for all hubs of this provider
     */
    public Faults faults() {
        return faults;
    }

    @Override
    public String name() {
        return provider.name();
    }

    @Override
    public int priority() {
        return provider.priority();
    }

    @Override
    public Optional<String> unusable() {
        return provider.unusable();
    }

    @Override
    public Hub open() {
        return new FaultHub(provider.open(), faults);
    }

    @Override
    public String toString() {
        return "faulty " + provider;
    }
}
