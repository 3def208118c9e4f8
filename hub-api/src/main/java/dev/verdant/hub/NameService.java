package dev.verdant.hub;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;

/**
 * Names and addresses of a network that is not the machine's. Never blocks. Any thread.
 */
public interface NameService {

    /**
     * Returns how long the answer to a look-up that begins now takes.
     *
     * @param name a host's name
     * @return nanoseconds by {@link Hub#nanoTime()}, 0 or more
     */
    long delayNanos(String name);

    /**
     * Returns the addresses of a host.
     *
     * @param name a host's name, no literal address
     * @return at least one
     * @throws UnknownHostException if there is no such host, or the look-up fails
     */
    List<InetAddress> lookUp(String name) throws UnknownHostException;
}
