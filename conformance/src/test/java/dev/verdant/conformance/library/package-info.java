/**
 * Other people's libraries, unmodified, on green threads: database drivers and their pools, HTTP and mail clients, each with a server.
 */
@NullMarked
package dev.verdant.conformance.library;

import org.jspecify.annotations.NullMarked;
