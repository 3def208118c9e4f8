package dev.verdant.testkit.sim;

/**
 * Is told what happens in a {@link World}, in the order in which it happens: enough to make a timeline and a hash of it, and never a byte of what was
 * sent.
 *
 * <p>Called on whichever thread makes it happen, with the world's word taken: it must be quick, must not block, and must not call the world.
 */
public interface WorldListener {

    /**
     * The clock has jumped.
     *
     * @param from nanoseconds
     * @param to nanoseconds, later than {@code from}
     */
    void jumped(long from, long to);

    /**
     * Something has happened on the network.
     *
     * @param what what
     * @param channel the number of the channel that it concerns; channels are numbered from 1 in the order in which they were opened. For a host, its number
     * @param peer the number of the channel at the other end, 0 if there is none or it is not known
     * @param size bytes, where that makes sense; else 0
     */
    void happened(NetEvent what, int channel, int peer, int size);
}
