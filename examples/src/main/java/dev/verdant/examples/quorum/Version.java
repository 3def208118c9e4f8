package dev.verdant.examples.quorum;

/**
 * A value and how new it is: the writer counts its writes.
 *
 * @param number 0 for the value before the first write
 * @param value one word
 */
public record Version(long number, String value) {

    /** Before the first write. */
    public static final Version NONE = new Version(0, "-");

    static Version parse(String line) {
        int space = line.indexOf(' ');
        return new Version(Long.parseLong(line.substring(0, space)), line.substring(space + 1));
    }

    Version newer(Version other) {
        return other.number > number ? other : this;
    }

    @Override
    public String toString() {
        return number + " " + value;
    }
}
