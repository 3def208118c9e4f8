package dev.verdant.conformance.library;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import dev.verdant.conformance.Counts;
import dev.verdant.conformance.Each;
import dev.verdant.conformance.HubTest;
import dev.verdant.conformance.NotSimulated;
import dev.verdant.green.Green;
import dev.verdant.green.GreenExit;
import dev.verdant.green.Timeout;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Queries through one connection after the other, ended at random moments: whoever borrows next gets his own answer, from a connection that works.
 */
@Tag("patched")
@NotSimulated("PostgreSQL is on the machine's network")
@ExtendWith(Servers.class)
class PoolOfOneTest {

    private static final int QUERIES = 1_000;

    /** Half of them end before most queries do. */
    private static final int MOST_MICROS = 4_000;

    /** Plain, and over TLS. */
    static final class Ways implements Supplier<Stream<Tls>> {
        @Override
        public Stream<Tls> get() {
            return Stream.of(Tls.values());
        }
    }

    private static HikariDataSource open(Tls tls) throws SQLException {
        return JdbcSubject.pool(Servers.postgres().url(tls), 1);
    }

    /** Asks for a number, which comes after a while in rows enough for several packets. */
    private static void ask(HikariDataSource pool, long number, int micros) throws SQLException {
        try (Connection connection = pool.getConnection();
                PreparedStatement statement = connection
                        .prepareStatement("select ?::bigint, repeat('x', 100), pg_sleep(? / 1e6)"
                                + " union all select ?::bigint, repeat('x', 500), null from generate_series(1, 50)")) {
            statement.setLong(1, number);
            statement.setInt(2, micros);
            statement.setLong(3, number);
            int count = 0;
            try (var rows = statement.executeQuery()) {
                while (rows.next()) {
                    assertThat(rows.getLong(1)).as("the answer to another query").isEqualTo(number);
                    count++;
                }
            }
            assertThat(count).as("rows").isEqualTo(51);
        }
    }

    private static Duration moment(Random random) {
        return Duration.ofNanos(random.nextLong(MOST_MICROS * 1_000L));
    }

    @HubTest(seconds = 240)
    void aQueryThatATimeoutEndedIsFollowedByAnothersWithItsOwnAnswer(@Each(Ways.class) Tls tls) throws Exception {
        long seed = Long.getLong("verdant.seed", new Random().nextLong());
        var random = new Random(seed);
        int ended = 0;
        try (var pool = open(tls)) {
            for (int i = 0; i < Counts.of(QUERIES); i++) {
                int number = 2 * i;
                int micros = random.nextInt(MOST_MICROS);
                try {
                    Timeout.call(moment(random), () -> ask(pool, number, micros));
                } catch (Timeout e) {
                    ended++;
                }
                ask(pool, number + 1, 0);
            }
        } catch (Throwable e) {
            throw new AssertionError("seed " + seed, e);
        }
        assertThat(ended).as("queries ended, of seed %s", seed).isGreaterThan(Counts.of(QUERIES) / 10);
    }

    @HubTest(seconds = 240)
    void aQueryThatAKillEndedIsFollowedByAnothersWithItsOwnAnswer(@Each(Ways.class) Tls tls) throws Exception {
        long seed = Long.getLong("verdant.seed", new Random().nextLong());
        var random = new Random(seed);
        int ended = 0;
        try (var pool = open(tls)) {
            for (int i = 0; i < Counts.of(QUERIES); i++) {
                int number = 2 * i;
                int micros = random.nextInt(MOST_MICROS);
                var query = Green.spawn(() -> {
                    ask(pool, number, micros);
                    return null;
                });
                Green.sleep(moment(random));
                if (query.isAlive()) {
                    query.kill();
                }
                // He may still be about to give the connection back.
                ask(pool, number + 1, 0);
                try {
                    query.await();
                } catch (GreenExit e) {
                    ended++;
                }
            }
        } catch (Throwable e) {
            throw new AssertionError("seed " + seed, e);
        }
        assertThat(ended).as("queries ended, of seed %s", seed).isGreaterThan(Counts.of(QUERIES) / 10);
    }

    /** Who waits for the connection in vain harms nobody. */
    @HubTest(seconds = 60)
    void aBorrowerThatATimeoutEndsInTheQueueHasTakenNothing() throws Exception {
        try (var pool = open(Tls.NONE)) {
            try (Connection first = pool.getConnection()) {
                assertThat(first.isValid(5)).isTrue();
                assertThatThrownBy(() -> Timeout.call(Duration.ofMillis(20), () -> ask(pool, 1, 0)))
                        .isInstanceOf(Timeout.class);
            }
            ask(pool, 2, 0);
        }
    }
}
