/**
 * Which of several possible things happens next in a simulation: drawn from a seed, recorded, replayed, and shrunk to what matters for a failure.
 */
@NullMarked
package dev.verdant.testkit.schedule;

import org.jspecify.annotations.NullMarked;
