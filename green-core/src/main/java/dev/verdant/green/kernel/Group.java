package dev.verdant.green.kernel;

/** Whom a green thread belongs to: it tells the group when it has ended. */
@FunctionalInterface
public interface Group {

    /**
     * A member has ended, begun or not, and nobody else has heard of it yet. On whatever thread; must not throw or wait.
     *
     * @param member the member
     */
    void ended(Fiber member);
}
