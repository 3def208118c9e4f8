package dev.verdant.green.kernel;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The live fibers of a loop, by thread. Changed on the loop alone; {@link #list()} may be called from any thread, and is exact on the loop:
 * elsewhere it may miss a fiber that is just being moved.
 */
final class Fibers {

    /** Open addressing with linear probing; a power of two, at most half full. */
    private volatile @Nullable Fiber[] table = new Fiber[64];

    private volatile int size;

    int size() {
        return size;
    }

    @Nullable Fiber find(Thread thread) {
        @Nullable Fiber[] fibers = table;
        int mask = fibers.length - 1;
        for (int i = home(thread, mask);; i = (i + 1) & mask) {
            Fiber fiber = fibers[i];
            if (fiber == null || fiber.thread == thread) {
                return fiber;
            }
        }
    }

    void add(Fiber fiber) {
        if ((size + 1) * 2 > table.length) {
            grow();
        }
        insert(table, fiber);
        size = size + 1;
    }

    void remove(Fiber fiber) {
        @Nullable Fiber[] fibers = table;
        int mask = fibers.length - 1;
        for (int i = home(fiber.thread, mask);; i = (i + 1) & mask) {
            Fiber each = fibers[i];
            if (each == null) {
                return;
            }
            if (each == fiber) {
                size = size - 1;
                closeGap(fibers, i);
                return;
            }
        }
    }

    List<Fiber> list() {
        @Nullable Fiber[] fibers = table;
        var list = new ArrayList<Fiber>(size);
        for (Fiber fiber : fibers) {
            if (fiber != null) {
                list.add(fiber);
            }
        }
        return list;
    }

    private void grow() {
        @Nullable Fiber[] wider = new Fiber[table.length * 2];
        for (Fiber fiber : table) {
            if (fiber != null) {
                insert(wider, fiber);
            }
        }
        table = wider;
    }

    private static void insert(@Nullable Fiber[] fibers, Fiber fiber) {
        int mask = fibers.length - 1;
        int i = home(fiber.thread, mask);
        while (fibers[i] != null) {
            i = (i + 1) & mask;
        }
        fibers[i] = fiber;
    }

    /** Moves back what was pushed past the gap, so that a search can stop at the first empty place. */
    private static void closeGap(@Nullable Fiber[] fibers, int start) {
        int mask = fibers.length - 1;
        int gap = start;
        for (int i = (gap + 1) & mask;; i = (i + 1) & mask) {
            Fiber fiber = fibers[i];
            if (fiber == null) {
                break;
            }
            int home = home(fiber.thread, mask);
            if (((i - home) & mask) >= ((i - gap) & mask)) {
                fibers[gap] = fiber;
                gap = i;
            }
        }
        fibers[gap] = null;
    }

    private static int home(@Nullable Thread thread, int mask) {
        long id = thread == null ? 0 : thread.threadId();
        return (int) (id * 0x9E3779B97F4A7C15L >>> 32) & mask;
    }
}
