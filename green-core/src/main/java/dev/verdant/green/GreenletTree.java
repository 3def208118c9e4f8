package dev.verdant.green;

import dev.verdant.green.kernel.Baton;
import dev.verdant.green.kernel.Fiber;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The greenlets of a green thread, itself the root. Confined to the loop. */
final class GreenletTree extends Baton {

    final Fiber owner;
    final GreenletCore root;

    /** The handle of who runs, which must not become unreachable, nor may those above it. */
    Greenlet running;

    private final Set<GreenletCore> begun = new LinkedHashSet<>();

    /** By the owner. */
    GreenletTree(Fiber owner) {
        super(owner);
        this.owner = owner;
        this.root = GreenletCore.root(this);
        this.running = root.handle();
        owner.join(this, null);
    }

    void add(GreenletCore greenlet) {
        begun.add(greenlet);
    }

    void remove(GreenletCore greenlet) {
        begun.remove(greenlet);
    }

    /** The owner has ended: its greenlets end, each on its own, and their finally blocks run. By the owner. */
    void end() {
        try {
            for (GreenletCore greenlet : List.copyOf(begun)) {
                root.kill(greenlet, new GreenExit("its green thread has ended"));
            }
        } catch (LoopClosedException e) {
            // Then they end by that.
        }
    }

    @Override
    public String toString() {
        return "the green thread '" + owner.name() + "'";
    }
}
