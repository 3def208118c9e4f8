/**
 * What a strict HTTP/1.1 server answers: rows of bytes and expectations, and what sends them to a server and judges its answers.
 */
@NullMarked
package dev.verdant.conformance.http;

import org.jspecify.annotations.NullMarked;
