package dev.verdant.hub.unix;

import dev.verdant.hub.DatagramChannel;
import dev.verdant.hub.Hub;
import dev.verdant.hub.ListenerChannel;
import dev.verdant.hub.PipeChannels;
import dev.verdant.hub.ReadinessHandler;
import dev.verdant.hub.SocketDomain;
import dev.verdant.hub.StreamChannel;
import io.netty.channel.ChannelException;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.IoRegistration;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.Socket;
import io.netty.util.concurrent.ThreadAwareExecutor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketException;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A hub that drives one of Netty's native pollers, without Netty's channels, pipelines or event loops.
 *
 * <p>Threads and errors as {@link Hub} says. A descriptor is registered once, for both directions, edge-triggered;
 * from then on a read and a write are the only system calls that a request costs, and the poll makes no object.
 * Starts no thread, takes no lock, logs nothing.
 */
public abstract class UnixHub implements Hub {

    /**
     * The longest a single poll waits: longer is cut short, which {@link Hub#poll} allows. Keeps every sum below from
     * overflowing.
     */
    private static final long LONGEST_WAIT_NANOS = 24L * 60 * 60 * 1_000_000_000;

    /** What Netty takes for no deadline. */
    private static final long NO_DEADLINE = -1;

    /** After so many transfers one may expect many more. */
    private static final int WORTH_IT = 10_000;

    private static final UnixOptions UNIX_STREAM_OPTIONS = UnixOptions.ofUnixStream();
    private static final UnixOptions UNIX_LISTENER_OPTIONS = UnixOptions.ofUnixListener();
    private static final UnixOptions UNIX_DATAGRAM_OPTIONS = UnixOptions.ofUnixDatagram();

    private final String name;
    private final IoHandler poller;
    private final Turn turn = new Turn();
    private final Wakeup wakeup = new Wakeup();
    private final UnixOptions streamOptions;
    private final UnixOptions listenerOptions;
    private final UnixOptions udpOptions;

    private volatile BooleanSupplier onHubThread;
    private volatile boolean closed;

    // The rest is the hub's thread's alone.

    /*
     * Handlers are not called by Netty, from the middle of its event array, but after it, from this list. So a
     * handler may close channels, open others and even close the hub, and an event of a descriptor that was closed
     * can never reach a new channel with the same number: events were given to their channels before the first
     * handler ran. Nor can a handler that throws put the thread to sleep for a second, which is what Netty does about
     * it.
     */
    private @Nullable UnixHandle[] found = new UnixHandle[64];
    private int foundCount;

    private boolean polling;
    private boolean mayWait;
    private long deadlineNanos = NO_DEADLINE;
    private long pollNumber;
    private int transfers;
    private @Nullable Throwable failure;
    private @Nullable Scratch scratch;

    /**
     * Opens a hub that belongs to the calling thread.
     *
     * @param name the provider's name
     * @param pollers makes the poller
     * @param tcp options of TCP sockets that only this operating system has
     * @param udp options of UDP sockets that only this operating system has
     * @throws UncheckedIOException if the operating system gives no poller
     */
    protected UnixHub(String name, IoHandlerFactory pollers, List<UnixOption<?>> tcp, List<UnixOption<?>> udp) {
        Thread opener = Thread.currentThread();
        this.name = name;
        this.onHubThread = () -> Thread.currentThread() == opener;
        this.streamOptions = UnixOptions.ofStream(tcp);
        this.listenerOptions = UnixOptions.ofListener(tcp);
        this.udpOptions = UnixOptions.ofDatagram(udp);
        try {
            this.poller = pollers.newHandler(turn);
            this.poller.initialize();
            Failures.load();
        } catch (ChannelException | IllegalStateException e) {
            throw new UncheckedIOException(new IOException("cannot open " + name + ": " + e.getMessage(), e));
        }
    }

    /**
     * Makes what stands in the poller's table for {@code channel}.
     *
     * @param channel the channel
     * @param handler what its events go to
     * @return a handle of the poller's own type
     */
    protected abstract UnixHandle handleOf(UnixChannel channel, ReadinessHandler handler);

    /**
     * Tells the poller to report every edge of a descriptor, for good.
     *
     * @param registration the descriptor's place in the poller
     * @param writes false if the edges of writing may be left out until {@link #watchWrites} asks for them
     * @throws UncheckedIOException if the poller refuses the descriptor
     */
    protected abstract void watch(IoRegistration registration, boolean writes);

    /**
     * Has edges of writing reported from now on, and that there is room now if there is, if {@link #watch} has left them out. Any thread: the descriptor stays open for as
     * long as it takes.
     *
     * @param registration the descriptor's place in the poller
     * @throws UncheckedIOException if the poller refuses
     */
    protected void watchWrites(IoRegistration registration) {}

    /**
     * Takes {@link #watch} back before the next poll. Called when a channel is closed that no poll has seen; for
     * pollers that collect what they are told and pass it to the kernel with the next poll, when the number may
     * belong to another descriptor.
     *
     * @param registration the descriptor's place in the poller
     */
    protected void unwatch(IoRegistration registration) {}

    @Override
    public final String name() {
        return name;
    }

    @Override
    public final long nanoTime() {
        return System.nanoTime();
    }

    @Override
    public final InstantSource wallClock() {
        return InstantSource.system();
    }

    @Override
    public final void confine(BooleanSupplier onHubThread) {
        this.onHubThread = onHubThread;
    }

    @Override
    public final int poll(long timeoutNanos) {
        beginPoll(timeoutNanos);
        try {
            poller.run(turn);
            wakeup.rise();
            int called = deliverFound();
            throwKept();
            return called;
        } finally {
            endPoll();
        }
    }

    private void beginPoll(long timeoutNanos) {
        if (closed) {
            throw new IllegalStateException("closed: " + this);
        }
        if (polling) {
            throw new IllegalStateException("poll called from a readiness handler");
        }
        assert onHubThread.getAsBoolean() : "poll called off the hub's thread";
        polling = true;
        pollNumber++;
        mayWait = timeoutNanos != 0 && wakeup.fallAsleep();
        deadlineNanos = mayWait && timeoutNanos > 0 ? deadline(timeoutNanos) : NO_DEADLINE;
    }

    /** Uses up the wake-ups that came while handlers ran, too: this poll returns, which is all that they asked for. */
    private void endPoll() {
        polling = false;
        wakeup.rise();
    }

    /** Notes a channel that the poll has found ready. Called by its handle, from inside the poller. */
    final void found(UnixHandle handle) {
        if (foundCount == found.length) {
            found = Arrays.copyOf(found, 2 * foundCount);
        }
        found[foundCount++] = handle;
    }

    /** Calls the handlers of what was found, unless one of them closes the hub. */
    private int deliverFound() {
        int called = 0;
        for (int i = 0; i < foundCount; i++) {
            UnixHandle handle = Objects.requireNonNull(found[i]);
            found[i] = null;
            try {
                if (handle.deliver()) {
                    called++;
                }
            } catch (Throwable e) {
                keep(e);
            }
        }
        foundCount = 0;
        return called;
    }

    /** Never the two values that mean "none": one for Netty's context, the other inside its pollers. */
    private static long deadline(long timeoutNanos) {
        long deadline = System.nanoTime() + Math.min(timeoutNanos, LONGEST_WAIT_NANOS);
        return deadline == NO_DEADLINE || deadline == Long.MAX_VALUE ? deadline - 1 : deadline;
    }

    @Override
    public final void wakeup() {
        wakeup.wake(poller);
    }

    @Override
    public final StreamChannel openStream(SocketDomain domain) throws IOException {
        return switch (domain) {
            case INTERNET -> new UnixStream(this, open(Socket::newSocketStream), InternetDomain.INSTANCE);
            case UNIX -> new UnixStream(this, open(Socket::newSocketDomain), UnixDomain.INSTANCE);
        };
    }

    @Override
    public final ListenerChannel openListener(SocketDomain domain) throws IOException {
        return switch (domain) {
            case INTERNET -> new UnixListener(this, openReusable(), InternetDomain.INSTANCE);
            case UNIX -> new UnixListener(this, open(Socket::newSocketDomain), UnixDomain.INSTANCE);
        };
    }

    private Socket openReusable() throws IOException {
        Socket socket = open(Socket::newSocketStream);
        try {
            socket.setReuseAddress(true);
            return socket;
        } catch (IOException | ChannelException e) {
            socket.close();
            throw Failures.open(e);
        }
    }

    @Override
    public final DatagramChannel openDatagram(SocketDomain domain) throws IOException {
        return switch (domain) {
            case INTERNET -> new UnixUdp(this, open(Socket::newSocketDgram));
            case UNIX -> new UnixLocalDatagram(this, open(Socket::newSocketDomainDgram));
        };
    }

    @Override
    public final PipeChannels openPipe() throws IOException {
        requireOpen();
        try {
            FileDescriptor[] ends = FileDescriptor.pipe();
            return new PipeChannels(new UnixSource(this, ends[0]), new UnixSink(this, ends[1]));
        } catch (IOException e) {
            throw Failures.open(e);
        }
    }

    private Socket open(Supplier<Socket> maker) throws SocketException {
        requireOpen();
        try {
            return maker.get();
        } catch (ChannelException e) {
            throw Failures.open(e);
        }
    }

    private void requireOpen() throws SocketException {
        if (closed) {
            throw new SocketException("closed: " + this);
        }
    }

    @Override
    public final void close() {
        if (closed) {
            return;
        }
        requireHubThread();
        closed = true;
        wakeup.close();
        poller.prepareToDestroy();
        poller.destroy();
    }

    /** Puts a channel into the poller. Hub's thread only. */
    final UnixHandle register(UnixChannel channel, ReadinessHandler handler) throws IOException {
        if (closed) {
            throw new IllegalStateException("closed: " + this);
        }
        UnixHandle handle = handleOf(channel, handler);
        IoRegistration registration = enter(handle);
        handle.registered(registration);
        try {
            watch(registration, channel.watchesWrites());
        } catch (UncheckedIOException e) {
            registration.cancel();
            throw Failures.open(e);
        }
        return handle;
    }

    private IoRegistration enter(UnixHandle handle) {
        try {
            return poller.register(handle);
        } catch (Exception e) {
            // Declared for other pollers; ours only fill a table.
            throw new IllegalStateException("cannot register, please report", e);
        }
    }

    /** Keeps what a handler threw until every other handler of this poll has been called. */
    private void keep(Throwable thrown) {
        if (failure == null) {
            failure = thrown;
        } else if (failure != thrown) {
            failure.addSuppressed(thrown);
        }
    }

    private void throwKept() {
        Throwable kept = failure;
        if (kept != null) {
            failure = null;
            UnixHub.<RuntimeException>throwAsIs(kept);
        }
    }

    /** Throws {@code thrown} itself: a handler declares nothing checked, but can throw it by tricks such as this. */
    @SuppressWarnings("unchecked")
    private static <X extends Throwable> void throwAsIs(Throwable thrown) throws X {
        throw (X) thrown;
    }

    /** Tells whether channels can move between that hub and this. */
    final boolean isKin(UnixHub other) {
        return getClass() == other.getClass();
    }

    /** Counts the polls. */
    final long pollNumber() {
        return pollNumber;
    }

    final boolean onHubThread() {
        return onHubThread.getAsBoolean();
    }

    final void requireHubThread() {
        if (!onHubThread()) {
            throw new IllegalStateException("called off the thread of " + this + ": by " + Thread.currentThread());
        }
    }

    /** The scratch memory of the hub's thread. */
    final Scratch scratch() {
        Scratch own = scratch;
        if (own == null) {
            own = new Scratch();
            scratch = own;
        }
        return own;
    }

    /** Whether the caller may use {@link SystemCalls}, with the hub's scratch memory. */
    final boolean callsDirectly() {
        if (!onHubThread()) {
            return false;
        }
        if (SystemCalls.areReady()) {
            return true;
        }
        if (++transfers == WORTH_IT) {
            SystemCalls.prepare();
        }
        return false;
    }

    final UnixOptions streamOptions(Domain domain) {
        return domain == UnixDomain.INSTANCE ? UNIX_STREAM_OPTIONS : streamOptions;
    }

    final UnixOptions listenerOptions(Domain domain) {
        return domain == UnixDomain.INSTANCE ? UNIX_LISTENER_OPTIONS : listenerOptions;
    }

    final UnixOptions udpOptions() {
        return udpOptions;
    }

    final UnixOptions unixDatagramOptions() {
        return UNIX_DATAGRAM_OPTIONS;
    }

    @Override
    public final String toString() {
        return name + " hub";
    }

    /** What Netty asks in the course of a poll. */
    private final class Turn implements IoHandlerContext, ThreadAwareExecutor {

        @Override
        public boolean canBlock() {
            return mayWait && wakeup.asleep();
        }

        @Override
        public long deadlineNanos() {
            return deadlineNanos;
        }

        @Override
        public long delayNanos(long currentTimeNanos) {
            return deadlineNanos == NO_DEADLINE ? LONGEST_WAIT_NANOS : Math.max(0, deadlineNanos - currentTimeNanos);
        }

        /**
         * Netty passes the current thread, which may be a virtual one that runs on the hub's: only the loop can tell.
         */
        @Override
        public boolean isExecutorThread(Thread thread) {
            return onHubThread();
        }

        /** Netty would move work of other threads here; there is none, every entry is confined. */
        @Override
        public void execute(Runnable task) {
            throw new RejectedExecutionException("called off the thread of " + UnixHub.this);
        }
    }
}
