package broken.verdant.hub.nio;

import broken.verdant.green.BrokenGreen;
import broken.verdant.hub.epoll.BrokenEpoll;
import io.netty.buffer.ByteBuf;

/** A hub that knows green code, another hub, and Netty; and that interrupts. */
public class BrokenNio {

    BrokenGreen green;
    BrokenEpoll other;
    ByteBuf netty;

    public void interrupt() {
        Thread.currentThread().interrupt();
    }
}
