package dev.verdant.testkit.sim;

import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** Binds channels to the ports of their hosts, and finds who listens there. With the timeline's word taken. */
final class Ports {

    private Ports() {}

    static InetSocketAddress bind(SimChannel channel, PortTable table, InetSocketAddress at) throws BindException {
        if (!channel.host.isOwn(at.getAddress()) && !at.getAddress().isMulticastAddress()) {
            throw new BindException("Cannot assign requested address: " + at);
        }
        if (channel.world.strikes(Mishap.BIND_IN_USE)) {
            throw new BindException("Address already in use: " + at);
        }
        return table.bind(channel, at);
    }

    /** Returns the address that a channel has towards another: it keeps its port if it has one, else gets a free one. */
    static InetSocketAddress bindTowards(SimChannel channel, PortTable table, @Nullable InetSocketAddress bound,
            InetAddress remote) throws BindException {
        InetAddress own = channel.host.addressTowards(remote);
        if (bound == null) {
            return table.bind(channel, new InetSocketAddress(own, 0));
        }
        return bound.getAddress().isAnyLocalAddress() ? new InetSocketAddress(own, bound.getPort()) : bound;
    }

    /** Returns who listens at an address, by chance if several do; null if nobody does. */
    static @Nullable SimListener listener(SimHost host, InetSocketAddress at, SplittableRandom random) {
        List<SimListener> found = new ArrayList<>(1);
        for (SimChannel channel : host.tcp.at(at.getAddress(), at.getPort())) {
            if (channel instanceof SimListener listener && listener.isListening()) {
                found.add(listener);
            }
        }
        return found.isEmpty() ? null : found.get(found.size() == 1 ? 0 : random.nextInt(found.size()));
    }
}
