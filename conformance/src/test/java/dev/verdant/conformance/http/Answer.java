package dev.verdant.conformance.http;

import java.util.List;
import java.util.Locale;

/**
 * A server's answer.
 *
 * @param status its status code
 * @param fields its header's lines, as they came
 * @param body what it holds, in ISO-8859-1
 * @param interim the status codes of the 1xx answers before it
 */
record Answer(int status, List<Field> fields, String body, List<Integer> interim) {

    /** A line of a header. */
    record Field(String name, String value) {}

    boolean isGood() {
        return status >= 200 && status < 300;
    }

    /** Whether it says that the connection ends with it. */
    boolean closes() {
        return List.of(values("connection").toLowerCase(Locale.ROOT).split("\\s*,\\s*", -1)).contains("close");
    }

    boolean has(String name) {
        return fields.stream().anyMatch(field -> field.name().equalsIgnoreCase(name));
    }

    /** The values of all fields of a name, joined; empty if there is none. */
    String values(String name) {
        return String.join(",", fields.stream().filter(field -> field.name().equalsIgnoreCase(name))
                .map(Field::value).toList());
    }

    @Override
    public String toString() {
        return (interim.isEmpty() ? "" : interim + " ") + status + (closes() ? "X" : "") + " "
                + Wire.shown(body.lines().findFirst().orElse(""));
    }
}
