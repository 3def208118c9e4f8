package dev.verdant.green.http;

import com.sun.net.httpserver.HttpContext;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import dev.verdant.green.EventLoop;
import dev.verdant.green.net.GreenServerSocket;
import dev.verdant.green.net.Net;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The JDK's server on a loop of its own, for programs that know nothing of loops. Any thread. */
final class ServerCore {

    private static final int BACKLOG = 50;

    private final HttpServer server;
    private final Supplier<Transport> transport;
    private final Contexts contexts = new Contexts();

    /** Keeps the JVM alive until the server is stopped, as the JDK's own does. */
    private final CountDownLatch stopped = new CountDownLatch(1);

    private @Nullable EventLoop loop;
    private @Nullable GreenServerSocket listener;
    private @Nullable Service service;
    private @Nullable Executor executor;
    private boolean isStopped;

    /** Creates one that is not bound yet. The transport is asked for at the start. */
    ServerCore(HttpServer server, Supplier<Transport> transport) {
        this.server = server;
        this.transport = transport;
    }

    synchronized void bind(InetSocketAddress address, int backlog) throws IOException {
        Objects.requireNonNull(address, "address");
        if (listener != null) {
            throw new BindException("the server is bound already");
        }
        if (isStopped) {
            throw new BindException("the server has been stopped");
        }
        EventLoop made = EventLoop.start(options -> options.name("verdant-http"));
        boolean bound = false;
        try {
            listener = on(made, () -> Net.listen(address, backlog > 0 ? backlog : BACKLOG));
            loop = made;
            bound = true;
        } finally {
            if (!bound) {
                made.close();
            }
        }
    }

    private static <T> T on(EventLoop loop, Callable<T> work) throws IOException {
        try {
            return loop.spawn(work).get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (IOException) new InterruptedIOException("interrupted while a loop was waited for").initCause(e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException cause) {
                throw cause;
            }
            throw new IOException(e.getCause());
        }
    }

    synchronized void start() {
        GreenServerSocket bound = listener;
        if (bound == null || loop == null || service != null || isStopped) {
            throw new IllegalStateException(bound == null
                    ? "the server is not bound (expected: bind before start)"
                    : "the server has been started or stopped already");
        }
        var made = new Service(new Settings(), contexts, transport.get(), true);
        made.executor(executor);
        service = made;
        loop.spawn("verdant-http-acceptor", () -> Net.serve(bound, made, Integer.MAX_VALUE));
        Thread.ofPlatform().daemon(false).name("verdant-http-keeper").start(() -> {
            try {
                stopped.await();
            } catch (InterruptedException e) {
                // Somebody wants the JVM to end.
            }
        });
    }

    void stop(int delay) {
        if (delay < 0) {
            throw new IllegalArgumentException("delay: " + delay + " (expected: >= 0)");
        }
        GreenServerSocket bound;
        EventLoop own;
        synchronized (this) {
            if (isStopped) {
                return;
            }
            isStopped = true;
            bound = listener;
            own = loop;
        }
        try {
            if (bound != null) {
                Net.stop(bound, Duration.ofSeconds(delay));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            throw new UncheckedIOException(e); // Not by a close of ours.
        } finally {
            stopped.countDown();
            if (own != null) {
                own.close();
            }
        }
    }

    synchronized void executor(@Nullable Executor who) {
        if (service != null) {
            throw new IllegalStateException("the server has been started already (expected: setExecutor before start)");
        }
        executor = who;
    }

    synchronized @Nullable Executor executor() {
        return executor;
    }

    HttpContext createContext(String path, @Nullable HttpHandler handler) {
        return contexts.create(server, Objects.requireNonNull(path, "path"), handler);
    }

    void removeContext(String path) {
        contexts.remove(Objects.requireNonNull(path, "path"));
    }

    synchronized @Nullable InetSocketAddress address() {
        GreenServerSocket bound = listener;
        return bound == null ? null : (InetSocketAddress) bound.getLocalSocketAddress();
    }
}
