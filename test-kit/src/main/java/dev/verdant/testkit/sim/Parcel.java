package dev.verdant.testkit.sim;

/** Something on its way over a link. */
abstract class Parcel extends Event {

    /** Returns a copy that arrives on its own. */
    abstract Parcel again();

    /** Returns how many bytes it carries. */
    abstract int length();
}
