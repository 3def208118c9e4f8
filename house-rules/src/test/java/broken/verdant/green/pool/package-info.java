/**
 * A package that does not say what null means.
 */
package broken.verdant.green.pool;
