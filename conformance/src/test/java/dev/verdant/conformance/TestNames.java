package dev.verdant.conformance;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.net.spi.InetAddressResolver;
import java.net.spi.InetAddressResolverProvider;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/** Names that end in {@code .verdant.test} are what a test says they are; all others are the system's. */
public final class TestNames extends InetAddressResolverProvider {

    private static final Map<String, Name> NAMES = new ConcurrentHashMap<>();
    private static final AtomicLong LAST = new AtomicLong();

    /** Called by the JDK. */
    public TestNames() {}

    /** A name that nobody has used before, so that the JDK's cache does not know it. */
    static final class Name {

        final String host = "n" + LAST.incrementAndGet() + ".verdant.test";
        final AtomicInteger lookUps = new AtomicInteger();
        private final Callable<List<InetAddress>> answer;

        Name(Callable<List<InetAddress>> answer) {
            this.answer = answer;
            NAMES.put(host, this);
        }
    }

    /** Makes a name with these addresses. */
    static String of(String... addresses) {
        return new Name(() -> Stream.of(addresses).map(InetAddress::ofLiteral).toList()).host;
    }

    @Override
    public InetAddressResolver get(Configuration configuration) {
        var system = configuration.builtinResolver();
        return new InetAddressResolver() {

            @Override
            public Stream<InetAddress> lookupByName(String host, LookupPolicy policy) throws UnknownHostException {
                if (!host.endsWith(".verdant.test")) {
                    return system.lookupByName(host, policy);
                }
                Name name = NAMES.get(host);
                if (name == null) {
                    throw new UnknownHostException(host + ": no such name");
                }
                name.lookUps.incrementAndGet();
                try {
                    var named = name.answer.call().stream().map(address -> withName(host, address)).toList();
                    return named.stream();
                } catch (UnknownHostException e) {
                    throw e;
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            }

            @Override
            public String lookupByAddress(byte[] address) throws UnknownHostException {
                return system.lookupByAddress(address);
            }
        };
    }

    private static InetAddress withName(String host, InetAddress address) {
        try {
            return InetAddress.getByAddress(host, address.getAddress());
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public String name() {
        return "verdant-test";
    }
}
