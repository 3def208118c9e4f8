/**
 * The hub on kqueue: one registration a descriptor and direction, edge-triggered.
 */
@NullMarked
package dev.verdant.hub.kqueue;

import org.jspecify.annotations.NullMarked;
