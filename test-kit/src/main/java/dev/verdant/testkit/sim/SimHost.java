package dev.verdant.testkit.sim;

import java.net.InetAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * A host of a {@link World}: an address, ports, and what runs on it. Any thread may call.
 */
public final class SimHost {

    static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");
    static final InetAddress BROADCAST = InetAddress.ofLiteral("255.255.255.255");
    static final InetAddress LOOPBACK_6 = InetAddress.ofLiteral("::1");

    final World world;
    final int number;

    private final String name;
    private final InetAddress address;
    private volatile boolean down;

    // Guarded by the timeline's word.
    final PortTable tcp = new PortTable();
    final PortTable udp = new PortTable();
    final Map<SocketAddress, SimChannel> unixNames = new HashMap<>();
    private final Set<SimChannel> channels = new LinkedHashSet<>();
    private final Map<SimHost, SimLink> links = new LinkedHashMap<>();

    SimHost(World world, String name, int number, InetAddress address) {
        this.world = world;
        this.name = name;
        this.number = number;
        this.address = address;
    }

    static InetAddress address(int number) {
        try {
            return InetAddress.getByAddress(new byte[]{10, (byte) (number >> 16), (byte) (number >> 8), (byte) number});
        } catch (UnknownHostException e) {
            throw new IllegalStateException("four bytes are an address", e);
        }
    }

    /**
     * Returns the name.
     *
     * @return as it was given
     */
    public String name() {
        return name;
    }

    /**
     * Returns the address at which other hosts find it. Itself, it also answers to those of the loopback.
     *
     * @return an IPv4 address
     */
    public InetAddress address() {
        return address;
    }

    // ---- who runs here

    /**
     * Runs something on this host: what it opens, and what threads open that it starts, belongs here.
     *
     * @param <T> the type of its result
     * @param body what to run
     * @return its result
     * @throws Exception what it throws
     */
    public <T> T call(Callable<T> body) throws Exception {
        SimHost before = World.enter(this);
        try {
            return body.call();
        } finally {
            World.enter(before);
        }
    }

    /**
     * Runs something on this host, as {@link #call} does.
     *
     * @param body what to run
     */
    public void run(Runnable body) {
        SimHost before = World.enter(this);
        try {
            body.run();
        } finally {
            World.enter(before);
        }
    }

    /**
     * Returns how many channels are open here.
     *
     * @return 0 or more
     */
    public int openChannels() {
        Timeline time = world.time;
        time.enter();
        int open = channels.size();
        time.leave();
        return open;
    }

    // ---- crashes

    /**
     * Pulls the plug. Every channel of the host vanishes without a word to its peer, who learns of it when he sends: by a reset if the host is up again, and
     * by silence until it is. Its ports are free. Calls of the vanished channels fail; the threads that run here are whoever's who started them.
     */
    public void crash() {
        Timeline time = world.time;
        time.enter();
        try {
            if (down) {
                return;
            }
            down = true;
            time.tell(NetEvent.CRASHED, number, 0, 0);
            new ArrayList<>(channels).forEach(SimChannel::vanish);
            tcp.clear();
            udp.clear();
            unixNames.clear();
        } finally {
            time.leave();
        }
    }

    /** Has it come up again after a {@link #crash()}, with nothing open. */
    public void restart() {
        Timeline time = world.time;
        time.enter();
        try {
            if (down) {
                down = false;
                time.tell(NetEvent.RESTARTED, number, 0, 0);
            }
        } finally {
            time.leave();
        }
    }

    /**
     * Tells whether it has crashed and not been restarted.
     *
     * @return true between the two
     */
    public boolean isDown() {
        return down;
    }

    @Override
    public String toString() {
        return name + "/" + address.getHostAddress();
    }

    // ---- with the timeline's word taken

    void add(SimChannel channel) {
        channels.add(channel);
    }

    void remove(SimChannel channel) {
        channels.remove(channel);
    }

    List<SimChannel> channels() {
        return List.copyOf(channels);
    }

    /** Returns the host that an address means here, or null if nobody has it. */
    @Nullable SimHost find(InetAddress target) {
        return isOwn(target) ? this : world.hostAt(target);
    }

    boolean isOwn(InetAddress target) {
        return target.isAnyLocalAddress() || target.isLoopbackAddress() || target.equals(address);
    }

    /** Returns the address that a channel here has towards {@code remote}. */
    InetAddress addressTowards(InetAddress remote) {
        if (remote.isLoopbackAddress()) {
            return remote.getAddress().length == 4 ? LOOPBACK : LOOPBACK_6;
        }
        return address;
    }

    SimLink linkTo(SimHost to) {
        SimLink link = links.get(to);
        if (link == null) {
            link = new SimLink(world, this, to);
            links.put(to, link);
        }
        return link;
    }

    Collection<SimLink> links() {
        Timeline time = world.time;
        time.enter();
        try {
            return List.copyOf(links.values());
        } finally {
            time.leave();
        }
    }
}
