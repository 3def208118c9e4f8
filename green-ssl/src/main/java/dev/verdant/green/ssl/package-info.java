/**
 * TLS: sockets whose encryption is an engine's, the JDK's or BoringSSL, and whose waits are green.
 */
@NullMarked
package dev.verdant.green.ssl;

import org.jspecify.annotations.NullMarked;
