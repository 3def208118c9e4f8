package dev.verdant.green.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ReadyQueueTest {

    private record Named(int number) implements Runnable {

        @Override
        public void run() {}
    }

    @Test
    void isFirstInFirstOutWhateverItsSize() {
        var random = new Random(7);
        var queue = new ReadyQueue();
        var model = new ArrayDeque<Runnable>();
        for (int i = 0; i < 100_000; i++) {
            if (random.nextInt(5) < 3) {
                var added = new Named(i);
                queue.add(added);
                model.add(added);
            } else {
                assertThat(queue.take()).isSameAs(model.poll());
            }
            assertThat(queue.size()).isEqualTo(model.size());
        }
        while (!model.isEmpty()) {
            assertThat(queue.take()).isSameAs(model.poll());
        }
        assertThat(queue.take()).isNull();
    }

    @Test
    void anOrderPicksAnyAndTheOthersKeepTheirPlaces() {
        var queue = new ReadyQueue.Ordered(ready -> ready.size() - 1);
        var tasks = new ArrayList<Runnable>();
        for (int i = 0; i < 5; i++) {
            tasks.add(new Named(i));
            queue.add(tasks.get(i));
        }
        assertThat(List.of(queue.take(), queue.take())).containsExactly(tasks.get(4), tasks.get(3));
        assertThat(queue.at(0)).isSameAs(tasks.get(0));
        assertThat(queue.at(2)).isSameAs(tasks.get(2));
    }

    @Test
    void aThreadKeepsItsNumber() {
        var seen = new ArrayList<Long>();
        var queue = new ReadyQueue.Ordered(ready -> {
            seen.add(ready.id(0));
            return 0;
        });
        Runnable first = () -> {};
        Runnable second = () -> {};
        for (Runnable each : List.of(first, second, first)) {
            queue.add(each);
        }
        queue.take();
        queue.take();
        queue.take();
        assertThat(seen).containsExactly(1L, 2L, 1L);
    }

    @Test
    void anOrderThatPicksNobodyIsToldSo() {
        var queue = new ReadyQueue.Ordered(ready -> 3);
        queue.add(() -> {});
        assertThatThrownBy(queue::take).isInstanceOf(IndexOutOfBoundsException.class)
                .hasMessageContaining("3 (expected: 0 to 0)");
    }
}
