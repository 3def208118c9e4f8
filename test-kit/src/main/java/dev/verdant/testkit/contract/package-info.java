/**
 * The chapters of the contract that every hub meets, and what drives a hub by hand.
 */
@NullMarked
package dev.verdant.testkit.contract;

import org.jspecify.annotations.NullMarked;
