/**
 * What green threads wait for each other with: events and semaphores, usable from any thread.
 */
@NullMarked
package dev.verdant.green.sync;

import org.jspecify.annotations.NullMarked;
