package dev.verdant.green.net;

import dev.verdant.green.kernel.Loop;
import java.io.IOException;
import java.util.function.Consumer;

/** Takes connections from a listener and gives each to somebody who does as he likes with it. Confined to its loop. */
final class TakingAcceptor extends Acceptor {

    private final Consumer<? super GreenSocket> taker;
    private final Loop loop;

    TakingAcceptor(GreenServerSocket listener, Consumer<? super GreenSocket> taker) {
        super(listener, listener.handlers());
        this.taker = taker;
        this.loop = listener.loop();
    }

    @Override
    boolean mayAccept() {
        return true;
    }

    @Override
    boolean hasRoom() {
        return true;
    }

    @Override
    String room() {
        return "room";
    }

    @Override
    void hand(GreenSocket connection) {
        boolean taken = false;
        try {
            taker.accept(connection);
            taken = true;
        } catch (RuntimeException e) {
            loop.host().report("who takes connections of " + connection, e);
        } finally {
            if (!taken) {
                close(connection);
            }
        }
    }

    private static void close(GreenSocket connection) {
        try {
            connection.close();
        } catch (IOException e) {
            // What the operating system says at a close helps nobody.
        }
    }

    @Override
    void ended() {}
}
