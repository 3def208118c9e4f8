/**
 * JMH benchmarks of what green threads, queues, pools and streams cost.
 */
@NullMarked
package dev.verdant.benchmarks.micro;

import org.jspecify.annotations.NullMarked;
