/**
 * The test-kit: what downstream tests hold, from a test that runs from a seed to the contract that every hub meets.
 */
@NullMarked
package dev.verdant.testkit;

import org.jspecify.annotations.NullMarked;
