package dev.verdant.testkit.sim;

import org.jspecify.annotations.Nullable;

/** Asks for a connection, again and again. With the timeline's word taken. */
final class Dialing extends Event {

    private static final int TRIES = 7;
    private static final long FIRST_WAIT_NANOS = 1_000_000_000L;
    private static final long LONGEST_LATE_NANOS = 3_000_000_000L;

    private final SimConnection caller;
    private final @Nullable SimHost there;
    private int tries;

    /** Creates one. If there is no such host, nobody will answer. */
    Dialing(SimConnection caller, @Nullable SimHost there) {
        this.caller = caller;
        this.there = there;
    }

    void begin() {
        World world = caller.world;
        if (world.strikes(Mishap.CONNECT_SLOW)) {
            long late = 1 + world.draw(Mishap.CONNECT_SLOW, LONGEST_LATE_NANOS);
            world.time.at(world.time.now() + late, this);
        } else {
            happen();
        }
    }

    @Override
    void happen() {
        if (tries == TRIES) {
            caller.dialingFailed("Connection timed out");
            return;
        }
        tries++;
        Timeline time = caller.time;
        time.tell(NetEvent.CONNECTING, caller.number, 0, 0);
        if (there != null && !caller.world.strikes(Mishap.CONNECT_LOST)) {
            boolean _ = caller.host.linkTo(there).carryCertainly(new Request(caller, there));
        }
        if (caller.state == SimConnection.State.CONNECTING) {
            time.at(time.now() + (FIRST_WAIT_NANOS << tries - 1), this);
        }
    }

    /** On its way to a host. */
    private static final class Request extends Parcel {

        private final SimConnection caller;
        private final SimHost to;

        Request(SimConnection caller, SimHost to) {
            this.caller = caller;
            this.to = to;
        }

        @Override
        void happen() {
            caller.askedAt(to);
        }

        @Override
        Parcel again() {
            return new Request(caller, to);
        }

        @Override
        int length() {
            return 0;
        }
    }
}
