/**
 * Tornado's side: {@code IOLoop} and {@code IOStream}, for people who come from there or need callbacks, on the same loops as green threads.
 */
@NullMarked
package dev.verdant.green.stream;

import org.jspecify.annotations.NullMarked;
