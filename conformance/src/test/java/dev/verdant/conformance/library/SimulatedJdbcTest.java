package dev.verdant.conformance.library;

import static org.assertj.core.api.Assertions.assertThat;

import dev.verdant.conformance.Counts;
import dev.verdant.examples.PostgresStub;
import dev.verdant.green.Green;
import dev.verdant.green.Timeout;
import dev.verdant.green.net.Net;
import dev.verdant.testkit.Schedule;
import dev.verdant.testkit.Simulation;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Objects;
import java.util.Properties;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.postgresql.Driver;

/** PostgreSQL's driver, unmodified, on the simulated network, whose connections break. */
@Tag("patched")
class SimulatedJdbcTest {

    private static final int PORT = 5432;
    private static final int QUERIES = 30;

    /** What became of the queries of all runs. */
    private int answers;
    private int failures;

    @Test
    @org.junit.jupiter.api.Timeout(300)
    void whateverBreaksAQueryIsAnsweredOrFailsAndNoneHangs() throws Exception {
        long first = Long.getLong("verdant.seed", new Random().nextInt(Integer.MAX_VALUE));
        for (long seed = first; seed < first + Counts.of(1_000); seed++) {
            try {
                run(seed, true);
            } catch (Exception | Error e) {
                throw new AssertionError("seed " + seed + " fails: " + e, e);
            }
        }
        assertThat(answers).as("answers, from seed %s", first).isGreaterThan(QUERIES);
        assertThat(failures).as("failures, from seed %s", first).isGreaterThan(QUERIES);
    }

    @Test
    @org.junit.jupiter.api.Timeout(60)
    void onASoundNetworkEveryQueryIsAnsweredAndASecondOfSleepIsOverAtOnce() throws Exception {
        run(1, false);
        assertThat(answers).isEqualTo(QUERIES);
    }

    private void run(long seed, boolean breaks) throws Exception {
        var simulation = Simulation.seed(seed).schedule(Schedule.RANDOM).deadline(Duration.ofSeconds(60));
        if (breaks) {
            simulation.faults().randomly(0.002);
        }
        simulation.run(() -> {
            simulation.links().latency(Duration.ofMillis(1), Duration.ofMillis(10)).slices(50);
            simulation.host("server").start(SimulatedJdbcTest::serve);
            if (breaks) {
                simulation.host("breaker").start(() -> breakNowAndThen(simulation));
            }
            String server = simulation.host("server").address().getHostAddress();
            simulation.host("client").start(() -> {
                Green.sleep(Duration.ofSeconds(1)); // The server listens by then.
                askAll(simulation, server);
            }).await();
        });
    }

    private static void serve() {
        while (true) {
            try (var listener = Net.listen(new InetSocketAddress(PORT))) {
                Net.serve(listener, socket -> {
                    try {
                        PostgresStub.serve(socket);
                    } catch (IOException e) {
                        // The client finds out.
                    }
                });
            } catch (IOException e) {
                Green.sleep(Duration.ofMillis(10));
            }
        }
    }

    /** In the middle of queries, for each takes a second. */
    private static void breakNowAndThen(Simulation simulation) {
        while (true) {
            Green.sleep(Duration.ofMillis(simulation.random().nextInt(5_000)));
            simulation.link("server", "client").reset();
        }
    }

    private void askAll(Simulation simulation, String server) throws Exception {
        @Nullable Connection connection = null;
        for (int i = 0; i < QUERIES; i++) {
            long number = i;
            @Nullable Connection open = connection;
            try {
                // Much longer than a query takes: if it passes, the driver waits for what cannot come.
                connection = Timeout.call(Duration.ofMinutes(1), () -> {
                    Connection used = open != null ? open : connect(server);
                    ask(used, number);
                    return used;
                });
                answers++;
            } catch (SQLException e) {
                simulation.note(e.toString());
                failures++;
                connection = null;
            }
        }
        if (connection != null) {
            close(connection);
        }
    }

    /** The driver says goodbye to the server, and fails if the connection is broken by then; it is closed all the same. */
    private static void close(Connection connection) {
        try {
            connection.close();
        } catch (SQLException e) {
            assertThat(e.getMessage()).isEqualTo("Unable to close connection properly");
        }
    }

    private static Connection connect(String server) throws SQLException {
        var user = new Properties();
        user.setProperty("user", "stub");
        user.setProperty("sslmode", "disable");
        user.setProperty("gssEncMode", "disable");
        return Objects.requireNonNull(
                new Driver().connect("jdbc:postgresql://" + server + ":" + PORT + "/stub", user));
    }

    /** Closes the connection if it comes to nothing. */
    private static void ask(Connection connection, long number) throws SQLException {
        boolean done = false;
        try {
            query(connection, number);
            done = true;
        } finally {
            if (!done) {
                close(connection);
            }
        }
    }

    private static void query(Connection connection, long number) throws SQLException {
        try (var statement = connection.createStatement();
                var rows = statement.executeQuery("select " + number + ", pg_sleep(1)")) {
            assertThat(rows.next()).isTrue();
            assertThat(rows.getLong(1)).isEqualTo(number);
        }
    }
}
