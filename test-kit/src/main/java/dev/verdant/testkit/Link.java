package dev.verdant.testkit;

import dev.verdant.testkit.sim.SimLink;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/**
 * What lies between hosts of a {@link Simulation}. At first a link takes no time, loses nothing, and carries as much as one likes. Changes are for what is sent from
 * then on. For green threads of the simulation, or before it begins.
 */
public final class Link {

    private final List<SimLink> directions;

    Link(List<SimLink> directions) {
        this.directions = directions;
    }

    private Link each(Consumer<SimLink> change) {
        directions.forEach(change);
        return this;
    }

    /**
     * Sets how long everything is under way.
     *
     * @param least at the least
     * @param jitter how much more at the most, drawn each time; streams stay in their order
     * @return this
     */
    public Link latency(Duration least, Duration jitter) {
        return each(link -> link.latency(least, jitter));
    }

    /**
     * Sets how much goes through.
     *
     * @param bytesPerSecond 0 for as much as one likes
     * @return this
     */
    public Link bandwidth(long bytesPerSecond) {
        return each(link -> link.bandwidth(bytesPerSecond));
    }

    /**
     * Cuts streams into short segments, so that reads find less than was written.
     *
     * @param mostBytes of a segment; 0 for no cuts
     * @return this
     */
    public Link slices(int mostBytes) {
        return each(link -> link.slices(mostBytes));
    }

    /**
     * Loses datagrams.
     *
     * @param likelihood from 0 to 1
     * @return this
     */
    public Link loss(double likelihood) {
        return each(link -> link.loss(likelihood));
    }

    /**
     * Brings datagrams twice.
     *
     * @param likelihood from 0 to 1
     * @return this
     */
    public Link duplication(double likelihood) {
        return each(link -> link.duplication(likelihood));
    }

    /**
     * Brings datagrams later than those that were sent after them.
     *
     * @param likelihood from 0 to 1
     * @param most how much later at the most
     * @return this
     */
    public Link reordering(double likelihood, Duration most) {
        return each(link -> link.reordering(likelihood, most));
    }

    /** Keeps everything that is sent, until {@link #release()}. */
    public void hold() {
        each(SimLink::hold);
    }

    /** Brings what {@link #hold()} has kept, in its order. */
    public void release() {
        each(SimLink::release);
    }

    /** Cuts the link: what is sent is lost, connections hear nothing, and new ones cannot be made, until {@link #heal()}. */
    public void partition() {
        each(SimLink::partition);
    }

    /** Takes {@link #partition()} back: streams go on, as they send again what was lost. */
    public void heal() {
        each(SimLink::heal);
    }

    /** Breaks all connections there are: both ends find them reset. */
    public void reset() {
        each(SimLink::reset);
    }
}
