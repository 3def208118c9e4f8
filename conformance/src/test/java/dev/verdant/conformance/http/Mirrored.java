package dev.verdant.conformance.http;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What a {@link Mirror}'s handler saw of a request.
 *
 * @param request the method and the target, as they are
 * @param fields the header, names in lower case
 * @param body the body
 */
record Mirrored(String request, List<Answer.Field> fields, String body) {

    /** Reads what {@link Mirror} writes; of another body it makes what fits nothing. */
    static Mirrored of(Answer answer) {
        String text = answer.body();
        int end = text.indexOf("\n\n");
        if (end < 0) {
            return new Mirrored(text, List.of(), "");
        }
        List<String> lines = List.of(text.substring(0, end).split("\n", -1));
        var fields = new ArrayList<Answer.Field>();
        for (String line : lines.subList(1, lines.size())) {
            int colon = line.indexOf(": ");
            fields.add(new Answer.Field(line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 2)));
        }
        return new Mirrored(lines.getFirst(), fields, text.substring(end + 2));
    }

    /** All values of a field. */
    List<String> values(String name) {
        return fields.stream().filter(field -> field.name().equals(name)).map(Answer.Field::value).toList();
    }
}
