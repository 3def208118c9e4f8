package dev.verdant.hub.nio;

import dev.verdant.hub.Hub;
import dev.verdant.hub.HubProvider;
import java.util.Optional;

/** Makes hubs on {@link java.nio.channels.Selector}. Any thread. */
public final class NioHubProvider implements HubProvider {

    /** Creates the provider; for {@link java.util.ServiceLoader}. */
    public NioHubProvider() {}

    @Override
    public String name() {
        return "nio";
    }

    @Override
    public int priority() {
        return 0;
    }

    @Override
    public Optional<String> unusable() {
        return Optional.empty();
    }

    @Override
    public Hub open() {
        return new NioHub();
    }
}
