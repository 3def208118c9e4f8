package dev.verdant.green.stream;

import dev.verdant.green.net.GreenChannel;

/** Is called when a channel is ready; see {@link IOLoop#addHandler}. */
@FunctionalInterface
public interface IOHandler {

    /**
     * The channel is ready. On the green thread that runs the {@link IOLoop}. What it throws is reported, and the handler stays.
     *
     * @param channel the channel, as it was given
     * @param events {@link IOLoop#READ}, {@link IOLoop#WRITE}, {@link IOLoop#ERROR}: those of the wanted ones that have come
     * @throws Exception whatever went wrong
     */
    void handle(GreenChannel channel, int events) throws Exception;
}
