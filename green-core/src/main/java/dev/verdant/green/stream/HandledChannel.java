package dev.verdant.green.stream;

import dev.verdant.green.kernel.Pollable;
import dev.verdant.green.net.GreenChannel;
import dev.verdant.hub.Readiness;
import java.io.IOException;

/** A channel with a handler: see {@link IOLoop#addHandler}. Confined to its loop. */
final class HandledChannel extends Watched {

    /*
     * The hubs tell of a readiness once; a handler is called for as long as it lasts. So after each call the hub is asked anew about the reading, unless a try
     * has found that nothing is left; whether there is room to write is known without asking.
     */
    private final IOLoop ioLoop;
    private final GreenChannel channel;
    private final Pollable waits;
    private final IOHandler handler;
    private int wanted;
    private boolean broken;
    private boolean removed;

    HandledChannel(IOLoop ioLoop, GreenChannel channel, Pollable waits, IOHandler handler) {
        super(ioLoop);
        this.ioLoop = ioLoop;
        this.channel = channel;
        this.waits = waits;
        this.handler = handler;
    }

    GreenChannel channel() {
        return channel;
    }

    void want(int events) throws IOException {
        wanted = events;
        lookAnew(IOLoop.READ, Readiness.READ);
        lookAnew(IOLoop.WRITE, Readiness.WRITE);
        if (events == IOLoop.ERROR) {
            boolean _ = waits.expect(Readiness.READ);
        }
    }

    private void lookAnew(int event, int op) throws IOException {
        if ((wanted & event) != 0) {
            waits.recheck(op);
        }
    }

    void remove() {
        removed = true;
        waits.stopListening();
    }

    @Override
    public void ready(int ops) {
        broken |= (ops & Readiness.ENDED) != 0;
        enqueue();
    }

    @Override
    void act() throws Exception {
        if (removed) {
            return;
        }
        int events = events();
        if (waits.isClosed()) {
            ioLoop.removeHandler(channel);
        }
        if (events != 0) {
            try {
                handler.handle(channel, events);
            } finally {
                goOn();
            }
        }
    }

    private int events() {
        boolean closed = waits.isClosed();
        int events = closed || broken ? IOLoop.ERROR : 0;
        broken = false;
        if (!closed && Pollable.isReady(waits.state(Readiness.READ))) {
            events |= IOLoop.READ;
        }
        if (!closed && Pollable.isReady(waits.state(Readiness.WRITE))) {
            events |= IOLoop.WRITE;
        }
        return events & wanted;
    }

    private void goOn() throws IOException {
        if (removed || waits.isClosed()) {
            return;
        }
        if ((wanted & IOLoop.READ) != 0) {
            if (Pollable.isReady(waits.state(Readiness.READ))) {
                waits.recheck(Readiness.READ);
            } else if (waits.expect(Readiness.READ)) {
                enqueue();
            }
        }
        if ((wanted & IOLoop.WRITE) != 0 && waits.expect(Readiness.WRITE)) {
            enqueue();
        }
    }

    @Override
    public String toString() {
        return "an IOLoop handler of " + channel;
    }
}
