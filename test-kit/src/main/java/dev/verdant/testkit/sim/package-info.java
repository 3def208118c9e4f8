/**
 * The simulated machine room: hosts, a network in memory that misbehaves on command, a clock that jumps, and the hub that programs run on there.
 */
@NullMarked
package dev.verdant.testkit.sim;

import org.jspecify.annotations.NullMarked;
