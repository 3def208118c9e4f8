/**
 * The behaviour suite: what Verdant promises, a test each, run once for every hub that is usable here.
 */
@NullMarked
package dev.verdant.conformance;

import org.jspecify.annotations.NullMarked;
