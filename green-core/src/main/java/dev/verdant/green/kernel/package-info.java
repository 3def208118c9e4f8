/**
 * The engine: the loop, its ready queue and timers, parking and waking, and the one door to the JDK's internals.
 *
 * <p>Not exported. Nothing here knows sockets, queues or pools; they are written on {@link dev.verdant.green.kernel.Fiber#await}.
 */
@NullMarked
package dev.verdant.green.kernel;

import org.jspecify.annotations.NullMarked;
