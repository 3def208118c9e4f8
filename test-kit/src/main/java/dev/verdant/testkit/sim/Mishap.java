package dev.verdant.testkit.sim;

import dev.verdant.green.spi.FaultPoint;

/** The places where the simulated network and the simulated operating system may misbehave. */
final class Mishap {

    /** A read takes less than there is. */
    static final FaultPoint READ_SHORT = FaultPoint.named("net.read-short");
    /** A write takes less than there is room for. */
    static final FaultPoint WRITE_SHORT = FaultPoint.named("net.write-short");
    /** A read finds nothing though there is something, which is told of anew. */
    static final FaultPoint READ_BLOCKED = FaultPoint.named("net.read-blocked");
    /** A write finds no room though there is some, which is told of anew. */
    static final FaultPoint WRITE_BLOCKED = FaultPoint.named("net.write-blocked");
    /** A handler is called for nothing. */
    static final FaultPoint NEWS_SPURIOUS = FaultPoint.named("net.news-spurious");
    /** A handler is called late. */
    static final FaultPoint NEWS_LATE = FaultPoint.named("net.news-late");
    /** A poll returns before its time. */
    static final FaultPoint POLL_EARLY = FaultPoint.named("net.poll-early");
    /** A connect is refused though somebody listens. */
    static final FaultPoint CONNECT_REFUSED = FaultPoint.named("net.connect-refused");
    /** A connect takes its time. */
    static final FaultPoint CONNECT_SLOW = FaultPoint.named("net.connect-slow");
    /** The first packet of a connect is lost, and sent again a second later. */
    static final FaultPoint CONNECT_LOST = FaultPoint.named("net.connect-lost");
    /** A listener's backlog is full. */
    static final FaultPoint BACKLOG_FULL = FaultPoint.named("net.backlog-full");
    /** An accept finds no descriptor left. */
    static final FaultPoint ACCEPT_EXHAUSTED = FaultPoint.named("net.accept-exhausted");
    /** A connection dies before it is accepted. */
    static final FaultPoint ACCEPT_ABORTED = FaultPoint.named("net.accept-aborted");
    /** A channel cannot be opened because no descriptor is left. */
    static final FaultPoint OPEN_EXHAUSTED = FaultPoint.named("net.open-exhausted");
    /** A port is taken. */
    static final FaultPoint BIND_IN_USE = FaultPoint.named("net.bind-in-use");
    /** A connection breaks where it is written to. */
    static final FaultPoint RESET = FaultPoint.named("net.reset");
    /** A connection goes silent for ever. */
    static final FaultPoint PEER_DIES = FaultPoint.named("net.peer-dies");
    /** The end of a stream is late. */
    static final FaultPoint END_LATE = FaultPoint.named("net.end-late");
    /** A packet of a stream is late, and all behind it. */
    static final FaultPoint LATENCY_SPIKE = FaultPoint.named("net.latency-spike");
    /** A datagram is lost. */
    static final FaultPoint DATAGRAM_LOST = FaultPoint.named("net.datagram-lost");
    /** A datagram comes twice. */
    static final FaultPoint DATAGRAM_TWICE = FaultPoint.named("net.datagram-twice");
    /** A datagram comes after others that were sent later. */
    static final FaultPoint DATAGRAM_LATE = FaultPoint.named("net.datagram-late");
    /** A datagram finds no room at its sender. */
    static final FaultPoint DATAGRAM_BLOCKED = FaultPoint.named("net.datagram-blocked");
    /** A name is not known. */
    static final FaultPoint NAME_UNKNOWN = FaultPoint.named("net.name-unknown");
    /** A name takes its time. */
    static final FaultPoint NAME_SLOW = FaultPoint.named("net.name-slow");
    /** The clock on the wall is set, by hand or by a time server. */
    static final FaultPoint CLOCK_SET = FaultPoint.named("clock.set");

    private Mishap() {}
}
