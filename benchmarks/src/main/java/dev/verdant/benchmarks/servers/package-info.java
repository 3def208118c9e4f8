/**
 * The servers that are measured: ours, and those of peers that run on the JVM.
 */
@NullMarked
package dev.verdant.benchmarks.servers;

import org.jspecify.annotations.NullMarked;
