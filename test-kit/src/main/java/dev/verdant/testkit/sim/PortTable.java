package dev.verdant.testkit.sim;

import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The ports of a host, for one protocol. Guarded by the timeline's word. */
final class PortTable {

    private static final int FIRST_EPHEMERAL = 32_768;
    private static final int LAST_EPHEMERAL = 60_999;

    private final Map<Integer, List<Binding>> ports = new HashMap<>();
    private int lastTaken = FIRST_EPHEMERAL - 1;

    /**
     * Binds a channel. It shares its port with others that are ready to, as it is.
     *
     * @return the address, with a port
     */
    InetSocketAddress bind(SimChannel channel, InetSocketAddress at) throws BindException {
        int port = at.getPort() == 0 ? free() : at.getPort();
        List<Binding> there = ports.computeIfAbsent(port, _ -> new ArrayList<>(1));
        for (Binding other : there) {
            if (other.overlaps(at.getAddress()) && !(channel.sharesPort() && other.channel.sharesPort())) {
                throw new BindException("Address already in use: " + at);
            }
        }
        var bound = new InetSocketAddress(at.getAddress(), port);
        there.add(new Binding(channel, at.getAddress()));
        return bound;
    }

    private int free() throws BindException {
        for (int tried = FIRST_EPHEMERAL; tried <= LAST_EPHEMERAL; tried++) {
            lastTaken = lastTaken == LAST_EPHEMERAL ? FIRST_EPHEMERAL : lastTaken + 1;
            if (!ports.containsKey(lastTaken)) {
                return lastTaken;
            }
        }
        throw new BindException("Address already in use: no ephemeral port is free");
    }

    void release(SimChannel channel, int port) {
        List<Binding> there = ports.get(port);
        if (there != null) {
            there.removeIf(binding -> binding.channel == channel);
            if (there.isEmpty()) {
                ports.remove(port);
            }
        }
    }

    void clear() {
        ports.clear();
    }

    /** Returns who is bound to an address and port: those of the very address before those of all addresses. */
    List<SimChannel> at(InetAddress address, int port) {
        List<SimChannel> exact = List.of();
        List<SimChannel> any = List.of();
        for (Binding binding : ports.getOrDefault(port, List.of())) {
            if (binding.address.equals(address)) {
                exact = with(exact, binding.channel);
            } else if (binding.address.isAnyLocalAddress()) {
                any = with(any, binding.channel);
            }
        }
        return exact.isEmpty() ? any : exact;
    }

    /** One alone is the usual case. */
    private static List<SimChannel> with(List<SimChannel> list, SimChannel channel) {
        if (list.isEmpty()) {
            return List.of(channel);
        }
        var longer = new ArrayList<>(list);
        longer.add(channel);
        return longer;
    }

    /** Returns all who are bound to a port. */
    List<SimChannel> at(int port) {
        return ports.getOrDefault(port, List.of()).stream().map(Binding::channel).toList();
    }

    private record Binding(SimChannel channel, InetAddress address) {

        boolean overlaps(@Nullable InetAddress other) {
            return address.equals(other) || address.isAnyLocalAddress() || other == null || other.isAnyLocalAddress();
        }
    }
}
