package dev.verdant.green.http;

import dev.verdant.green.pool.GreenPool;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a service was told. Changed by its builder only, which keeps one of its own. */
final class Settings {

    private static final Duration FOR_EVER = Duration.ofDays(36_500);

    int maxSize = 1000;
    @Nullable GreenPool pool;
    Map<String, Object> environ = Map.of();

    // ---- limits
    int line = 8 * 1024;
    int headerBytes = 64 * 1024;
    int headerFields = 100;
    int trailerBytes = 8 * 1024;
    long body = 10L * 1024 * 1024;
    long drain = 64 * 1024;

    // ---- patience
    boolean keepAlive = true;
    boolean tellsKeepAlive;
    @Nullable Duration idle = Duration.ofSeconds(60);
    @Nullable Duration header = Duration.ofSeconds(20);
    @Nullable Duration bodyWait = Duration.ofSeconds(30);
    @Nullable Duration write = Duration.ofSeconds(30);
    @Nullable Duration socket;
    long minimumRate = 240;

    // ---- answers
    boolean isHttp10;
    int minimumChunkSize = 4096;
    boolean capitalize = true;
    boolean debug;

    // ---- the log
    @Nullable AccessLog log;

    Settings copy() {
        var copy = new Settings();
        copy.maxSize = maxSize;
        copy.pool = pool;
        copy.environ = Map.copyOf(environ);
        copy.line = line;
        copy.headerBytes = headerBytes;
        copy.headerFields = headerFields;
        copy.trailerBytes = trailerBytes;
        copy.body = body;
        copy.drain = drain;
        copy.keepAlive = keepAlive;
        copy.tellsKeepAlive = tellsKeepAlive;
        copy.idle = idle;
        copy.header = header;
        copy.bodyWait = bodyWait;
        copy.write = write;
        copy.socket = socket;
        copy.minimumRate = minimumRate;
        copy.isHttp10 = isHttp10;
        copy.minimumChunkSize = minimumChunkSize;
        copy.capitalize = capitalize;
        copy.debug = debug;
        copy.log = log;
        return copy;
    }

    void addEnviron(Map<String, ?> attributes) {
        var all = new HashMap<String, Object>(environ);
        all.putAll(attributes);
        environ = all;
    }

    Limits limits() {
        return new Limits(line, headerBytes, headerFields, trailerBytes, body, drain);
    }

    Patience patience() {
        return new Patience(shorter(idle), shorter(header), shorter(bodyWait), shorter(write), minimumRate);
    }

    /** Bounds a wait by the time that each call on the socket has. What nobody lives to see is for ever: as nanoseconds it would be no number. */
    private @Nullable Duration shorter(@Nullable Duration wait) {
        Duration all = socket;
        Duration most = all == null || wait != null && wait.compareTo(all) < 0 ? wait : all;
        return most == null || most.compareTo(FOR_EVER) > 0 ? null : most;
    }
}
