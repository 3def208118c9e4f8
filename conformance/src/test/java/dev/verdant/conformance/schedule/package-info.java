/**
 * Random schedules of socket calls on real connections, held against a model of what may come out.
 */
@NullMarked
package dev.verdant.conformance.schedule;

import org.jspecify.annotations.NullMarked;
