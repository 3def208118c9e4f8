/**
 * The room of the faulty hub: any hub, with accepts that fail, short transfers and late wake-ups put around it.
 */
@NullMarked
package dev.verdant.testkit.faulty;

import org.jspecify.annotations.NullMarked;
