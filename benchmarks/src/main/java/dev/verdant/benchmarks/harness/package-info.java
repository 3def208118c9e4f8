/**
 * What sections measure with: the machine and its tools, servers as processes, their CPU and memory, the load generator, rounds in which all take turns.
 */
@NullMarked
package dev.verdant.benchmarks.harness;

import org.jspecify.annotations.NullMarked;
