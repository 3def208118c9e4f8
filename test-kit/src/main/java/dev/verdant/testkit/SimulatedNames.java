package dev.verdant.testkit;

import dev.verdant.hub.NameService;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.net.spi.InetAddressResolver;
import java.net.spi.InetAddressResolverProvider;
import java.security.Security;
import java.util.ServiceLoader;
import java.util.stream.Stream;

/**
 * Lets {@link InetAddress#getByName} and {@code new InetSocketAddress("db-1", 5432)} find the hosts of the {@link Simulation} that the caller is in. For everybody
 * else, and outside of simulations, it hands on to the process's other resolver, or the JDK's. The JDK finds it by itself.
 */
public final class SimulatedNames extends InetAddressResolverProvider {

    /** Created by the JDK. */
    public SimulatedNames() {}

    @Override
    public InetAddressResolver get(Configuration configuration) {
        doNotCache("networkaddress.cache.ttl");
        doNotCache("networkaddress.cache.negative.ttl");
        InetAddressResolver next = ServiceLoader.load(InetAddressResolverProvider.class).stream()
                .filter(other -> other.type() != SimulatedNames.class).findFirst()
                .map(other -> other.get().get(configuration)).orElseGet(configuration::builtinResolver);
        return new Resolver(next);
    }

    /** The JDK would remember a host of one simulation in the next. */
    private static void doNotCache(String property) {
        Security.setProperty(property, "0");
    }

    @Override
    public String name() {
        return "verdant-simulation";
    }

    private record Resolver(InetAddressResolver next) implements InetAddressResolver {

        @Override
        public Stream<InetAddress> lookupByName(String host, LookupPolicy policy) throws UnknownHostException {
            NameService names = Simulation.namesOfCaller();
            if (names == null) {
                return next.lookupByName(host, policy);
            }
            return names.lookUp(host).stream().map(address -> named(host, address));
        }

        private static InetAddress named(String host, InetAddress address) {
            try {
                return InetAddress.getByAddress(host, address.getAddress());
            } catch (UnknownHostException e) {
                throw new AssertionError("an address has the length of one", e);
            }
        }

        @Override
        public String lookupByAddress(byte[] address) throws UnknownHostException {
            return Simulation.namesOfCaller() == null
                    ? next.lookupByAddress(address)
                    : Simulation.current().nameOf(InetAddress.getByAddress(address));
        }
    }
}
