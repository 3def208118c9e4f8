/**
 * Programs that each measure one thing at its full size, in one process: many connections, many threads, many names.
 */
@NullMarked
package dev.verdant.benchmarks.scale;

import org.jspecify.annotations.NullMarked;
