package dev.verdant.green;

import dev.verdant.green.kernel.Baton;
import dev.verdant.green.kernel.Fiber;
import java.util.LinkedHashSet;
import java.util.SequencedSet;

/** The greenlets of a green thread, itself the root. Confined to the loop. */
final class GreenletTree extends Baton {

    final Fiber owner;
    final GreenletCore root;

    /** The handle of who runs, which must not become unreachable, nor may those above it. */
    Greenlet running;

    private final SequencedSet<GreenletCore> begun = new LinkedHashSet<>();

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

    /** The owner has ended: its greenlets end, each on its own, and their finally blocks run; those that begin in these too. By the owner. */
    void end() {
        try {
            while (!begun.isEmpty()) {
                root.kill(begun.removeFirst(), new GreenExit("its green thread has ended"));
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
