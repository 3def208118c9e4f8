/**
 * Random programs over the toolkit, held step by step against a plain model.
 */
@NullMarked
package dev.verdant.conformance.program;

import org.jspecify.annotations.NullMarked;
