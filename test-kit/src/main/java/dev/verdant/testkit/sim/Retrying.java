package dev.verdant.testkit.sim;

/** Sends again and again what the other end has not heard, until it hears or enough is enough. With the timeline's word taken. */
final class Retrying extends Event {

    private static final int TRIES = 15;
    private static final long FIRST_WAIT_NANOS = 200_000_000L;
    private static final long LONGEST_WAIT_NANOS = 120_000_000_000L;

    private final SimStream sender;
    private int tries;

    Retrying(SimStream sender) {
        this.sender = sender;
    }

    void begin() {
        Timeline time = sender.time;
        time.at(time.now() + Math.min(FIRST_WAIT_NANOS << tries, LONGEST_WAIT_NANOS), this);
        tries++;
    }

    @Override
    void happen() {
        if (sender.failure != null) {
            return;
        }
        if (sender.canBeHeard()) {
            sender.broken("Connection reset"); // By who has come up again, and knows of nothing.
        } else if (tries == TRIES) {
            sender.broken("Connection timed out");
        } else {
            begin();
        }
    }
}
