package dev.verdant.conformance;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** A {@link HubTest}, or all those of a class, that cannot be run on the simulated hub, and why. */
@Target({ElementType.METHOD, ElementType.TYPE})
@Retention(RetentionPolicy.RUNTIME)
public @interface NotSimulated {

    /** Its subject is the machine. */
    String MACHINE = "it is about the system calls, files, processes, names or threads of the machine";

    /** It compares with, or talks to, sockets of the JDK's. */
    String JDK_SOCKETS = "sockets of the JDK's are on the machine's network";

    /** A Verdant deadline is to pass during a timed wait of the JDK's. */
    String JDK_TIME = "a timed wait of the JDK's is timed by the real clock, and the virtual one stands meanwhile";

    /** A Verdant deadline is to pass while native threads work. */
    String NATIVE_WORK = "virtual time stands while somebody waits for work on a native thread";

    /** A Verdant deadline is to pass while a green thread never waits. */
    String NEVER_IDLE = "virtual time stands while a green thread is ready or runs";

    /** For a person to read. */
    String value();
}
