package dev.verdant.benchmarks.load;

import java.io.IOException;

/** A load on one server, from its connections' opening to their end. */
interface Load extends AutoCloseable {

    /** Opens what it needs before the figures are taken. */
    void open() throws IOException;

    /** Loads the server, and returns when all that was asked is answered. */
    Figures run() throws IOException;

    @Override
    void close();
}
