package dev.verdant.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.verdant.hub.HubProvider;
import org.junit.jupiter.api.Test;

/** A provider and the hubs it opens. */
public abstract class ProviderChapter extends HubChapter {

    /**
     * Creates the chapter.
     *
     * @param provider whose hubs are tested
     */
    protected ProviderChapter(HubProvider provider) {
        super(provider);
    }

    @Test
    void aProviderHasANameAndIsUsable() {
        assertThat(provider().unusable()).isEmpty();
        assertThat(provider().name()).isNotBlank();
        assertThat(hub().name()).isEqualTo(provider().name());
    }

    @Test
    void hubsAreIndependent() throws Exception {
        try (var other = new HubDriver(provider())) {
            var pair = driver().connect();
            hub().wakeup();
            assertThat(other.turnsFor(20 * HubDriver.MILLI)).isLessThanOrEqualTo(HubDriver.FEW_TURNS);
            other.hub.close();
            pair.client.writeFully((byte) 1);
            assertThat(pair.server.readFully(1)).containsExactly(1);
        }
    }

    @Test
    void aHubThatIsClosedAtOnceLeavesNothing() {
        for (int i = 0; i < 20; i++) {
            provider().open().close();
        }
    }
}
