/**
 * {@code ./verdant bench}: what is measured, in which order, and where it is written down.
 */
@NullMarked
package dev.verdant.benchmarks;

import org.jspecify.annotations.NullMarked;
