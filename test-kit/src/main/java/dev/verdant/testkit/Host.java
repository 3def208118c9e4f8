package dev.verdant.testkit;

import dev.verdant.green.GreenExit;
import dev.verdant.green.GreenTask;
import dev.verdant.green.GreenThread;
import dev.verdant.testkit.sim.SimHost;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * A machine in a {@link Simulation}: it has a name that others can look up, an address, and programs that run on it. For green threads of the simulation.
 */
public final class Host {

    private final Simulation simulation;
    private final SimHost machine;
    private final List<GreenTask> programs = new ArrayList<>();

    /** Those that were spawned here, and by those. */
    private final Set<GreenThread<?>> threads = new LinkedHashSet<>();

    /** Which of its lives it is in: a crash ends one. */
    private int life;

    Host(Simulation simulation, SimHost machine) {
        this.simulation = simulation;
        this.machine = machine;
    }

    /**
     * Returns the name.
     *
     * @return as it was given
     */
    public String name() {
        return machine.name();
    }

    /**
     * Returns the address at which other hosts reach it. To itself it is also {@code 127.0.0.1}.
     *
     * @return an IPv4 address
     */
    public InetAddress address() {
        return machine.address();
    }

    /**
     * Starts a program here: a green thread, which is on this host with all that it spawns. After a {@link #restart()} it is started again.
     *
     * @param program what it does
     * @return its main green thread
     * @throws IllegalStateException if the host is down
     */
    public GreenThread<@Nullable Void> start(GreenTask program) {
        Objects.requireNonNull(program, "program");
        if (machine.isDown()) {
            throw new IllegalStateException("the host '" + name() + "' is down: restart it first");
        }
        programs.add(program);
        return begin(program);
    }

    private GreenThread<@Nullable Void> begin(GreenTask program) {
        try {
            return machine.call(() -> simulation.loop().spawn(name(), program));
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError("a spawn threw what it does not declare; please report", e);
        }
    }

    /**
     * Pulls the plug: its connections vanish without a word, and its green threads are killed. Their finally blocks run, but nothing of what they do reaches the
     * network. What they change in memory is changed: what a program must lose by a crash, it must keep in what it makes itself.
     */
    public void crash() {
        machine.crash();
        killThreads();
    }

    /**
     * Has it come up again, and starts its programs from their beginning.
     */
    public void restart() {
        machine.restart();
        programs.forEach(this::begin);
    }

    /**
     * Tells whether it has crashed and not been restarted.
     *
     * @return true between the two
     */
    public boolean isDown() {
        return machine.isDown();
    }

    /** What a green thread of this host runs that is spawned now: nothing, if the host has crashed by then. */
    Callable<?> ofThisLife(Callable<?> body) {
        int spawned = life;
        return () -> {
            if (life != spawned) {
                throw new GreenExit("its host has crashed");
            }
            return body.call();
        };
    }

    private void killThreads() {
        life++;
        for (GreenThread<?> each : List.copyOf(threads)) {
            each.kill();
        }
    }

    /** Ends all that runs here, as its operator would. */
    void stop() {
        programs.clear();
        killThreads();
    }

    void add(GreenThread<?> thread) {
        threads.add(thread);
    }

    void remove(GreenThread<?> thread) {
        threads.remove(thread);
    }

    @Override
    public String toString() {
        return "Host[" + name() + " " + address().getHostAddress() + "]";
    }
}
