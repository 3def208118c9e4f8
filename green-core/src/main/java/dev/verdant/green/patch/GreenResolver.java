package dev.verdant.green.patch;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.net.spi.InetAddressResolver;
import java.util.stream.Stream;

/**
 * Has native threads look up what green threads ask for, by the resolver that would look it up anyhow; everybody else passes through.
 *
 * <p>They ask the resolver and not the JDK's {@link InetAddress}, which has asked us while it holds a lock, one for each name.
 */
final class GreenResolver implements InetAddressResolver {

    private final InetAddressResolver next;

    GreenResolver(InetAddressResolver next) {
        this.next = next;
    }

    @Override
    public Stream<InetAddress> lookupByName(String host, LookupPolicy policy) throws UnknownHostException {
        // Whatever a stream still has to do when it is read is done off the loop, too.
        return OffLoop.mayWait()
                ? OffLoop.findElsewhere("the addresses of " + host, () -> next.lookupByName(host, policy).toList())
                        .stream()
                : next.lookupByName(host, policy);
    }

    @Override
    public String lookupByAddress(byte[] address) throws UnknownHostException {
        return OffLoop.find("the name of " + InetAddress.getByAddress(address).getHostAddress(),
                () -> next.lookupByAddress(address));
    }
}
