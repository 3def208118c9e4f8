package dev.verdant.conformance.tls;

import static org.assertj.core.api.Assertions.assertThat;

import dev.verdant.conformance.HubTest;
import dev.verdant.green.ssl.Engine;
import java.nio.charset.StandardCharsets;

/** The pair that the other tests use speaks TLS both ways. */
class TlsPairTest {

    @HubTest
    void aPairSpeaksBothWaysWithEachVersion(Engine engine) throws Exception {
        for (String protocol : new String[]{"TLSv1.2", "TLSv1.3"}) {
            try (var pair = TlsPair.open(engine, protocol)) {
                assertThat(pair.client().getSession().getProtocol()).isEqualTo(protocol);
                pair.client().sendAll("ping".getBytes(StandardCharsets.UTF_8));
                assertThat(pair.server().recv(10)).asString().isEqualTo("ping");
                pair.server().sendAll("pong".getBytes(StandardCharsets.UTF_8));
                assertThat(pair.client().recv(10)).asString().isEqualTo("pong");
            }
        }
    }
}
