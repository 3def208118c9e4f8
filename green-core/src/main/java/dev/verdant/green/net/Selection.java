package dev.verdant.green.net;

import java.util.List;

/**
 * What {@link Net#select} has found.
 *
 * @param readable the channels that can be read, in the order in which they were given
 * @param writable the channels that can be written, in the order in which they were given
 */
public record Selection(List<GreenChannel> readable, List<GreenChannel> writable) {

    /**
     * Copies the lists.
     *
     * @param readable the channels that can be read
     * @param writable the channels that can be written
     */
    public Selection {
        readable = List.copyOf(readable);
        writable = List.copyOf(writable);
    }

    /**
     * Tells whether nothing was ready in time.
     *
     * @return true if both lists are empty
     */
    public boolean isEmpty() {
        return readable.isEmpty() && writable.isEmpty();
    }
}
