package dev.verdant.hub.epoll;

import dev.verdant.hub.Readiness;

/**
 * The event bits of epoll_ctl(2), and what they mean. Pure arithmetic: loads nothing native.
 */
final class EpollEvents {

    static final int EPOLLIN = 0x1;
    static final int EPOLLPRI = 0x2;
    static final int EPOLLOUT = 0x4;
    static final int EPOLLERR = 0x8;
    static final int EPOLLHUP = 0x10;
    static final int EPOLLRDHUP = 0x2000;
    static final int EPOLLET = 1 << 31;

    /** What a channel is registered for. Errors and hang-ups come unasked. */
    static final int EVERY_EDGE = EPOLLIN | EPOLLPRI | EPOLLOUT | EPOLLRDHUP | EPOLLET;

    private static final int ENDS = EPOLLERR | EPOLLHUP | EPOLLRDHUP;

    private EpollEvents() {}

    /** An end makes both directions ready: whoever waits there has to hear of it, and no further edge will come. */
    static int readiness(int events) {
        if ((events & ENDS) != 0) {
            return Readiness.READ | Readiness.WRITE | Readiness.ENDED;
        }
        int ops = (events & EPOLLIN) != 0 ? Readiness.READ : 0;
        if ((events & EPOLLPRI) != 0) {
            ops |= Readiness.READ | Readiness.URGENT;
        }
        return (events & EPOLLOUT) != 0 ? ops | Readiness.WRITE : ops;
    }
}
