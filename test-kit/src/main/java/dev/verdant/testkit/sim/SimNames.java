package dev.verdant.testkit.sim;

import dev.verdant.hub.NameService;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Knows the names of a world's hosts, except for those that are to fail. Any thread. */
public final class SimNames implements NameService {

    private static final long LONGEST_DELAY_NANOS = 8_000_000_000L;

    private final World world;
    private final Set<String> unknown = ConcurrentHashMap.newKeySet();
    private final Map<String, Long> delays = new ConcurrentHashMap<>();

    SimNames(World world) {
        this.world = world;
    }

    /**
     * Has look-ups of a name fail.
     *
     * @param name a host's name
     */
    public void forget(String name) {
        unknown.add(name);
    }

    /**
     * Has look-ups of a name take long.
     *
     * @param name a host's name
     * @param by how long
     * @throws IllegalArgumentException if it is negative
     */
    public void delay(String name, Duration by) {
        delays.put(name, SimLink.nanos("by", by));
    }

    /** Takes {@link #forget} and {@link #delay} back, for all names. */
    public void heal() {
        unknown.clear();
        delays.clear();
    }

    @Override
    public long delayNanos(String name) {
        long delay = delays.getOrDefault(name, 0L);
        return world.strikes(Mishap.NAME_SLOW) ? delay + world.draw(Mishap.NAME_SLOW, LONGEST_DELAY_NANOS) : delay;
    }

    @Override
    public List<InetAddress> lookUp(String name) throws UnknownHostException {
        if (unknown.contains(name) || world.strikes(Mishap.NAME_UNKNOWN)) {
            throw new UnknownHostException(name + ": Name or service not known");
        }
        if (name.equals("localhost")) {
            return List.of(SimHost.LOOPBACK);
        }
        for (SimHost host : world.hosts()) {
            if (host.name().equalsIgnoreCase(name)) {
                return List.of(host.address());
            }
        }
        throw new UnknownHostException(name + ": Name or service not known");
    }
}
