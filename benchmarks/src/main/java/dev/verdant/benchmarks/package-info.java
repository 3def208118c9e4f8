/**
 * Figures: the smallest server beside its peers, what a green thread costs, and what its primitives cost.
 */
@NullMarked
package dev.verdant.benchmarks;

import org.jspecify.annotations.NullMarked;
