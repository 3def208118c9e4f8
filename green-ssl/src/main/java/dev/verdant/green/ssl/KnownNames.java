package dev.verdant.green.ssl;

import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIMatcher;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.StandardConstants;

/** The names that a server answers to; whoever asks for another is refused with {@code unrecognized_name} (RFC 6066, section 3). */
final class KnownNames extends SNIMatcher {

    private final List<HostPattern> patterns;

    KnownNames(List<HostPattern> patterns) {
        super(StandardConstants.SNI_HOST_NAME);
        this.patterns = List.copyOf(patterns);
    }

    @Override
    public boolean matches(SNIServerName name) {
        String host = name instanceof SNIHostName known ? known.getAsciiName() : HostPattern.decode(name);
        return patterns.stream().anyMatch(each -> each.matches(host));
    }
}
