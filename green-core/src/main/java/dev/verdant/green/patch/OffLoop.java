package dev.verdant.green.patch;

import dev.verdant.green.kernel.Loop;
import dev.verdant.green.kernel.Offload;
import dev.verdant.green.kernel.PinnedWaitException;
import dev.verdant.green.kernel.Unmounting;
import java.net.UnknownHostException;
import java.util.List;
import java.util.stream.Stream;

/**
 * Has native threads look up what green threads ask for, while those wait. A timeout or kill ends the wait, and the look-up goes on without anybody. An interrupt
 * does not: it is kept, as by a look-up of the JDK's.
 */
final class OffLoop {

    private OffLoop() {}

    /** What is looked up. */
    @FunctionalInterface
    interface LookUp<T> {

        T find() throws UnknownHostException;
    }

    /** Looks up what the caller asks for: elsewhere if he is a green thread that may wait, else at once. */
    static <T> T find(String what, LookUp<T> lookUp) throws UnknownHostException {
        return mayWait() ? findElsewhere(what, lookUp) : lookUp.find();
    }

    /** Not who cannot be taken off his loop, nor who is on a network that is not the machine's. */
    static boolean mayWait() {
        var fiber = Loop.currentFiber();
        return fiber != null && fiber.loop().hub().names().isEmpty() && Unmounting.isPossible();
    }

    /** Looks up on a native thread. For who may wait. */
    static <T> T findElsewhere(String what, LookUp<T> lookUp) throws UnknownHostException {
        ClassLoader context = Thread.currentThread().getContextClassLoader();
        var work = Offload.NAMES.work(what, () -> {
            Thread runner = Thread.currentThread();
            ClassLoader before = runner.getContextClassLoader();
            runner.setContextClassLoader(context);
            try {
                return lookUp.find();
            } finally {
                runner.setContextClassLoader(before);
            }
        });
        try {
            awaitThroughInterrupts(work);
        } catch (PinnedWaitException e) {
            return lookUp.find(); // As if nothing had been patched: it holds the loop, and it ends.
        }
        return result(work);
    }

    private static void awaitThroughInterrupts(Offload.Work<?> work) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    boolean _ = work.await(-1);
                    return;
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static <T> T result(Offload.Work<T> work) throws UnknownHostException {
        try {
            return work.result();
        } catch (UnknownHostException | RuntimeException e) {
            addStackOfCaller(e);
            throw e;
        } catch (Exception e) {
            throw new AssertionError("a look-up threw what it does not declare; please report", e);
        }
    }

    /** What was thrown on a native thread does not say who asked. */
    private static void addStackOfCaller(Exception e) {
        var there = List.of(e.getStackTrace());
        var here = List.of(new Throwable().getStackTrace());
        e.setStackTrace(Stream.concat(there.stream(), here.stream()).toArray(StackTraceElement[]::new));
    }
}
