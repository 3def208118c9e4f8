package dev.verdant.hub.epoll;

import static org.assertj.core.api.Assertions.assertThat;

import dev.verdant.hub.Hub;
import dev.verdant.hub.Hubs;
import org.junit.jupiter.api.Test;

class EpollHubProviderTest {

    private final EpollHubProvider provider = new EpollHubProvider();

    @Test
    void isFoundAndUsable() {
        assertThat(Hubs.providers()).anySatisfy(found -> {
            assertThat(found).isInstanceOf(EpollHubProvider.class);
            assertThat(found.name()).isEqualTo("epoll");
            assertThat(found.priority()).isEqualTo(100);
            assertThat(found.unusable()).isEmpty();
        });
    }

    @Test
    void saysWhyNotElsewhere() {
        assertThat(EpollHubProvider.unusableOn("Mac OS X")).hasValue("only Linux has epoll, this is Mac OS X");
    }

    @Test
    void openingStartsNoThread() {
        try (Hub hub = provider.open()) {
            hub.poll(0);
            assertThat(Thread.getAllStackTraces().keySet())
                    .noneMatch(t -> t.getClass().getName().startsWith("io.netty"));
        }
    }
}
