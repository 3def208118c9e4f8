/**
 * Pools: green threads in numbers, with a limit.
 */
@NullMarked
package dev.verdant.green.pool;

import org.jspecify.annotations.NullMarked;
