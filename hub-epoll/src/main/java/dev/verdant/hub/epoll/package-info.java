/**
 * The hub on Linux epoll: one registration a descriptor, edge-triggered, for both directions.
 */
@NullMarked
package dev.verdant.hub.epoll;

import org.jspecify.annotations.NullMarked;
