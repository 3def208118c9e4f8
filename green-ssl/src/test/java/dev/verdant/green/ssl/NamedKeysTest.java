package dev.verdant.green.ssl;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.Principal;
import java.util.List;
import javax.security.auth.x500.X500Principal;
import org.junit.jupiter.api.Test;

/** What a peer may say when a certificate is chosen. */
class NamedKeysTest {

    @Test
    void anAuthorityThatIsNamedTwiceIsOne() throws Exception {
        Identity.Loaded identity = Authority.identity(Authority.server("localhost")).load();
        var keys = new NamedKeys(List.of(new NamedKeys.Entry(null, identity)));
        Principal ours = identity.certificate().getIssuerX500Principal();
        Principal other = new X500Principal("CN=somebody else");
        String kind = identity.certificate().getPublicKey().getAlgorithm();
        assertThat(keys.chooseEngineClientAlias(new String[]{kind}, new Principal[]{other, ours, other, ours}, null))
                .isEqualTo("0");
        assertThat(keys.getClientAliases(kind, new Principal[]{other, other})).isNull();
    }
}
