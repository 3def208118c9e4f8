/**
 * The hub: what a poller must offer to Verdant's loops, and the choice of one.
 *
 * <p>A hub's author implements {@link dev.verdant.hub.HubProvider}, {@link dev.verdant.hub.Hub} and the channels, and names the
 * provider in {@code META-INF/services}. The green core above knows nothing else of the operating system.
 */
@NullMarked
package dev.verdant.hub;

import org.jspecify.annotations.NullMarked;
