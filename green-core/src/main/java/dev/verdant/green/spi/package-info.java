/**
 * For tools and test-kits: watching a loop, and choosing what it runs next. May change in minor releases.
 */
@NullMarked
package dev.verdant.green.spi;

import org.jspecify.annotations.NullMarked;
