package dev.verdant.hub.kqueue;

import dev.verdant.hub.Hub;
import dev.verdant.hub.HubProvider;
import dev.verdant.hub.unix.NativeSupport;
import io.netty.channel.kqueue.KQueue;
import java.util.Optional;

/**
 * Makes hubs on kqueue. Usable where Netty's native kqueue library can be loaded. Any thread.
 */
public final class KQueueHubProvider implements HubProvider {

    /** For {@link java.util.ServiceLoader}. Does nothing. */
    public KQueueHubProvider() {}

    @Override
    public String name() {
        return "kqueue";
    }

    @Override
    public int priority() {
        return 100;
    }

    @Override
    public Optional<String> unusable() {
        return unusableOn(System.getProperty("os.name", ""));
    }

    static Optional<String> unusableOn(String system) {
        return system.startsWith("Mac") || system.endsWith("BSD")
                ? NativeSupport.unusable(KQueue::unavailabilityCause, "netty-transport-native-kqueue")
                : Optional.of("only macOS and the BSDs have kqueue, this is " + system);
    }

    @Override
    public Hub open() {
        unusable().ifPresent(why -> {
            throw new IllegalStateException("no kqueue here: " + why);
        });
        return new KQueueHub();
    }
}
