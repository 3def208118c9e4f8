/**
 * Sockets: connections and listeners whose calls wait without holding a thread.
 */
@NullMarked
package dev.verdant.green.net;

import org.jspecify.annotations.NullMarked;
