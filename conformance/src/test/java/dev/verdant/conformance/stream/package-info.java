/**
 * What tornado's {@code IOLoop} and {@code IOStream} promise, on every hub: T1, T2, ... are the cases of its own tests.
 */
@NullMarked
package dev.verdant.conformance.stream;

import org.jspecify.annotations.NullMarked;
