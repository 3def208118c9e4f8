package dev.verdant.conformance.library;

import java.io.Closeable;
import java.io.IOException;

/**
 * One of other people's libraries and the server it talks to, as {@link LibrariesTest} drives the two. Used by the green threads of one loop, many at a time.
 */
interface Subject extends Closeable {

    /** Asks the server for something, at its pace, and returns what it has answered: the same. */
    String ask(Pace pace, String what) throws Exception;

    /** How many calls the server has {@link Pace#WHEN_RELEASED in hand}: what it says itself. */
    int held() throws Exception;

    /** Has the server answer those. */
    void release() throws Exception;

    @Override
    void close() throws IOException;
}
