package dev.verdant.benchmarks.harness;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Commands that run the JDK that runs this. */
public final class Java {

    private static final Path BIN = Path.of(System.getProperty("java.home"), "bin");

    private Java() {}

    /**
     * Returns a command that runs a class of this class path as `./verdant` does.
     *
     * @param options of the JVM, besides the two flags that Verdant needs
     * @param main the class
     * @param arguments its arguments
     * @return the command
     */
    public static List<String> run(List<String> options, String main, String... arguments) {
        var command = new ArrayList<>(List.of(tool("java"), "--add-opens", "java.base/java.lang=ALL-UNNAMED",
                "--enable-native-access=ALL-UNNAMED", "-XX:+UseSerialGC", "-Dverdant.watch=1000"));
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main));
        command.addAll(List.of(arguments));
        return command;
    }

    /**
     * Returns where a tool of the JDK is.
     *
     * @param name such as {@code jcmd}
     * @return its path
     */
    public static String tool(String name) {
        return BIN.resolve(name).toString();
    }
}
