package dev.verdant.testkit.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class EventQueueTest {

    private static final int STEPS = 200_000;
    private static final int MOST = 300;

    private static final class Nothing extends Event {

        @Override
        void happen() {}
    }

    private final EventQueue queue = new EventQueue();

    @Test
    void whatComesFirstIsTakenFirstWhateverIsCancelled() {
        long seed = System.nanoTime();
        var random = new SplittableRandom(seed);
        List<Event> model = new ArrayList<>();
        for (int step = 0; step < STEPS; step++) {
            // It grows and shrinks in turns.
            if (model.isEmpty() || model.size() < MOST && random.nextInt(5) < (step / 1000 % 2 == 0 ? 3 : 1)) {
                var event = new Nothing();
                queue.add(event, random.nextLong(1000));
                model.add(event);
            } else if (random.nextBoolean()) {
                queue.remove(model.remove(random.nextInt(model.size())));
            } else {
                Event first = first(model);
                assertThat(queue.next()).as("seed %d, step %d", seed, step).isEqualTo(first.at);
                assertThat(queue.take()).as("seed %d, step %d", seed, step).isSameAs(first);
                assertThat(first.isQueued()).isFalse();
                model.remove(first);
            }
        }
        while (!model.isEmpty()) {
            Event first = first(model);
            assertThat(queue.take()).as("seed %d", seed).isSameAs(first);
            model.remove(first);
        }
        assertThat(queue.next()).isEqualTo(Timeline.NEVER);
    }

    @Test
    void whatIsAtOneMomentIsTakenInTheOrderInWhichItCame() {
        List<Event> added = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            added.add(new Nothing());
            queue.add(added.getLast(), 7);
        }
        for (Event each : added) {
            assertThat(queue.take()).isSameAs(each);
        }
    }

    /** Those of one moment stand in the model in the order in which they were added. */
    private static Event first(List<Event> model) {
        return model.stream().min(Comparator.comparingLong(each -> each.at)).orElseThrow();
    }
}
