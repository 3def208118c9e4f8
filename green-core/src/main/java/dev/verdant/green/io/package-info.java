/**
 * Pipes, processes and files: what green threads read and write that is not a socket, without holding a thread.
 */
@NullMarked
package dev.verdant.green.io;

import org.jspecify.annotations.NullMarked;
