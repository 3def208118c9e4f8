package dev.verdant.testkit.sim;

import dev.verdant.hub.SocketDomain;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;

/** A channel that can be bound: to a port of its host, or to a Unix-domain name. */
abstract class SimSocket extends SimChannel {

    final SocketDomain domain;

    /** The ports of its protocol. */
    private final PortTable ports;

    /** Creates one. Takes the word itself. */
    SimSocket(SimHub hub, SimHost host, SocketDomain domain, PortTable ports, OptionValues options)
            throws SocketException {
        super(hub, host, options);
        this.domain = domain;
        this.ports = ports;
    }

    /** Creates one with the word taken. */
    SimSocket(SimHub hub, SimHost host, SocketDomain domain, PortTable ports, OptionValues options, boolean taken) {
        super(hub, host, options, taken);
        this.domain = domain;
        this.ports = ports;
    }

    final boolean isUnix() {
        return domain == SocketDomain.UNIX;
    }

    /** Binds it. Takes the word itself. */
    final void bindTo(SocketAddress at) throws IOException {
        requireDomain(at);
        time.enter();
        try {
            bindNow(at);
        } finally {
            time.leave();
        }
    }

    /** Binds it to an address of its domain, with the word taken. */
    final void bindNow(SocketAddress at) throws IOException {
        requireOpen();
        if (local != null) {
            throw new SocketException("Already bound");
        }
        local = isUnix() ? UnixNames.bind(this, at) : Ports.bind(this, ports, resolved((InetSocketAddress) at));
    }

    /** Its address is free again. With the word taken. */
    final void letGoOfAddress() {
        if (local instanceof InetSocketAddress inet) {
            ports.release(this, inet.getPort());
        } else if (local != null) {
            host.unixNames.remove(local, this);
        }
    }

    final void requireDomain(SocketAddress address) {
        if (SocketDomain.of(address) != domain) {
            throw new IllegalArgumentException("address: " + address + " (expected: one of the domain " + domain + ")");
        }
    }
}
