/**
 * The test-kit: what downstream tests stand on, such as the contract that every hub meets.
 */
@NullMarked
package dev.verdant.testkit;

import org.jspecify.annotations.NullMarked;
