/**
 * The room of the JDK's door to name look-ups: a resolver provider that passes through, until somebody who runs green threads hooks in. It knows the JDK alone.
 */
@NullMarked
package dev.verdant.green.dns;

import org.jspecify.annotations.NullMarked;
