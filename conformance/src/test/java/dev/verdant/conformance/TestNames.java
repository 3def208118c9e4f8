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

/** Names that end in {@code .verdant.test}, and addresses that a test names, are what a test says they are; all others are the system's. */
public final class TestNames extends InetAddressResolverProvider {

    private static final Map<String, Name> NAMES = new ConcurrentHashMap<>();
    private static final AtomicLong LAST = new AtomicLong();

    /** Called by the JDK. */
    public TestNames() {}

    private static final Map<InetAddress, Callable<String>> ADDRESSES = new ConcurrentHashMap<>();

    /** A name that nobody has used before, so that the JDK's cache does not know it. */
    public static final class Name {

        public final String host = "n" + LAST.incrementAndGet() + ".verdant.test";
        public final AtomicInteger lookUps = new AtomicInteger();
        private final Callable<List<InetAddress>> answer;

        public Name(Callable<List<InetAddress>> answer) {
            this.answer = answer;
            NAMES.put(host, this);
        }
    }

    /** Makes a name with these addresses. */
    public static String of(String... addresses) {
        return new Name(() -> Stream.of(addresses).map(InetAddress::ofLiteral).toList()).host;
    }

    /** Gives an address a name, until it is given another. */
    public static void name(InetAddress address, Callable<String> host) {
        ADDRESSES.put(address, host);
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
                var name = ADDRESSES.get(InetAddress.getByAddress(address));
                try {
                    return name == null ? system.lookupByAddress(address) : name.call();
                } catch (UnknownHostException e) {
                    throw e;
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
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
