package dev.verdant.testkit.sim;

/** What a {@link WorldListener} is told of. */
public enum NetEvent {

    /** A channel was opened. */
    OPENED,
    /** A channel was closed. */
    CLOSED,
    /** A channel asks for a connection, or asks again. */
    CONNECTING,
    /** A channel's connection stands. */
    CONNECTED,
    /** A channel's connect has failed. */
    REFUSED,
    /** A listener has a connection to accept. */
    PENDING,
    /** A listener's connection was accepted. */
    ACCEPTED,
    /** Bytes of a stream have left. */
    SENT,
    /** Bytes of a stream have arrived. */
    ARRIVED,
    /** The end of a stream has arrived. */
    ENDED,
    /** A connection was broken. */
    RESET,
    /** A datagram has left. */
    DATAGRAM_SENT,
    /** A datagram has arrived. */
    DATAGRAM_ARRIVED,
    /** Something was lost on its way. */
    LOST,
    /** A datagram will arrive twice. */
    DUPLICATED,
    /** A handler will be called; the size is the bits of {@link dev.verdant.hub.Readiness}. */
    NEWS,
    /** A host crashed. */
    CRASHED,
    /** A host came up again. */
    RESTARTED
}
