/**
 * Channels on bare descriptors, and the hub that drives a Netty poller: all that epoll and kqueue have in common.
 *
 * <p>{@link dev.verdant.hub.unix.UnixChannel} is a descriptor in the poller; streams, listeners, datagram sockets and the ends of a pipe are
 * kinds of it. What the two kinds of addresses differ in stands apart from them, and so do the few calls of the C library that Netty does not have.
 *
 * <p>A hub adds three things: what registers a descriptor, the numbers of its events, and what they mean in
 * {@link dev.verdant.hub.Readiness} bits. See {@link dev.verdant.hub.unix.UnixHub}.
 */
@NullMarked
package dev.verdant.hub.unix;

import org.jspecify.annotations.NullMarked;
