/**
 * The load generator, a process of its own: one thread that asks a server, checks every byte of its answers and takes the times.
 */
@NullMarked
package dev.verdant.benchmarks.load;

import org.jspecify.annotations.NullMarked;
