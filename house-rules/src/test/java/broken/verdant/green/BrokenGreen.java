package broken.verdant.green;

import broken.verdant.green.net.BrokenNet;
import java.lang.invoke.MethodHandles;
import org.jctools.queues.MpscArrayQueue;

/** A green layer that knows sockets, opens the JDK, takes the wrong queue, reads the clock and prints. */
public class BrokenGreen {

    BrokenNet sockets;
    MpscArrayQueue<Object> queue;

    public Object open() throws IllegalAccessException {
        System.out.println(System.nanoTime());
        return MethodHandles.privateLookupIn(Thread.class, MethodHandles.lookup());
    }
}
