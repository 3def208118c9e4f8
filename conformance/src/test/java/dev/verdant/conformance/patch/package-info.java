/**
 * What monkey patching does to the JDK's calls, in JVMs that have been patched and in libraries that were imported patched.
 */
@NullMarked
package dev.verdant.conformance.patch;

import org.jspecify.annotations.NullMarked;
