/**
 * The hub that runs anywhere: a {@link java.nio.channels.Selector}, and the reading that the others are held against.
 */
@NullMarked
package dev.verdant.hub.nio;

import org.jspecify.annotations.NullMarked;
