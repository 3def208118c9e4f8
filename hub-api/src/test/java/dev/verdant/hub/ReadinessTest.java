package dev.verdant.hub;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ReadinessTest {

    @Test
    void bitsHaveNames() {
        assertThat(Readiness.describe(0)).isEqualTo("NONE");
        assertThat(Readiness.describe(Readiness.READ)).isEqualTo("READ");
        assertThat(Readiness.describe(Readiness.WRITE)).isEqualTo("WRITE");
        assertThat(Readiness.describe(Readiness.READ | Readiness.WRITE | Readiness.ENDED))
                .isEqualTo("READ|WRITE|ENDED");
        assertThat(Readiness.describe(Readiness.READ | Readiness.URGENT)).isEqualTo("READ|URGENT");
        assertThat(Readiness.describe(16)).isEqualTo("NONE");
    }
}
