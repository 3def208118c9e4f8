/**
 * TLS on green sockets, with certificates made for each run.
 */
@NullMarked
package dev.verdant.conformance.tls;

import org.jspecify.annotations.NullMarked;
