package dev.verdant.green.net;

import dev.verdant.green.kernel.Loop;
import dev.verdant.green.kernel.Offload;
import dev.verdant.green.kernel.Waiter;
import dev.verdant.hub.NameService;
import java.io.IOException;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Host names to addresses: {@link InetAddress#getAllByName} on native threads, with its results, its order and its cache. A name that many ask for
 * at a time is looked up once.
 */
final class Names {

    /** What is being looked up. A second look-up of a name, which races may bring about, does no harm. */
    private static final ConcurrentHashMap<String, Offload.Work<List<InetAddress>>> UNDER_WAY = new ConcurrentHashMap<>();

    private Names() {}

    /** Waits for the addresses of a name for so many nanoseconds; less than 0 is for ever. */
    static List<InetAddress> resolve(String host, long nanos) throws IOException, InterruptedException {
        if (isAtHand(host)) {
            return List.of(InetAddress.getAllByName(host));
        }
        Loop loop = Loop.current();
        NameService network = loop == null ? null : loop.hub().names().orElse(null);
        return network == null ? resolveInTheJdk(host, nanos) : resolveIn(network, host, nanos);
    }

    /** The network is not the machine's. */
    private static List<InetAddress> resolveIn(NameService network, String host, long nanos)
            throws IOException, InterruptedException {
        long delay = network.delayNanos(host);
        boolean inTime = nanos < 0 || delay <= nanos;
        boolean _ = new Waiter().await("the addresses of " + host, inTime ? delay : nanos);
        if (!inTime) {
            throw timedOut(host);
        }
        var named = new ArrayList<InetAddress>();
        for (InetAddress address : network.lookUp(host)) {
            named.add(InetAddress.getByAddress(host, address.getAddress())); // As the JDK's know what they were looked up by.
        }
        return named;
    }

    private static List<InetAddress> resolveInTheJdk(String host, long nanos) throws IOException, InterruptedException {
        var lookUp = UNDER_WAY.computeIfAbsent(host, Names::lookUp);
        boolean done = false;
        try {
            done = lookUp.await(nanos);
        } finally {
            if (!done && !lookUp.isUnderWay()) {
                UNDER_WAY.remove(host, lookUp);
            }
        }
        if (!done) {
            throw timedOut(host);
        }
        return result(lookUp);
    }

    private static SocketTimeoutException timedOut(String host) {
        return new SocketTimeoutException("Name look-up timed out: " + host);
    }

    private static Offload.Work<List<InetAddress>> lookUp(String host) {
        return Offload.NAMES.work("the addresses of " + host, () -> {
            try {
                return List.of(InetAddress.getAllByName(host));
            } finally {
                UNDER_WAY.remove(host);
            }
        });
    }

    /** Several may share one failure, and each is to have its own stack. */
    private static List<InetAddress> result(Offload.Work<List<InetAddress>> lookUp) throws IOException {
        try {
            return lookUp.result();
        } catch (UnknownHostException e) {
            var unknown = new UnknownHostException(e.getMessage());
            unknown.initCause(e);
            throw unknown;
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError("a look-up threw what it does not declare; please report", e);
        }
    }

    /** The empty name is the loopback address in the JDK, and what ends in a digit or has a colon may be a literal: the JDK asks nobody for these. */
    private static boolean isAtHand(String host) {
        if (host.isEmpty()) {
            return true;
        }
        if (host.indexOf(':') < 0 && Character.digit(host.charAt(host.length() - 1), 10) < 0) {
            return false;
        }
        try {
            InetAddress _ = InetAddress.ofLiteral(host);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
