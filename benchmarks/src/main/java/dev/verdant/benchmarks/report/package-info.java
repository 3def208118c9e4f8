/**
 * What a run has found, and how it is written down: estimates with their intervals, tables, charts and aims, as Markdown and as a page of HTML.
 */
@NullMarked
package dev.verdant.benchmarks.report;

import org.jspecify.annotations.NullMarked;
