package dev.verdant.conformance.http;

import dev.verdant.conformance.http.Outcome.End;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What must come of a row's bytes: one of some alternatives.
 *
 * @param then what the client does after it has sent them
 * @param alternatives any one of which is right
 */
record Expectation(Then then, List<Alternative> alternatives) {

    private static final List<Integer> REFUSALS = List.of(400, 413, 414, 431, 501, 505);

    /** What the client does after it has sent a row's bytes. */
    enum Then {
        /** It reads the answers, and if the connection is open then, sends {@link Wire#SECOND} and closes its half. */
        FOLLOWS_UP,
        /** It closes its half, and reads. */
        ENDS,
        /** It is silent. */
        WAITS
    }

    /** The number of answers it allows before the follow-up, what it is in words, and whether an outcome is right. */
    private record Alternative(int most, String words, Predicate<Outcome> right) {}

    private static Expectation of(Then then, int most, String words, Predicate<Outcome> right) {
        return new Expectation(then, List.of(new Alternative(most, words, right)));
    }

    /** {@code 400X}: refused with one of these (400 if none is named), the connection closed, nothing else parsed. */
    static Expectation refused(Integer... statuses) {
        return refusedAfter(0, 0, statuses);
    }

    /** The same, after some good answers. */
    static Expectation refusedAfter(int least, int most, Integer... statuses) {
        Set<Integer> allowed = statuses.length == 0 ? Set.of(400) : Set.of(statuses);
        return of(Then.FOLLOWS_UP, most + 1,
                (most == 0 ? "" : least + " to " + most + " good answers, then ") + allowed + "X",
                outcome -> {
                    List<Answer> answers = outcome.answers();
                    int good = answers.size() - 1;
                    return good >= least && good <= most && answers.subList(0, good).stream().allMatch(Answer::isGood)
                            && allowed.contains(answers.getLast().status()) && isLast(outcome);
                });
    }

    /** {@code 200K}: answered, and the connection is of use. */
    static Expectation kept() {
        return kept(1, 200);
    }

    /** The same for each of some requests, with one of some status codes. */
    static Expectation kept(int answers, Integer... statuses) {
        return of(Then.FOLLOWS_UP, answers, answers + " times " + List.of(statuses) + "K",
                outcome -> outcome.answers().size() == answers && areOf(outcome, statuses)
                        && outcome.answers().stream().noneMatch(Answer::closes)
                        && outcome.followed() && outcome.end() == End.CLOSED && outcome.after().size() == 1
                        && Mirrored.of(outcome.after().getFirst()).request().equals("GET /2"));
    }

    /** {@code 200X}: one answer, and then the connection is closed. */
    static Expectation closed(Integer... statuses) {
        Integer[] allowed = statuses.length == 0 ? new Integer[]{200} : statuses;
        return of(Then.FOLLOWS_UP, 1, List.of(allowed) + "X",
                outcome -> outcome.answers().size() == 1 && areOf(outcome, allowed) && isLast(outcome));
    }

    /** {@code W}: no answer, until a deadline passes; then 408, if time was given for that. */
    static Expectation waits() {
        return waits("W, then 408X", 1);
    }

    /** The same where nothing has come yet, so that there is nothing to answer. */
    static Expectation waitsSilently() {
        return waits("W, then a silent close", 0);
    }

    private static Expectation waits(String words, int last) {
        return of(Then.WAITS, 1, words, outcome -> outcome.answers().isEmpty()
                && (outcome.end() == End.OPEN || outcome.end() == End.CLOSED && outcome.after().size() == last
                        && outcome.after().stream().allMatch(each -> each.status() == 408 && each.closes())));
    }

    /** The connection is closed without a word. */
    static Expectation silent() {
        return of(Then.FOLLOWS_UP, 1, "a silent close",
                outcome -> outcome.answers().isEmpty() && outcome.end() == End.CLOSED && !outcome.followed());
    }

    /** The client ends in the middle, and is never told that all is well. */
    static Expectation neverGood() {
        return of(Then.ENDS, 1, "no good answer, then the end", outcome -> outcome.end() == End.CLOSED
                && outcome.answers().size() <= 1 && outcome.answers().stream().allMatch(each -> each.status() >= 400));
    }

    /** What holds whatever a server makes of it: no two answers, and the hidden request was never seen. */
    static Expectation neverTwo() {
        return of(Then.ENDS, 1, "never two answers, /evil never seen", outcome -> outcome.end() == End.CLOSED
                && outcome.answers().size() <= 1
                && outcome.answers().stream().noneMatch(each -> Mirrored.of(each).request().contains("/evil")));
    }

    private static boolean areOf(Outcome outcome, Integer... statuses) {
        return outcome.answers().stream().allMatch(each -> List.of(statuses).contains(each.status()));
    }

    /** Whether the last answer has said so, and the connection ended in good order. */
    private static boolean isLast(Outcome outcome) {
        return outcome.answers().getLast().closes() && outcome.end() == End.CLOSED && !outcome.followed();
    }

    /** Either of two. */
    Expectation or(Expectation other) {
        if (other.then != then) {
            throw new IllegalArgumentException(then + " or " + other.then);
        }
        var both = new ArrayList<>(alternatives);
        both.addAll(other.alternatives);
        return new Expectation(then, List.copyOf(both));
    }

    /** And something must hold of the answers. */
    Expectation where(String words, Predicate<List<Answer>> holds) {
        return new Expectation(then,
                alternatives.stream().map(each -> new Alternative(each.most, each.words + ", " + words,
                        outcome -> each.right.test(outcome) && holds.test(outcome.answers()))).toList());
    }

    /** And the handler must have seen something, at the last of the requests. */
    Expectation seen(String words, Predicate<Mirrored> holds) {
        return where(words, answers -> !answers.isEmpty() && holds.test(Mirrored.of(answers.getLast())));
    }

    /** And the handler must have seen this body. */
    Expectation body(String body) {
        return seen("the body " + Wire.shown(body), saw -> saw.body().equals(body));
    }

    /** And the handler must have seen this field, once. */
    Expectation field(String name, String value) {
        return seen(name + " once as " + Wire.shown(value), saw -> saw.values(name).equals(List.of(value)));
    }

    /** And the handler must not have seen this field. */
    Expectation noField(String name) {
        return seen("no " + name, saw -> saw.values(name).isEmpty());
    }

    /** And no 1xx answer came. */
    Expectation noInterim() {
        return where("no 1xx", answers -> answers.stream().allMatch(each -> each.interim().isEmpty()));
    }

    /** How many answers to wait for. */
    int mostAnswers() {
        return alternatives.stream().mapToInt(Alternative::most).max().orElseThrow();
    }

    /** What is wrong, or null. */
    @Nullable String complaint(Outcome outcome) {
        boolean right = outcome.fault().isEmpty() && alternatives.stream().anyMatch(each -> isRight(each, outcome));
        return right ? null : "expected " + this + ", " + outcome;
    }

    /** What is wrong, or null, if any refusal is as good as another, and however the connection ends after it. */
    @Nullable String complaintInSubstance(Outcome outcome) {
        if (outcome.isRefusal()
                && REFUSALS.stream().anyMatch(status -> complaint(outcome.refusedInGoodOrder(status)) == null)) {
            return null;
        }
        return complaint(outcome);
    }

    private static boolean isRight(Alternative alternative, Outcome outcome) {
        try {
            return alternative.right.test(outcome);
        } catch (RuntimeException _) {
            return false; // An answer that is missing, or a body that is no mirror's.
        }
    }

    @Override
    public String toString() {
        return Objects.requireNonNull(String.join(" or ", alternatives.stream().map(Alternative::words).toList()));
    }
}
