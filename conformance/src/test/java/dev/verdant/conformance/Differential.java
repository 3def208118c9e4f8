package dev.verdant.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.verdant.green.Green;
import java.io.Closeable;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.SocketOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Does the same to a socket of ours and to the JDK's own, in every state a socket can be in, and compares what comes of it: results, exception types and
 * messages. It fails for a public method of the JDK's class that nothing is done with, for a difference that is not allowed, and for an allowance that
 * nothing needed.
 *
 * <pre>{@code
 * new Differential<>(Socket.class)
 *         .state("new", () -> Specimen.of(new GreenSocket()), () -> Specimen.of(new Socket()))
 *         .call("getPort()", Socket::getPort)
 *         .call("setSoTimeout(int)", "negative", s -> s.setSoTimeout(-1))
 *         .run();
 * }</pre>
 *
 * @param <S> the JDK's class
 */
final class Differential<S extends Closeable> {

    /** What is done. */
    interface Call<S> {
        @Nullable Object on(S socket) throws Exception;
    }

    /** What is done, without a result. */
    interface Action<S> {
        void on(S socket) throws Exception;
    }

    /** Brings a fresh socket into a state. */
    interface Maker<S extends Closeable> {
        Specimen<S> make() throws Exception;
    }

    /**
     * A socket in a state, what it needs beside it, and the numbers by which it differs from any other.
     *
     * @param <S> its class
     */
    static final class Specimen<S extends Closeable> implements Closeable {

        private final S socket;
        private final Deque<Closeable> others = new ArrayDeque<>();
        private final Map<String, String> names = new LinkedHashMap<>();

        private Specimen(S socket) {
            this.socket = socket;
        }

        static <S extends Closeable> Specimen<S> of(S socket) {
            return new Specimen<>(socket);
        }

        S socket() {
            return socket;
        }

        /** Has something closed with it. */
        Specimen<S> with(Closeable other) {
            others.push(other);
            return this;
        }

        /** Gives a number, such as a port, a name by which it is compared. */
        Specimen<S> named(Object number, String name) {
            names.put(number.toString(), name);
            return this;
        }

        @Override
        public void close() throws IOException {
            socket.close();
            while (!others.isEmpty()) {
                others.pop().close();
            }
        }
    }

    private record State<S extends Closeable>(String name, Maker<S> ours, Maker<S> theirs) {}

    private record Deed<S>(String method, String variant, Call<S> call) {

        @Override
        public String toString() {
            return variant.isEmpty() ? method : method + " [" + variant + "]";
        }
    }

    /** A difference that is meant, and why. Patterns of {@link String#matches}. */
    private static final class Allowance {

        final String states;
        final String deeds;
        final String ours;
        final String theirs;
        final String reason;
        boolean used;

        Allowance(String states, String deeds, String ours, String theirs, String reason) {
            this.states = states;
            this.deeds = deeds;
            this.ours = ours;
            this.theirs = theirs;
            this.reason = reason;
        }

        boolean covers(String state, String deed, String our, String their) {
            boolean covers = state.matches(states) && deed.matches(deeds) && our.matches("(?s)" + ours)
                    && their.matches("(?s)" + theirs);
            used |= covers;
            return covers;
        }
    }

    private final Class<S> type;
    private final List<State<S>> states = new ArrayList<>();
    private final List<Deed<S>> deeds = new ArrayList<>();
    private final List<Allowance> allowances = new ArrayList<>();
    private final Set<String> leftOut = new HashSet<>();

    Differential(Class<S> type) {
        this.type = type;
    }

    /** Adds a state, with how one of ours and one of the JDK's is brought there. */
    Differential<S> state(String name, Maker<S> ours, Maker<S> theirs) {
        states.add(new State<>(name, ours, theirs));
        return this;
    }

    /** Adds a use of a method, named by its signature with simple type names. */
    Differential<S> call(String method, Call<S> call) {
        return call(method, "", call);
    }

    /** Adds one of several uses of a method. */
    Differential<S> call(String method, String variant, Call<S> call) {
        deeds.add(new Deed<>(method, variant, call));
        return this;
    }

    /** Adds a use of a method that has no result. */
    Differential<S> act(String method, String variant, Action<S> action) {
        return call(method, variant, socket -> {
            action.on(socket);
            return "done";
        });
    }

    /** Leaves a public method out. */
    Differential<S> leaveOut(String method, @SuppressWarnings("unused") String reason) {
        leftOut.add(method);
        return this;
    }

    /**
     * Allows a difference: in states, for calls (as the failure names them), where ours says one thing and the JDK's another. All are patterns of
     * {@link String#matches}.
     */
    Differential<S> allow(String states, String calls, String ours, String theirs, String reason) {
        allowances.add(new Allowance(states, calls, ours, theirs, reason));
        return this;
    }

    /** Does everything and compares. Returns how many pairs were compared. */
    int run() throws Exception {
        assertThat(unexercised()).as("public methods of %s that nothing is done with", type.getName()).isEmpty();
        return runSome();
    }

    /** The same, though not every method is used: for a state that has a test of its own. */
    int runSome() throws Exception {
        var differences = new ArrayList<String>();
        for (State<S> state : states) {
            for (Deed<S> deed : deeds) {
                Green.sleep(); // Long as it takes, the loop goes on turning.
                String ours = outcome(state.ours, deed);
                String theirs = outcome(state.theirs, deed);
                if (!ours.equals(theirs)) {
                    // The JDK counts the time it takes to get its lock: on a busy machine a read may time out though bytes are there. Ours has no second try.
                    theirs = outcome(state.theirs, deed);
                }
                if (!ours.equals(theirs) && !isAllowed(state.name, deed.toString(), ours, theirs)) {
                    differences.add(state.name + ": " + deed + "\n    ours:   " + ours + "\n    theirs: " + theirs);
                }
            }
        }
        assertThat(differences).as(() -> "differences from " + type.getName() + ":\n" + String.join("\n", differences))
                .isEmpty();
        assertThat(allowances.stream().filter(allowance -> !allowance.used).map(allowance -> allowance.reason))
                .as("differences that were allowed and are none").isEmpty();
        return states.size() * deeds.size();
    }

    private boolean isAllowed(String state, String deed, String ours, String theirs) {
        return allowances.stream().anyMatch(allowance -> allowance.covers(state, deed, ours, theirs));
    }

    private Set<String> unexercised() {
        Set<String> methods = Stream.of(type.getDeclaredMethods()).filter(m -> Modifier.isPublic(m.getModifiers()))
                .map(Differential::signature).collect(Collectors.toCollection(TreeSet::new));
        var unknown = new TreeSet<>(deeds.stream().map(Deed::method).toList());
        unknown.addAll(leftOut);
        unknown.removeAll(methods);
        assertThat(unknown).as("calls that are no public methods of %s", type.getName()).isEmpty();
        deeds.forEach(deed -> methods.remove(deed.method()));
        methods.removeAll(leftOut);
        return methods;
    }

    private static String signature(Method method) {
        return method.getName() + Stream.of(method.getParameterTypes()).map(Class::getSimpleName)
                .collect(Collectors.joining(",", "(", ")"));
    }

    private static <S extends Closeable> String outcome(Maker<S> maker, Deed<S> deed) throws Exception {
        try (var specimen = maker.make()) {
            String said;
            try {
                said = "returns " + render(deed.call.on(specimen.socket), specimen.socket);
            } catch (Exception e) {
                said = "throws " + render(e);
            }
            for (var name : specimen.names.entrySet()) {
                said = said.replaceAll("(?<!\\d)" + name.getKey() + "(?!\\d)", "<" + name.getValue() + ">");
            }
            return said;
        }
    }

    private static String render(Exception e) {
        return e.getClass().getName() + ": " + e.getMessage();
    }

    private static String render(@Nullable Object result, Object socket) {
        return switch (result) {
            case null -> "null";
            case Object same when same == socket -> "itself";
            case byte[] bytes -> Arrays.toString(bytes);
            case Throwable failure -> failure.getClass().getName() + ": " + failure.getMessage();
            case Collection<?> many when many instanceof Set<?> ->
                new TreeSet<>(many.stream().map(Differential::name).toList())
                        .toString();
            case Collection<?> many -> many.stream().map(each -> render(each, socket)).toList().toString();
            default -> result.toString();
        };
    }

    private static String name(Object element) {
        return element instanceof SocketOption<?> option ? option.name() : element.toString();
    }
}
