package dev.verdant.green.kernel;

import java.net.DatagramPacket;

/**
 * What a {@link DatagramPacket} keeps to itself: how much it has room for. Its length is that only until a message has been received into it. The
 * caller holds the packet's monitor, which guards both.
 */
public final class Packets {

    private Packets() {}

    /**
     * Returns how long a message may be.
     *
     * @param packet a packet to receive into
     * @return bytes from the packet's offset on
     */
    public static int room(DatagramPacket packet) {
        return JdkInternals.roomOf(packet);
    }

    /**
     * Notes how long the message is. The room stays what it is.
     *
     * @param packet the packet it was received into
     * @param length its length in bytes, at most {@link #room}
     */
    public static void received(DatagramPacket packet, int length) {
        JdkInternals.setLength(packet, length);
    }
}
