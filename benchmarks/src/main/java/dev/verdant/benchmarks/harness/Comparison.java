package dev.verdant.benchmarks.harness;

import dev.verdant.benchmarks.report.Estimate;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/**
 * What rounds have shown of servers that took turns.
 *
 * @param servers those that got through all rounds, in the order of the tables; the first is what others are compared with
 * @param samples a sample a round, by the server's name
 * @param failures why other servers did not get through, by their labels
 */
public record Comparison(List<Server> servers, Map<String, List<Sample>> samples, Map<String, String> failures) {

    /**
     * Creates a comparison.
     *
     * @param servers those that got through
     * @param samples by the server's name
     * @param failures of the others, by their labels
     */
    public Comparison {
        servers = List.copyOf(servers);
        samples = Map.copyOf(samples);
        failures = new LinkedHashMap<>(failures);
    }

    /**
     * Tells whether a server got through.
     *
     * @param name its name
     * @return false if nothing is known of it
     */
    public boolean has(String name) {
        return samples.containsKey(name);
    }

    /**
     * Estimates a figure of a server.
     *
     * @param name the server's name
     * @param figure which
     * @return the estimate; unknown if the server did not get through
     */
    public Estimate of(String name, ToDoubleFunction<Sample> figure) {
        return Estimate.of(samples.getOrDefault(name, List.of()).stream().mapToDouble(figure).toArray());
    }

    /**
     * Estimates the ratio of a server's figure to another's, within rounds.
     *
     * @param name the server's name
     * @param other the other's
     * @param figure which
     * @return the estimate; unknown if one of them did not get through
     */
    public Estimate ratio(String name, String other, ToDoubleFunction<Sample> figure) {
        List<Sample> ours = samples.getOrDefault(name, List.of());
        List<Sample> theirs = samples.getOrDefault(other, List.of());
        return Estimate.of(IntStream.range(0, Math.min(ours.size(), theirs.size()))
                .mapToDouble(i -> figure.applyAsDouble(ours.get(i)) / figure.applyAsDouble(theirs.get(i))).toArray());
    }

    /**
     * Adds up the errors of a server.
     *
     * @param name its name
     * @return how many there were in all rounds
     */
    public long errors(String name) {
        return samples.getOrDefault(name, List.of()).stream().mapToLong(sample -> sample.figures().get("errors")).sum();
    }

    /**
     * Returns what the first error said.
     *
     * @param name the server's name
     * @return empty if there was none
     */
    public String firstError(String name) {
        return samples.getOrDefault(name, List.of()).stream().map(sample -> sample.figures().firstError())
                .filter(error -> !error.isEmpty()).findFirst().orElse("");
    }

    /**
     * Counts the rounds in which the load generator itself was late.
     *
     * @param name the server's name
     * @return rounds whose latencies are not to be believed
     */
    public long lateRounds(String name) {
        return samples.getOrDefault(name, List.of()).stream().filter(Sample::isGeneratorLate).count();
    }
}
