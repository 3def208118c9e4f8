package dev.verdant.hub.kqueue;

import dev.verdant.hub.Readiness;

/**
 * The filters and flags of kevent(2), the same on macOS and the BSDs, and what they mean. Pure arithmetic: loads
 * nothing native. Netty has them too, but keeps them to itself.
 */
final class KQueueEvents {

    static final short EVFILT_READ = -1;
    static final short EVFILT_WRITE = -2;
    static final short EV_ADD = 0x1;
    static final short EV_DELETE = 0x2;
    static final short EV_CLEAR = 0x20;
    static final short EV_ERROR = 0x4000;
    static final short EV_EOF = (short) 0x8000;

    /** What a channel is registered for, in each direction. Ends come unasked. */
    static final short EVERY_EDGE = EV_ADD | EV_CLEAR;

    private static final short ENDS = (short) (EV_ERROR | EV_EOF);

    private KQueueEvents() {}

    /** An end makes both directions ready: whoever waits there has to hear of it, and no further edge will come. */
    static int readiness(short filter, short flags) {
        if ((flags & ENDS) != 0) {
            return Readiness.READ | Readiness.WRITE | Readiness.ENDED;
        }
        return switch (filter) {
            case EVFILT_READ -> Readiness.READ;
            case EVFILT_WRITE -> Readiness.WRITE;
            default -> 0;
        };
    }
}
