package dev.verdant.conformance.library;

import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.commons.pool2.impl.GenericObjectPoolConfig;
import redis.clients.jedis.Connection;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.RedisClient;

/** Jedis with its pool. What is to be held waits for an element of a list. */
final class JedisSubject implements Subject {

    private static final AtomicLong LAST = new AtomicLong();

    private final RedisClient client;
    private final RedisClient observer;
    private final String prefix = "held " + LAST.incrementAndGet() + " ";
    private final Set<String> held = ConcurrentHashMap.newKeySet();

    JedisSubject(Tls tls, int size) {
        this.client = client(tls, size);
        this.observer = client(Tls.NONE, 1);
    }

    @SuppressWarnings("deprecation") // what came in its place takes key stores, and no factory
    private static RedisClient client(Tls tls, int size) {
        var config = DefaultJedisClientConfig.builder();
        if (tls.isOn()) {
            config.ssl(true).sslSocketFactory(tls.factory());
        }
        var pool = new GenericObjectPoolConfig<Connection>();
        pool.setMaxTotal(size);
        pool.setMaxIdle(size);
        pool.setJmxEnabled(false);
        return RedisClient.builder().hostAndPort(new HostAndPort("127.0.0.1", Servers.redis().port(tls)))
                .clientConfig(config.build()).poolConfig(pool).build();
    }

    @Override
    public String ask(Pace pace, String what) {
        return switch (pace) {
            case AT_ONCE -> (String) client.eval("return ARGV[1]", 0, what);
            case SLOWLY -> {
                var nothing = client.blpop(Pace.SLOW_MILLIS / 1000.0, "nothing comes here");
                if (nothing != null) {
                    throw new AssertionError(nothing);
                }
                yield what;
            }
            case WHEN_RELEASED -> {
                held.add(prefix + what);
                yield Objects.requireNonNull(client.blpop(60.0, prefix + what)).getValue();
            }
        };
    }

    @Override
    public int held() {
        return observer.info("clients").lines().filter(line -> line.startsWith("blocked_clients:"))
                .mapToInt(line -> Integer.parseInt(line.split(":", 2)[1])).findFirst().orElseThrow();
    }

    @Override
    public void release() {
        held.forEach(key -> observer.rpush(key, key.substring(prefix.length())));
        held.clear();
    }

    @Override
    public void close() {
        client.close();
        observer.close();
    }
}
