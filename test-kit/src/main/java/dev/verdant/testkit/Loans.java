package dev.verdant.testkit;

import dev.verdant.green.EventLoop;
import dev.verdant.green.spi.Lending;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** What green threads of a loop have borrowed from pools and nobody has given back, from when this is opened until it is closed. Any thread. */
final class Loans implements AutoCloseable {

    /** So much of the stack of who borrowed is shown. */
    private static final int FRAMES = 8;

    private static final String POOLS = "dev.verdant.green.pool.";

    private static final String LENDING = Lending.class.getName();

    private static final Map<EventLoop, Loans> OPEN = new ConcurrentHashMap<>();

    static {
        Lending.install(new Books());
    }

    private final EventLoop loop;
    private final BooleanSupplier counts;
    private final Map<Item, Loan> loans = new ConcurrentHashMap<>();
    private final AtomicInteger lentSoFar = new AtomicInteger();

    private Loans(EventLoop loop, BooleanSupplier counts) {
        this.loop = loop;
        this.counts = counts;
    }

    /**
     * Begins to note.
     *
     * @param counts whether what the caller, a green thread of the loop, borrows is to be noted
     */
    static Loans of(EventLoop loop, BooleanSupplier counts) {
        var loans = new Loans(loop, counts);
        OPEN.put(loop, loans);
        return loans;
    }

    boolean areNone() {
        return loans.isEmpty();
    }

    int count() {
        int count = 0;
        for (Loan each : loans.values()) {
            for (Loan loan = each; loan != null; loan = loan.before) {
                count++;
            }
        }
        return count;
    }

    /** Tells what each is, whose, and who has borrowed it where; the longest ago first. */
    String describe() {
        List<Map.Entry<Item, Loan>> all = loans.entrySet().stream()
                .sorted(Comparator.comparingInt(each -> each.getValue().number)).toList();
        var text = new StringBuilder();
        for (var each : all) {
            for (Loan loan = each.getValue(); loan != null; loan = loan.before) {
                text.append(each.getKey()).append(" was lent to '").append(loan.borrower).append("'\n");
                loan.appendStack(text);
            }
        }
        return text.toString();
    }

    @Override
    public void close() {
        OPEN.remove(loop, this);
    }

    private void add(Object pool, Object resource) {
        loans.compute(new Item(pool, resource), (_, before) -> new Loan(before, lentSoFar.getAndIncrement()));
    }

    private void remove(Object pool, Object resource) {
        loans.computeIfPresent(new Item(pool, resource), (_, loan) -> loan.before);
    }

    /** Something, by its identity, and whose it is. */
    private record Item(Object pool, Object resource) {

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Item item && item.pool == pool && item.resource == resource;
        }

        @Override
        public int hashCode() {
            return 31 * System.identityHashCode(pool) + System.identityHashCode(resource);
        }

        @Override
        public String toString() {
            return "  of " + pool + ", a " + resource.getClass().getName();
        }
    }

    /** That something was lent; before that, it may have been lent to another who has it, too. */
    private static final class Loan {

        private final @Nullable Loan before;
        private final int number;
        private final String borrower = Thread.currentThread().getName();
        private final Throwable where = new Throwable();

        Loan(@Nullable Loan before, int number) {
            this.before = before;
            this.number = number;
        }

        /** From who called the pool. */
        void appendStack(StringBuilder text) {
            StackTraceElement[] frames = where.getStackTrace();
            int first = 0;
            for (int i = 0; i < frames.length; i++) {
                String owner = frames[i].getClassName();
                if (owner.startsWith(POOLS) || owner.equals(LENDING)) {
                    first = i + 1;
                }
            }
            for (int i = first; i < Math.min(frames.length, first + FRAMES); i++) {
                text.append("      at ").append(frames[i]).append('\n');
            }
        }
    }

    /** Keeps those of all that are open. */
    private static final class Books implements Lending.Ledger {

        @Override
        public void lent(Object pool, Object resource) {
            EventLoop loop = OPEN.isEmpty() ? null : EventLoop.current();
            Loans of = loop == null ? null : OPEN.get(loop);
            if (of != null && of.counts.getAsBoolean()) {
                of.add(pool, resource);
            }
        }

        /** Whoever brings it back, it is back. */
        @Override
        public void givenBack(Object pool, Object resource) {
            for (Loans each : OPEN.values()) {
                each.remove(pool, resource);
            }
        }
    }
}
