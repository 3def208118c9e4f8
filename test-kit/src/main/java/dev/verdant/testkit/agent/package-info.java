/**
 * The room of the agent that has uses of the machine's clocks, random sources and threads told to simulations: {@code -javaagent}, and call sites that are rewritten.
 */
@NullMarked
package dev.verdant.testkit.agent;

import org.jspecify.annotations.NullMarked;
