package dev.verdant.conformance.http;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;

/** In which pieces the bytes of a variant are sent. */
final class Splits {

    static final int[] WHOLE = {};

    /** Up to here every cut is tried, and more than that only near what might matter. */
    private static final int SHORT = 300;

    /** Up to here bytes are sent one by one, and what is longer in pieces that meet no boundary of a buffer. */
    private static final int LONGEST_BY_BYTES = 2048;

    private static final int ODD_PIECE = 997;
    private static final int MOST_NEAR_LINES = 60;
    private static final int RANDOM_ONES = 20;

    private Splits() {}

    /** Every byte alone. */
    static int[] byBytes(byte[] bytes) {
        int piece = bytes.length <= LONGEST_BY_BYTES ? 1 : ODD_PIECE;
        return IntStream.range(1, bytes.length).filter(cut -> cut % piece == 0).toArray();
    }

    /** In two, at each place. */
    static List<int[]> inTwo(byte[] bytes, Random random) {
        if (bytes.length <= SHORT) {
            return IntStream.range(1, bytes.length).mapToObj(cut -> new int[]{cut}).toList();
        }
        var cuts = new TreeSet<Integer>();
        for (int i = 1; i < bytes.length - 1 && cuts.size() < MOST_NEAR_LINES; i++) {
            nearLines(bytes, i, cuts);
        }
        int enough = cuts.size() + MOST_NEAR_LINES;
        for (int i = bytes.length - 2; i > 0 && cuts.size() < enough; i--) {
            nearLines(bytes, i, cuts);
        }
        IntStream.range(0, RANDOM_ONES).forEach(_ -> cuts.add(1 + random.nextInt(bytes.length - 1)));
        var each = new ArrayList<int[]>();
        cuts.forEach(cut -> each.add(new int[]{cut}));
        return each;
    }

    private static void nearLines(byte[] bytes, int i, Set<Integer> cuts) {
        if (bytes[i] == '\n' || bytes[i] == '\r') {
            cuts.add(i);
            cuts.add(i + 1);
        }
    }
}
