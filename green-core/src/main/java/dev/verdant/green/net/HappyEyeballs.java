package dev.verdant.green.net;

import dev.verdant.green.Green;
import dev.verdant.green.GreenExit;
import dev.verdant.green.GreenThread;
import dev.verdant.green.kernel.Loop;
import dev.verdant.green.kernel.Sneaky;
import dev.verdant.green.kernel.Waiter;
import dev.verdant.green.net.ConnectEvent.Kind;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One connect to whichever of several addresses answers first (<a href="https://www.rfc-editor.org/rfc/rfc8305">RFC 8305</a>, section 5): an
 * attempt begins 250 ms after the one before it, or as soon as one has failed; the first that succeeds wins and the others are given up. Each
 * attempt is a green thread; everything here is confined to one loop.
 */
final class HappyEyeballs {

    private static final long STAGGER_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

    /** How a single address is connected to. A call that ends early leaves nothing. */
    interface Opener {
        GreenSocket open(InetSocketAddress to) throws IOException;
    }

    private final Loop loop;
    private final String what;
    private final List<InetSocketAddress> addresses;
    private final Opener opener;
    private final Countdown countdown;
    private final @Nullable Consumer<? super ConnectEvent> observer;
    private final long beganAt;

    private final List<Attempt> attempts = new ArrayList<>();

    /** What the observer has not been told yet: it is told on the caller's thread, where it may throw and wait. */
    private final ArrayDeque<ConnectEvent> untold = new ArrayDeque<>();

    private final List<IOException> failures = new ArrayList<>();
    private @Nullable GreenSocket winner;
    private @Nullable Throwable broken;
    private long nextAt;
    private @Nullable Waiter caller;

    HappyEyeballs(Loop loop, String what, List<InetSocketAddress> addresses, Opener opener, Countdown countdown,
            @Nullable Consumer<? super ConnectEvent> observer) {
        this.loop = loop;
        this.what = what;
        this.addresses = inOrder(addresses);
        this.opener = opener;
        this.countdown = countdown;
        this.observer = observer;
        this.beganAt = loop.hub().nanoTime();
        this.nextAt = beganAt;
    }

    /**
     * Returns the order of the attempts (RFC 8305, section 4): the families in turn, beginning with that of the first address; within a family the
     * order is kept. An address that comes again is left out.
     */
    static List<InetSocketAddress> inOrder(List<InetSocketAddress> addresses) {
        boolean first = isIpv4(addresses.getFirst());
        var families = addresses.stream().distinct()
                .collect(Collectors.partitioningBy(address -> isIpv4(address) == first));
        var own = new ArrayDeque<>(families.get(true));
        var other = new ArrayDeque<>(families.get(false));
        var order = new ArrayList<InetSocketAddress>();
        while (!own.isEmpty() || !other.isEmpty()) {
            if (!own.isEmpty()) {
                order.add(own.poll());
            }
            if (!other.isEmpty()) {
                order.add(other.poll());
            }
        }
        return order;
    }

    private static boolean isIpv4(InetSocketAddress address) {
        return address.getAddress() instanceof Inet4Address;
    }

    /** Connects. However it ends, no attempt is left. */
    GreenSocket connect() throws IOException {
        boolean connected = false;
        try {
            GreenSocket socket = race();
            connected = true;
            return socket;
        } finally {
            if (!connected) {
                giveUpAll();
                if (winner != null) {
                    winner.close();
                }
            }
        }
    }

    private GreenSocket race() throws IOException {
        while (true) {
            tell();
            if (broken != null) {
                throw Sneaky.thrown(broken);
            }
            if (winner != null) {
                giveUpAll();
                tell();
                return winner;
            }
            if (countdown.isOver()) {
                throw timedOut();
            }
            boolean more = attempts.size() < addresses.size();
            long untilNext = nextAt - now();
            if (more && untilNext <= 0) {
                begin(addresses.get(attempts.size()));
            } else if (more || failures.size() < attempts.size()) {
                awaitNews(more ? untilNext : -1);
            } else {
                throw allFailed();
            }
        }
    }

    private void begin(InetSocketAddress to) {
        var attempt = new Attempt(attempts.size() + 1, to);
        attempts.add(attempt);
        nextAt = now() + STAGGER_NANOS;
        attempt.happened(Kind.STARTED, null);
        attempt.thread = Green.spawn("connect to " + to, attempt::run);
    }

    /** Waits until an attempt has ended, the next one is due (less than 0: there is none), or the time is up. */
    private void awaitNews(long untilNext) throws SocketException {
        long left = countdown.left();
        long nanos = untilNext < 0 ? left : left < 0 ? untilNext : Math.min(untilNext, left);
        var waiter = new Waiter();
        caller = waiter;
        try {
            boolean _ = waiter.await(this, nanos);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SocketException("Closed by interrupt");
        } finally {
            caller = null;
        }
    }

    private void news() {
        Waiter waiter = caller;
        if (waiter != null) {
            waiter.wake();
        }
    }

    /** One address. Its methods but {@link #run} are the caller's. */
    private final class Attempt {

        private final int number;
        private final InetSocketAddress to;
        private @Nullable GreenThread<@Nullable Void> thread;

        /** It has said how it ended. */
        private boolean over;

        Attempt(int number, InetSocketAddress to) {
            this.number = number;
            this.to = to;
        }

        void run() {
            try {
                opened(opener.open(to));
            } catch (IOException e) {
                failed(e);
            } catch (GreenExit e) {
                failed(new SocketException("The attempt to connect to " + to + " was killed")); // By us, or by who kills all threads.
            } catch (Throwable e) { // whatever it is, the caller must not wait for ever
                if (!over) {
                    over = true;
                    broken = e;
                }
            } finally {
                news();
            }
        }

        /** There is no wait between the connect and this, so no kill can come between a connection and its owner. */
        private void opened(GreenSocket socket) throws IOException {
            if (over) {
                socket.close(); // It stood in the turn in which it was given up.
                return;
            }
            over = true;
            if (winner == null) {
                winner = socket;
                happened(Kind.WON, null);
            } else {
                socket.close();
                happened(Kind.CLOSED, null);
            }
        }

        private void failed(IOException e) {
            if (!over) {
                over = true;
                failures.add(e);
                nextAt = now();
                happened(Kind.FAILED, e);
            }
        }

        void giveUp() {
            if (!over && thread != null) {
                over = true;
                thread.kill();
                happened(Kind.CLOSED, null);
            }
        }

        private void happened(Kind kind, @Nullable IOException failure) {
            if (observer != null) {
                untold.add(new ConnectEvent(kind, number, to, Duration.ofNanos(now() - beganAt), failure));
            }
        }
    }

    private void giveUpAll() {
        attempts.forEach(Attempt::giveUp);
    }

    private void tell() {
        if (observer != null) {
            for (ConnectEvent event = untold.poll(); event != null; event = untold.poll()) {
                observer.accept(event);
            }
        }
    }

    private SocketTimeoutException timedOut() {
        var silent = attempts.stream().filter(attempt -> !attempt.over).map(attempt -> attempt.to.toString()).toList();
        giveUpAll();
        tell();
        var timeout = new SocketTimeoutException("Connect timed out: " + what
                + (silent.isEmpty() ? "" : ", no answer from " + String.join(", ", silent)));
        failures.forEach(timeout::addSuppressed);
        return timeout;
    }

    private IOException allFailed() {
        IOException last = failures.removeLast();
        failures.forEach(last::addSuppressed);
        return last;
    }

    private long now() {
        return loop.hub().nanoTime();
    }

    @Override
    public String toString() {
        return "a connection to " + what + ", of " + addresses.size() + " addresses";
    }
}
