/**
 * Queues that green threads hand things over with: bounded, unbounded, or without any room; usable from any thread.
 */
@NullMarked
package dev.verdant.green.queue;

import org.jspecify.annotations.NullMarked;
