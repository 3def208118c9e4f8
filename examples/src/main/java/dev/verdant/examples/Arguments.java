package dev.verdant.examples;

import dev.verdant.hub.HubUnavailableException;
import dev.verdant.hub.Hubs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A program's command line: {@code --name value} pairs, and the rest. What is wrong with it is said, and ends the program with 2. */
final class Arguments {

    private final Map<String, String> options = new HashMap<>();
    private final List<String> rest = new ArrayList<>();

    private Arguments() {}

    /** Reads a command line. A hub that was asked for and cannot be had is refused here as well, before anything starts. */
    static Arguments parse(String[] args, String... known) {
        var arguments = new Arguments();
        try {
            Hubs.select();
        } catch (HubUnavailableException e) {
            throw refuse(String.valueOf(e.getMessage()));
        }
        for (var words = List.of(args).iterator(); words.hasNext();) {
            String word = words.next();
            if (!word.startsWith("--")) {
                arguments.rest.add(word);
                continue;
            }
            String name = word.substring(2);
            if (!List.of(known).contains(name)) {
                throw refuse("unknown option: " + word + " (expected: --hub" + expected(known) + ")");
            }
            if (!words.hasNext()) {
                throw refuse("a value is missing after " + word);
            }
            arguments.options.put(name, words.next());
        }
        return arguments;
    }

    private static String expected(String[] known) {
        return known.length == 0 ? "" : ", --" + String.join(", --", known);
    }

    /** For programs that take options alone. */
    Arguments withoutRest() {
        if (!rest.isEmpty()) {
            throw refuse("unexpected argument: " + rest.getFirst());
        }
        return this;
    }

    String text(String name, String otherwise) {
        return options.getOrDefault(name, otherwise);
    }

    /** A file that is there; null if the option was not given. */
    @Nullable Path file(String name) {
        String value = options.get(name);
        if (value == null) {
            return null;
        }
        Path file = Path.of(value);
        if (!Files.isReadable(file)) {
            throw refuse("--" + name + ": " + value + " (expected: a file that can be read)");
        }
        return file;
    }

    int port(int otherwise) {
        return number("port", otherwise, 0, 65_535);
    }

    int number(String name, int otherwise, int least, int most) {
        String value = options.getOrDefault(name, Integer.toString(otherwise));
        try {
            int number = Integer.parseInt(value);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Said below.
        }
        throw refuse("--" + name + ": " + value + " (expected: a number from " + least + " to " + most + ")");
    }

    List<String> rest() {
        return List.copyOf(rest);
    }

    /** Never returns; {@code throw} tells the compiler. */
    static Error refuse(String message) {
        System.err.println(message);
        System.exit(2);
        return new AssertionError(message);
    }
}
