package dev.verdant.conformance.library;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.Closeable;
import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;

/** Starts the servers that are not ours, all at a time, before the first test that needs them, and stops them after the last. */
final class Servers implements BeforeAllCallback {

    private static volatile @Nullable Running running;

    /** Those that are installed. */
    private record Running(@Nullable PostgresServer postgres, @Nullable MariaDbServer mariaDb,
            @Nullable RedisServer redis) implements Closeable {

        static Running start() {
            var postgres = started(PostgresServer::start);
            var mariaDb = started(MariaDbServer::start);
            var redis = started(RedisServer::start);
            return new Running(postgres.join(), mariaDb.join(), redis.join());
        }

        private static <T> CompletableFuture<@Nullable T> started(Callable<@Nullable T> start) {
            return CompletableFuture.supplyAsync(() -> {
                try {
                    return start.call();
                } catch (Exception e) {
                    throw new CompletionException(e);
                }
            }, task -> Thread.ofPlatform().start(task));
        }

        @Override
        public void close() throws IOException {
            for (Closeable each : new @Nullable Closeable[]{postgres, mariaDb, redis}) {
                if (each != null) {
                    each.close();
                }
            }
        }
    }

    @Override
    public void beforeAll(ExtensionContext context) throws ClassNotFoundException {
        // Apache's client asks it what options there are, for which it makes sockets that it never closes.
        Class.forName("jdk.net.Sockets");
        running = context.getRoot().getStore(Namespace.create(Servers.class)).computeIfAbsent(Running.class,
                _ -> Running.start(), Running.class);
    }

    private static Running running() {
        return Objects.requireNonNull(running, "@ExtendWith(Servers.class)");
    }

    static PostgresServer postgres() {
        return installed(running().postgres, "postgresql");
    }

    static MariaDbServer mariaDb() {
        return installed(running().mariaDb, "mariadb-server-core");
    }

    static RedisServer redis() {
        return installed(running().redis, "redis-server or valkey-server");
    }

    /** Who has not got it skips the test. */
    private static <T> T installed(@Nullable T server, String packages) {
        assumeTrue(server != null, packages + " is not installed");
        return Objects.requireNonNull(server);
    }
}
