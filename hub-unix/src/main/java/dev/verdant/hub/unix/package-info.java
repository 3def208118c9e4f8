/**
 * Channels on bare descriptors, and the hub that drives a Netty poller: all that epoll and kqueue have in common.
 *
 * <p>A hub adds three things: what registers a descriptor, the numbers of its events, and what they mean in
 * {@link dev.verdant.hub.Readiness} bits. See {@link dev.verdant.hub.unix.UnixHub}.
 */
@NullMarked
package dev.verdant.hub.unix;

import org.jspecify.annotations.NullMarked;
