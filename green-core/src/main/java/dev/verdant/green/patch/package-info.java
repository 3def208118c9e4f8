/**
 * Monkey patching: other people's blocking code on green sockets, names and processes.
 */
@NullMarked
package dev.verdant.green.patch;

import org.jspecify.annotations.NullMarked;
