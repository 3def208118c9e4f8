package dev.verdant.hub.kqueue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.hub.Hubs;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class KQueueHubProviderTest {

    private final KQueueHubProvider provider = new KQueueHubProvider();

    @Test
    void isFound() {
        assertThat(Hubs.providers()).anySatisfy(found -> {
            assertThat(found).isInstanceOf(KQueueHubProvider.class);
            assertThat(found.name()).isEqualTo("kqueue");
            assertThat(found.priority()).isEqualTo(100);
        });
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void saysWhyNotOnLinux() {
        assertThat(provider.unusable()).hasValue("only macOS and the BSDs have kqueue, this is Linux");
        assertThatThrownBy(provider::open).isInstanceOf(IllegalStateException.class)
                .hasMessage("no kqueue here: only macOS and the BSDs have kqueue, this is Linux");
    }

    /**
     * The system is right, as the provider believes, but the library cannot be loaded: said, not thrown, and again
     * when asked again.
     */
    @Test
    @EnabledOnOs(OS.LINUX)
    void saysWhyTheLibraryCannotBeLoaded() {
        for (int i = 0; i < 2; i++) {
            assertThat(KQueueHubProvider.unusableOn("Mac OS X"))
                    .hasValue("IllegalStateException: Only supported on OSX/BSD");
        }
    }
}
