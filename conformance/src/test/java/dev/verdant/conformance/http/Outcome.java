package dev.verdant.conformance.http;

import java.util.ArrayList;
import java.util.List;

/**
 * What came of one dialogue with a server.
 *
 * @param answers what was answered to the row's bytes
 * @param after what was answered to the follow-up, and all that came with it
 * @param followed whether the follow-up was sent, because the connection was not closed before
 * @param end how the connection ended
 * @param fault what was wrong with what came, empty if nothing was
 */
record Outcome(List<Answer> answers, List<Answer> after, boolean followed, End end, String fault) {

    /** How a connection ended. */
    enum End {
        /** The server closed it when all was said. */
        CLOSED,
        /** It was reset. */
        RESET,
        /** It is open, and nothing more came. */
        OPEN
    }

    /** Whether the last that came is a refusal, or the connection was dropped. */
    boolean isRefusal() {
        return after.isEmpty() && (answers.isEmpty() ? end != End.OPEN : answers.getLast().status() >= 400);
    }

    /** The same refusal as a strict server would have said it. */
    Outcome refusedInGoodOrder(int status) {
        var all = new ArrayList<>(answers);
        if (!all.isEmpty() && !all.getLast().isGood()) {
            all.removeLast();
        }
        all.add(new Answer(status, List.of(new Answer.Field("Connection", "close")), "", List.of()));
        return new Outcome(all, List.of(), false, End.CLOSED, "");
    }

    @Override
    public String toString() {
        return "got " + answers + (followed ? ", then " + after : "") + ", then " + end
                + (fault.isEmpty() ? "" : " (" + fault + ")");
    }
}
