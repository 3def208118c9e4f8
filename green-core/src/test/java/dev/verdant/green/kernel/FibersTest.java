package dev.verdant.green.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class FibersTest {

    @SuppressWarnings("NullAway") // a fiber without a loop: only its thread matters here
    private static final class Plain extends Fiber {

        Plain() {
            super(null);
            thread = Thread.ofVirtual().unstarted(() -> {});
        }

        @Override
        protected void body() {}

        @Override
        protected @Nullable Throwable failure() {
            return null;
        }

        @Override
        protected void neverRan() {}

        @Override
        public String name() {
            return "plain";
        }
    }

    @Test
    void findsWhatWasAddedAndNothingElseThroughAnyMixOfAddsAndRemoves() {
        var random = new Random(11);
        var fibers = new Fibers();
        var model = new ArrayList<Plain>();
        for (int step = 0; step < 20_000; step++) {
            if (model.isEmpty() || random.nextInt(100) < 52) {
                var added = new Plain();
                fibers.add(added);
                model.add(added);
            } else {
                var removed = model.remove(random.nextInt(model.size()));
                fibers.remove(removed);
                assertThat(find(fibers, removed)).isNull();
            }
            assertThat(fibers.size()).isEqualTo(model.size());
        }
        assertThat(model).allSatisfy(each -> assertThat(find(fibers, each)).isSameAs(each));
        assertThat(new HashSet<>(fibers.list())).isEqualTo(new HashSet<Fiber>(model));
    }

    @SuppressWarnings("NullAway") // it has a thread
    private static Fiber find(Fibers fibers, Plain fiber) {
        return fibers.find(fiber.thread);
    }
}
