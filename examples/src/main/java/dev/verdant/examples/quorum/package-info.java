/**
 * A replicated register: a value that several replicas keep, which survives the crash of a minority of them. To be read with its test, which runs it on a simulated
 * network.
 */
@NullMarked
package dev.verdant.examples.quorum;

import org.jspecify.annotations.NullMarked;
