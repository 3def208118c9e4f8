/**
 * The rules that hold the rooms of the house apart, each with the sentence that says why, and a proof that each can fail.
 */
@NullMarked
package dev.verdant.rules;

import org.jspecify.annotations.NullMarked;
