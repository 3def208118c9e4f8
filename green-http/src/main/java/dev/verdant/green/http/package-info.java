/**
 * A strict HTTP/1.1 server whose connections are green threads and whose handlers are the JDK's.
 */
@NullMarked
package dev.verdant.green.http;

import org.jspecify.annotations.NullMarked;
