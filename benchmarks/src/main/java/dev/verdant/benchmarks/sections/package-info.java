/**
 * What {@code ./verdant bench} measures, a class a section: which servers, which load, which aims.
 */
@NullMarked
package dev.verdant.benchmarks.sections;

import org.jspecify.annotations.NullMarked;
