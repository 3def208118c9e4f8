package dev.verdant.benchmarks.harness;

import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;

/**
 * A server that can be started.
 *
 * @param name its short name, such as {@code epoll}
 * @param label what tables call it
 * @param ours true for Verdant
 * @param jvm true if it runs on a JVM, and so has to be warmed up
 * @param datagrams true if it sends datagrams back, instead of listening for connections
 * @param command makes the command that has it listen on a port of 127.0.0.1
 */
public record Server(String name, String label, boolean ours, boolean jvm, boolean datagrams,
        IntFunction<List<String>> command) {

    /**
     * A server on a JVM.
     *
     * @param name its short name
     * @param label what tables call it
     * @param ours true for Verdant
     * @param options of the JVM
     * @param main its class
     * @param arguments its arguments, besides its port
     * @return the server
     */
    public static Server java(String name, String label, boolean ours, List<String> options, String main,
            String... arguments) {
        return new Server(name, label, ours, true, false, port -> {
            var all = new java.util.ArrayList<>(List.of("--port", Integer.toString(port)));
            all.addAll(List.of(arguments));
            return Java.run(options, main, all.toArray(String[]::new));
        });
    }

    /**
     * The same, if it sends datagrams back.
     *
     * @return a server that is not expected to listen for connections
     */
    public Server ofDatagrams() {
        return new Server(name, label, ours, jvm, true, command);
    }

    /**
     * Those of several servers that can run here, and why the others cannot.
     *
     * @param servers in the order of the tables
     * @param missing why others are not there, by their labels
     */
    public record Choice(List<Server> servers, Map<String, String> missing) {

        /**
         * Creates a choice.
         *
         * @param servers in the order of the tables
         * @param missing why others are not there
         */
        public Choice {
            servers = List.copyOf(servers);
            missing = java.util.Collections.unmodifiableMap(new java.util.LinkedHashMap<>(missing));
        }

        /**
         * Leaves only some.
         *
         * @param names the names of those that stay
         * @return the same without the others, which are not missing
         */
        public Choice only(String... names) {
            return new Choice(servers.stream().filter(server -> List.of(names).contains(server.name())).toList(),
                    missing);
        }

        /**
         * Tells who is missing.
         *
         * @return a line each
         */
        public List<String> missingLines() {
            return missing.entrySet().stream().map(entry -> entry.getKey() + " (" + entry.getValue() + ")").toList();
        }
    }
}
