package dev.verdant.hub.nio;

import dev.verdant.hub.DatagramChannel;
import dev.verdant.hub.Hub;
import dev.verdant.hub.ListenerChannel;
import dev.verdant.hub.PipeChannels;
import dev.verdant.hub.SocketDomain;
import dev.verdant.hub.StreamChannel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.invoke.VarHandle;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.nio.channels.Pipe;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A hub on a {@link Selector}. Threads and errors as {@link Hub} says. */
final class NioHub implements Hub {

    /*
     * A selector says again and again that a channel is ready, until somebody reads or takes the interest back. So channels that nobody waits for
     * must have no interest, or an idle one would keep the hub spinning. But to set and take back the interest for every wait costs as much as the wait:
     * NioChannel therefore leaves the interest where it is, and takes it back only when an event comes that nobody has armed for.
     *
     * Events are collected while the selector selects and passed on afterwards, so that handlers may close and register channels.
     */

    private final Selector selector;
    private final Consumer<SelectionKey> collector = this::collect;

    /** A wake-up has been asked for and no poll has returned since: the selector need not be told again. */
    private final AtomicBoolean woken = new AtomicBoolean();

    /** Channels that were ended on other threads, where the selector does not see it. */
    private final Queue<NioChannel<?>> ended = new ConcurrentLinkedQueue<>();

    private volatile BooleanSupplier onHubThread;
    private volatile boolean closed;

    // The hub's thread's alone.
    private @Nullable NioChannel<?>[] found = new NioChannel<?>[64];
    private int foundCount;
    private boolean delivering;

    NioHub() {
        var opener = Thread.currentThread();
        this.onHubThread = () -> Thread.currentThread() == opener;
        try {
            this.selector = Selector.open();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot open a selector", e);
        }
        Failures.load();
    }

    @Override
    public String name() {
        return "nio";
    }

    @Override
    public long nanoTime() {
        return System.nanoTime();
    }

    @Override
    public InstantSource wallClock() {
        return InstantSource.system();
    }

    @Override
    public void confine(BooleanSupplier onThread) {
        this.onHubThread = onThread;
    }

    boolean isHere() {
        return onHubThread.getAsBoolean();
    }

    void requireHere() {
        if (!isHere()) {
            throw new IllegalStateException("called off the thread of " + this + ": by " + Thread.currentThread());
        }
    }

    @Override
    public int poll(long timeoutNanos) {
        if (closed) {
            throw new IllegalStateException("closed: " + this);
        }
        select(foundCount > 0 ? 0 : timeoutNanos);
        takeEnded();
        delivering = true;
        Throwable failure = null;
        int called = 0;
        for (int i = 0; i < foundCount; i++) {
            try {
                called += deliver(Objects.requireNonNull(found[i])) ? 1 : 0;
            } catch (Throwable e) {
                failure = joined(failure, e);
            }
        }
        Arrays.fill(found, 0, foundCount, null);
        foundCount = 0;
        delivering = false;
        woken.set(false);
        if (failure != null) {
            throw NioHub.<RuntimeException>unchecked(failure);
        }
        return called;
    }

    /** Not to a channel that an earlier handler has moved to another hub. */
    private boolean deliver(NioChannel<?> channel) {
        return channel.hub == this && channel.deliver();
    }

    private void takeEnded() {
        for (NioChannel<?> channel = ended.poll(); channel != null; channel = ended.poll()) {
            if (channel.hub == this && channel.findEnd()) {
                note(channel);
            }
        }
    }

    private void select(long timeoutNanos) {
        try {
            if (timeoutNanos == 0) {
                selector.selectNow(collector);
            } else {
                selector.select(collector, timeoutNanos < 0 ? 0 : Math.ceilDiv(timeoutNanos, 1_000_000L));
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the selector has failed", e);
        }
    }

    private void collect(SelectionKey key) {
        var channel = (NioChannel<?>) key.attachment();
        if (channel.find(key.readyOps())) {
            note(channel);
        }
    }

    private void note(NioChannel<?> channel) {
        if (foundCount == found.length) {
            found = Arrays.copyOf(found, foundCount * 2);
        }
        found[foundCount++] = channel;
    }

    private static Throwable joined(@Nullable Throwable first, Throwable later) {
        if (first == null) {
            return later;
        }
        if (first != later) {
            first.addSuppressed(later);
        }
        return first;
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // erased: the throw is the purpose
    private static <E extends Throwable> E unchecked(Throwable e) throws E {
        throw (E) e;
    }

    @Override
    public void wakeup() {
        // What the caller wrote before is seen after the poll that this ends, also if somebody else has asked for it already.
        VarHandle.fullFence();
        if (woken.compareAndSet(false, true)) {
            selector.wakeup();
        }
    }

    /** Has the next poll call the handler of a channel that was ended. Any thread. */
    void tell(NioChannel<?> channel) {
        ended.add(channel);
        wakeup();
    }

    @Override
    public StreamChannel openStream(SocketDomain domain) throws IOException {
        requireOpen();
        try {
            return new NioStreamChannel(this, domain, switch (domain) {
                case INTERNET -> SocketChannel.open();
                case UNIX -> SocketChannel.open(StandardProtocolFamily.UNIX);
            });
        } catch (IOException e) {
            throw Failures.of(e);
        }
    }

    @Override
    public ListenerChannel openListener(SocketDomain domain) throws IOException {
        requireOpen();
        try {
            return new NioListenerChannel(this, domain, switch (domain) {
                case INTERNET -> ServerSocketChannel.open();
                case UNIX -> ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            });
        } catch (IOException e) {
            throw Failures.of(e);
        }
    }

    @Override
    public DatagramChannel openDatagram(SocketDomain domain) throws IOException {
        requireOpen();
        if (domain == SocketDomain.UNIX) {
            throw new UnsupportedOperationException(
                    "NIO has no Unix-domain datagrams: take the epoll hub (-Dverdant.hub=epoll), or Unix-domain streams");
        }
        try {
            return new NioDatagramChannel(this, java.nio.channels.DatagramChannel.open());
        } catch (IOException e) {
            throw Failures.of(e);
        }
    }

    @Override
    public PipeChannels openPipe() throws IOException {
        requireOpen();
        try {
            Pipe pipe = Pipe.open();
            try {
                return new PipeChannels(new NioSourceChannel(this, pipe.source()),
                        new NioSinkChannel(this, pipe.sink()));
            } catch (IOException e) {
                pipe.source().close();
                pipe.sink().close();
                throw e;
            }
        } catch (IOException e) {
            throw Failures.of(e);
        }
    }

    private void requireOpen() throws SocketException {
        if (closed) {
            throw new SocketException("closed: " + this);
        }
    }

    Selector selector() {
        return selector;
    }

    /**
     * Lets go of the descriptors of cancelled channels, which the selector does when it selects. What it finds meanwhile is kept for the next poll,
     * and a wake-up that it swallows is asked for again.
     */
    void flushCancelled() {
        if (closed) {
            return;
        }
        select(0);
        if (!delivering && woken.get()) {
            selector.wakeup();
        }
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        requireHere();
        closed = true;
        var channels = new ArrayList<NioChannel<?>>();
        for (SelectionKey key : selector.keys()) {
            channels.add((NioChannel<?>) key.attachment());
        }
        channels.forEach(NioChannel::detach);
        select(0);
        channels.forEach(NioChannel::closeDescriptor);
        try {
            selector.close();
        } catch (IOException e) {
            throw new UncheckedIOException("the selector cannot be closed", e);
        }
    }

    @Override
    public String toString() {
        return "nio hub";
    }
}
