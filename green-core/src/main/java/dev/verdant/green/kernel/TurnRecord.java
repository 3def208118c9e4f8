package dev.verdant.green.kernel;

import org.jspecify.annotations.Nullable;

/**
 * What a recording gets to know of a loop's turns. Confined to the loop's own thread.
 *
 * <p>A turn that is recorded reads the clock around each continuation. Committing writes into a buffer of the thread's, which the JVM empties in native code: there is no lock on
 * the way that a green thread may hold.
 */
final class TurnRecord {

    private final Loop loop;
    private LongTurnEvent turn = new LongTurnEvent();
    private SwitchEvent run = new SwitchEvent();
    private boolean isTurning;
    private boolean wantsSwitches;
    private long longestRun;
    private @Nullable Thread longest;

    TurnRecord(Loop loop) {
        this.loop = loop;
    }

    /** Ends a turn, if one has begun. Before the hub is asked. */
    void endTurn() {
        if (isTurning) {
            isTurning = false;
            turn.end();
            if (turn.shouldCommit()) {
                turn.loop = loop.thread();
                turn.greenThread = longest;
                turn.longestRun = longestRun;
                turn.commit();
                turn = new LongTurnEvent();
            }
            longest = null;
        }
    }

    /** Begins a turn, and tells whether anything of it is to be recorded. After the hub was asked. */
    boolean beginTurn() {
        isTurning = turn.isEnabled();
        wantsSwitches = run.isEnabled();
        if (isTurning) {
            longestRun = 0;
            turn.begin();
        }
        return isTurning || wantsSwitches;
    }

    /** Says what happened in the turn. */
    void count(int events, int timers, int continuations) {
        turn.events = events;
        turn.timers = timers;
        turn.continuations = continuations;
    }

    /** Runs a continuation. */
    void run(Runnable continuation) {
        Fiber before = loop.forgetCurrent(); // Who runs says so, if he calls Verdant.
        if (wantsSwitches) {
            run.begin();
        }
        long began = System.nanoTime();
        continuation.run();
        long took = System.nanoTime() - began;
        Thread who = loop.threadThatRan(before);
        if (took > longestRun) {
            longestRun = took;
            longest = who;
        }
        if (wantsSwitches) {
            run.end();
            if (run.shouldCommit()) {
                run.loop = loop.thread();
                run.greenThread = who;
                run.commit();
                run = new SwitchEvent();
            }
        }
    }
}
