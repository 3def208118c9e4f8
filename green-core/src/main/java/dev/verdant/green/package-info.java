/**
 * Green threads: what users hold. Start with {@link dev.verdant.green.Green#run}.
 */
@NullMarked
package dev.verdant.green;

import org.jspecify.annotations.NullMarked;
