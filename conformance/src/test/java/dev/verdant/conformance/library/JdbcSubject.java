package dev.verdant.conformance.library;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.io.Closeable;
import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicInteger;

/** A database's driver, alone or under a pool. What is to be held waits for a lock that one connection more has. */
final class JdbcSubject implements Subject {

    private static final AtomicInteger LAST_LOCK = new AtomicInteger();

    /** What differs. {@code ?} is what to answer, {@code LOCK} the lock's number. */
    private enum Dialect {
        POSTGRES("select ?::text from (select pg_sleep(0.2)) as slow",
                "select ?::text from (select pg_advisory_xact_lock_shared(LOCK)) as locked",
                "select pg_advisory_lock(LOCK)", "select pg_advisory_unlock(LOCK)",
                "select count(*) from pg_locks where locktype = 'advisory' and objid = LOCK and not granted"), MARIADB(
                        "select concat(?, left(sleep(0.2), 0))",
                        "select concat(?, left(get_lock('lock LOCK', 60), 0), left(release_lock('lock LOCK'), 0))",
                        "select get_lock('lock LOCK', 0)", "select release_lock('lock LOCK')",
                        "select count(*) from information_schema.processlist where state = 'User lock'"
                                + " and info like '%''lock LOCK''%'");

        private final String slow;
        private final String locked;
        private final String lock;
        private final String unlock;
        private final String waiting;

        Dialect(String slow, String locked, String lock, String unlock, String waiting) {
            this.slow = slow;
            this.locked = locked;
            this.lock = lock;
            this.unlock = unlock;
            this.waiting = waiting;
        }
    }

    /** Connects, or borrows. */
    interface Source {
        Connection connection() throws SQLException;
    }

    private final Dialect dialect;
    private final Source source;
    private final Closeable pool;
    private final String lock = Integer.toString(LAST_LOCK.incrementAndGet());
    private final Connection observer;

    private JdbcSubject(Dialect dialect, String url, Source source, Closeable pool) throws SQLException {
        this.dialect = dialect;
        this.source = source;
        this.pool = pool;
        this.observer = DriverManager.getConnection(url);
        tell(dialect.lock);
    }

    static JdbcSubject postgres(Tls tls) throws SQLException {
        String url = Servers.postgres().url(tls);
        return new JdbcSubject(Dialect.POSTGRES, url, () -> DriverManager.getConnection(url), () -> {});
    }

    static JdbcSubject mariaDb(Tls tls) throws SQLException {
        String url = Servers.mariaDb().url(tls);
        return new JdbcSubject(Dialect.MARIADB, url, () -> DriverManager.getConnection(url), () -> {});
    }

    static JdbcSubject pooledPostgres(Tls tls, int size) throws SQLException {
        String url = Servers.postgres().url(tls);
        var pool = pool(url, size);
        return new JdbcSubject(Dialect.POSTGRES, url, pool::getConnection, pool);
    }

    static JdbcSubject pooledMariaDb(Tls tls, int size) throws SQLException {
        String url = Servers.mariaDb().url(tls);
        var pool = pool(url, size);
        return new JdbcSubject(Dialect.MARIADB, url, pool::getConnection, pool);
    }

    /** HikariCP. */
    static HikariDataSource pool(String url, int size) {
        var config = new HikariConfig();
        config.setJdbcUrl(url);
        config.setMaximumPoolSize(size);
        return new HikariDataSource(config);
    }

    @Override
    public String ask(Pace pace, String what) throws SQLException {
        String query = switch (pace) {
            case AT_ONCE -> "select " + (dialect == Dialect.POSTGRES ? "?::text" : "?");
            case SLOWLY -> dialect.slow;
            case WHEN_RELEASED -> locking(dialect.locked);
        };
        try (Connection connection = source.connection();
                PreparedStatement statement = connection.prepareStatement(query)) {
            statement.setString(1, what);
            return answer(statement.executeQuery());
        }
    }

    private String locking(String query) {
        return query.replace("LOCK", lock);
    }

    private static String answer(ResultSet rows) throws SQLException {
        try (rows) {
            if (!rows.next()) {
                throw new AssertionError("no answer");
            }
            return rows.getString(1);
        }
    }

    private String tell(String query) throws SQLException {
        try (var statement = observer.createStatement()) {
            return answer(statement.executeQuery(locking(query)));
        }
    }

    @Override
    public int held() throws SQLException {
        return Integer.parseInt(tell(dialect.waiting));
    }

    @Override
    public void release() throws SQLException {
        tell(dialect.unlock);
    }

    @Override
    public void close() throws IOException {
        try (pool) {
            observer.close();
        } catch (SQLException e) {
            throw new IOException(e);
        }
    }
}
