package dev.verdant.hub;

/**
 * The two ends of a pipe, see pipe(7). Each is a channel of its own, registered and closed by itself; a pipe has no addresses and no options.
 *
 * @param source the end that is read from: the end of the stream comes when the sink is closed
 * @param sink the end that is written to: {@code "Broken pipe"} once the source is closed
 */
public record PipeChannels(SourceChannel source, SinkChannel sink) {}
