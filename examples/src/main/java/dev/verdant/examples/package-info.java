/**
 * Programs to run and to copy from: one file an idea.
 */
@NullMarked
package dev.verdant.examples;

import org.jspecify.annotations.NullMarked;
