package dev.verdant.conformance.http;

import java.io.IOException;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Sends rows to a server, in all sorts of pieces, and says what was wrong with the answers. */
final class Judge {

    private final SocketAddress server;
    private final Pace pace;
    private final Random random;
    private final int oneIn;
    private final boolean strict;
    private int dialogues;

    /**
     * Creates one.
     *
     * @param oneIn of the ways to cut a row in two, one in so many is tried
     * @param strict whether a refusal must be the very one that is asked for, and the connection end in good order
     */
    Judge(SocketAddress server, Pace pace, Random random, int oneIn, boolean strict) {
        this.strict = strict;
        this.server = server;
        this.pace = pace;
        this.random = random;
        this.oneIn = oneIn;
    }

    /** How many dialogues it has had. */
    int dialogues() {
        return dialogues;
    }

    /** What was wrong with each variant of a row for which something was: the first thing. */
    List<String> complaints(Row row) throws Exception {
        var complaints = new ArrayList<String>();
        for (Variant variant : row.variants()) {
            String complaint = complaint(variant);
            if (complaint != null) {
                complaints.add(row + ", " + complaint);
            }
        }
        return complaints;
    }

    /** The first thing that was wrong with a variant, or null. */
    @Nullable String complaint(Variant variant) throws Exception {
        for (int[] cuts : pieces(variant)) {
            dialogues++;
            String complaint = complaint(variant, cuts);
            if (complaint != null) {
                return variant + (cuts.length == 0 ? "" : ", cut at " + shown(cuts)) + ": " + complaint;
            }
        }
        return null;
    }

    private @Nullable String complaint(Variant variant, int[] cuts) throws Exception {
        try {
            Outcome outcome = Dialogue.with(server, variant, cuts, pace);
            return strict
                    ? variant.expectation().complaint(outcome)
                    : variant.expectation().complaintInSubstance(outcome);
        } catch (IOException e) {
            return "no dialogue: " + e;
        }
    }

    private static String shown(int[] cuts) {
        return cuts.length > 2 ? "each byte" : Arrays.toString(cuts);
    }

    private List<int[]> pieces(Variant variant) {
        var pieces = new ArrayList<int[]>();
        pieces.add(Splits.WHOLE);
        if (variant.bytes().length < 2) {
            return pieces;
        }
        if (oneIn == 1 || random.nextInt(3) == 0) {
            pieces.add(Splits.byBytes(variant.bytes()));
        }
        for (int[] inTwo : Splits.inTwo(variant.bytes(), random)) {
            if (random.nextInt(oneIn) == 0) {
                pieces.add(inTwo);
            }
        }
        return pieces;
    }
}
