package dev.verdant.hub.epoll;

import dev.verdant.hub.Hub;
import dev.verdant.hub.HubProvider;
import dev.verdant.hub.unix.NativeSupport;
import io.netty.channel.epoll.Epoll;
import java.util.Optional;

/**
 * Makes hubs on Linux epoll. Usable where Netty's native epoll library can be loaded. Any thread.
 */
public final class EpollHubProvider implements HubProvider {

    /** For {@link java.util.ServiceLoader}. Does nothing. */
    public EpollHubProvider() {}

    @Override
    public String name() {
        return "epoll";
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
        return system.startsWith("Linux")
                ? NativeSupport.unusable(Epoll::unavailabilityCause, "netty-transport-native-epoll")
                : Optional.of("only Linux has epoll, this is " + system);
    }

    @Override
    public Hub open() {
        unusable().ifPresent(why -> {
            throw new IllegalStateException("no epoll here: " + why);
        });
        return new EpollHub();
    }
}
