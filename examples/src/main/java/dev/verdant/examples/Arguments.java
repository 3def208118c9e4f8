package dev.verdant.examples;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A program's command line: {@code --name value} pairs, and the rest. */
final class Arguments {

    private final Map<String, String> options = new HashMap<>();
    private final List<String> rest = new ArrayList<>();

    private Arguments() {}

    /** Reads a command line, or says what is wrong with it and ends the program. */
    static Arguments parse(String[] args, String... known) {
        try {
            return read(List.of(args), Set.of(known));
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage());
            System.exit(2);
            throw e;
        }
    }

    static Arguments read(List<String> args, Set<String> known) {
        var arguments = new Arguments();
        for (var each = args.iterator(); each.hasNext();) {
            String word = each.next();
            if (!word.startsWith("--")) {
                arguments.rest.add(word);
                continue;
            }
            String name = word.substring(2);
            if (!known.contains(name)) {
                throw new IllegalArgumentException(
                        "unknown option: " + word + " (expected: --" + String.join(", --", known) + ")");
            }
            if (!each.hasNext()) {
                throw new IllegalArgumentException("a value is missing after " + word);
            }
            arguments.options.put(name, each.next());
        }
        return arguments;
    }

    String text(String name, String otherwise) {
        return options.getOrDefault(name, otherwise);
    }

    int number(String name, int otherwise) {
        String value = options.get(name);
        try {
            return value == null ? otherwise : Integer.parseInt(value);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("--" + name + ": " + value + " (expected: a number)", e);
        }
    }

    List<String> rest() {
        return List.copyOf(rest);
    }
}
