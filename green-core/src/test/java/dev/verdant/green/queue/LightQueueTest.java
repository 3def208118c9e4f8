package dev.verdant.green.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Spliterator;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a {@code BlockingQueue} promises and waits for nothing, beyond what every queue does ({@link QueueContractTest}). */
@Timeout(60)
class LightQueueTest {

    static Stream<IntFunction<LightQueue<String>>> kinds() {
        return Stream.of(LightQueue::new, JoinableQueue::new, LifoQueue::new, GreenPriorityQueue::new);
    }

    private static LightQueue<String> of(IntFunction<LightQueue<String>> kind, String... items) {
        LightQueue<String> queue = kind.apply(100);
        queue.addAll(List.of(items));
        return queue;
    }

    // ---- arguments

    @ParameterizedTest
    @MethodSource("kinds")
    void nullIsRefusedByWhateverPuts(IntFunction<LightQueue<String>> kind) {
        LightQueue<String> queue = kind.apply(1);
        String nothing = absent();
        assertThatNullPointerException().isThrownBy(() -> queue.put(nothing)).withMessage("item");
        assertThatNullPointerException().isThrownBy(() -> queue.add(nothing)).withMessage("item");
        assertThatNullPointerException().isThrownBy(() -> queue.offer(nothing)).withMessage("item");
        assertThatNullPointerException().isThrownBy(() -> queue.offer(nothing, 1, TimeUnit.DAYS)).withMessage("item");
        assertThat(queue).isEmpty();
        assertThat(queue.offer("a")).as("usable").isTrue();
    }

    @SuppressWarnings("NullAway") // what a caller without annotations may pass
    private static String absent() {
        return null;
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void aNegativeSizeIsRefused(IntFunction<LightQueue<String>> kind) {
        assertThatIllegalArgumentException().isThrownBy(() -> kind.apply(-1))
                .withMessage("maxSize: -1 (expected: >= 0)");
        LightQueue<String> queue = kind.apply(2);
        assertThatIllegalArgumentException().isThrownBy(() -> queue.resize(-1))
                .withMessage("maxSize: -1 (expected: >= 0)");
        assertThat(queue.remainingCapacity()).isEqualTo(2);
    }

    // ---- room

    @ParameterizedTest
    @MethodSource("kinds")
    void aFullQueueRefusesWithoutWaiting(IntFunction<LightQueue<String>> kind) throws Exception {
        LightQueue<String> queue = kind.apply(1);
        queue.put("a");
        assertThat(queue.offer("b")).isFalse();
        assertThat(queue.offer("b", 0, TimeUnit.DAYS)).isFalse();
        assertThat(queue.offer("b", -1, TimeUnit.DAYS)).isFalse();
        assertThatIllegalStateException().isThrownBy(() -> queue.add("b")).withMessage("Queue full");
        assertThat(queue).containsExactly("a");
        assertThat(queue.remainingCapacity()).isZero();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void roomIsWhatIsLeft(IntFunction<LightQueue<String>> kind) {
        LightQueue<String> queue = of(kind, "a", "b");
        assertThat(queue.remainingCapacity()).isEqualTo(98);
        queue.resize(1);
        assertThat(queue.remainingCapacity()).isZero();
        assertThat(queue).as("nothing is thrown away").hasSize(2);
    }

    @Test
    void anEmptyQueueGivesNothingWithoutWaiting() throws Exception {
        var queue = new LightQueue<String>();
        assertThat(queue.poll()).isNull();
        assertThat(queue.poll(0, TimeUnit.DAYS)).isNull();
        assertThat(queue.poll(-1, TimeUnit.DAYS)).isNull();
        assertThat(queue.peek()).isNull();
        assertThat(queue.drainTo(new ArrayList<>())).isZero();
    }

    // ---- drainTo

    @ParameterizedTest
    @MethodSource("kinds")
    void drainToTakesAllInOrder(IntFunction<LightQueue<String>> kind) {
        LightQueue<String> queue = of(kind, "a", "b", "c");
        var target = new ArrayList<>(List.of("x"));
        assertThat(queue.drainTo(target)).isEqualTo(3);
        assertThat(target).containsExactly(
                queue instanceof LifoQueue ? new String[]{"x", "c", "b", "a"} : new String[]{"x", "a", "b", "c"});
        assertThat(queue).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void drainToTakesNoMoreThanItMay(IntFunction<LightQueue<String>> kind) {
        LightQueue<String> queue = of(kind, "a", "b", "c");
        var target = new ArrayList<String>();
        assertThat(queue.drainTo(target, 0)).isZero();
        assertThat(queue.drainTo(target, -1)).isZero();
        assertThat(target).isEmpty();
        assertThat(queue.drainTo(target, 2)).isEqualTo(2);
        assertThat(target).hasSize(2);
        assertThat(queue).hasSize(1).doesNotContainAnyElementsOf(target);
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void drainToNeedsAnotherCollection(IntFunction<LightQueue<String>> kind) {
        LightQueue<String> queue = of(kind, "a");
        assertThatIllegalArgumentException().isThrownBy(() -> queue.drainTo(queue))
                .withMessage("target: this queue (expected: another collection)");
        assertThatIllegalArgumentException().isThrownBy(() -> queue.drainTo(queue, 1));
        assertThatNullPointerException().isThrownBy(() -> queue.drainTo(absentList()))
                .withMessage("target");
        assertThat(queue).containsExactly("a");
    }

    @SuppressWarnings("NullAway") // what a caller without annotations may pass
    private static List<String> absentList() {
        return null;
    }

    // ---- looking

    @Test
    @SuppressWarnings("CollectionToArraySafeParameter") // which is what is tested
    void toArrayGivesTheItemsInOrder() {
        LightQueue<String> queue = of(LightQueue::new, "a", "b");
        assertThat(queue.toArray()).isExactlyInstanceOf(Object[].class).containsExactly("a", "b");
        assertThat(queue.toArray(new String[0])).isExactlyInstanceOf(String[].class).containsExactly("a", "b");
        assertThat(queue.toArray(String[]::new)).isExactlyInstanceOf(String[].class).containsExactly("a", "b");
        @Nullable String[] roomy = {"x", "x", "x", "x"};
        assertThat(queue.toArray(roomy)).isSameAs(roomy).containsExactly("a", "b", null, "x");
        assertThatThrownBy(() -> queue.toArray(new Integer[0])).isInstanceOf(ArrayStoreException.class);
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void anIteratorGoesOverWhatWasInWhenItWasMade(IntFunction<LightQueue<String>> kind) {
        LightQueue<String> queue = of(kind, "a", "b");
        Iterator<String> items = queue.iterator();
        queue.clear();
        queue.add("c");
        assertThat(items).toIterable().containsExactlyInAnyOrder("a", "b");
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void anIteratorRemovesNothingInPlaceOfWhatHasGone(IntFunction<LightQueue<String>> kind) {
        LightQueue<String> queue = of(kind, "a");
        Iterator<String> items = queue.iterator();
        items.next();
        assertThat(queue.poll()).isEqualTo("a");
        queue.add("a"); // the same object, but another item
        items.remove();
        assertThat(queue).containsExactly("a");
    }

    @Test
    void anIteratorRemovesThatVeryElement() {
        LightQueue<String> queue = of(LightQueue::new, "a", "b", "a", "c");
        Iterator<String> items = queue.iterator();
        items.next();
        items.next();
        items.next();
        items.remove();
        assertThat(queue).containsExactly("a", "b", "c");
        assertThatIllegalStateException().isThrownBy(items::remove);
        assertThat(items.next()).isEqualTo("c");
    }

    @Test
    void anIteratorOverAStackRemovesThatVeryElement() {
        LightQueue<String> queue = of(LifoQueue::new, "a", "b", "a", "c");
        Iterator<String> items = queue.iterator();
        assertThat(items.next()).isEqualTo("c");
        assertThat(items.next()).isEqualTo("a");
        items.remove();
        assertThat(queue).containsExactly("c", "b", "a");
    }

    /** Equal to every other, and the same as none. */
    private static String anotherA() {
        return String.valueOf(new char[]{'a'});
    }

    @Test
    void anIteratorTellsEqualItemsApart() {
        var first = anotherA();
        var second = anotherA();
        LightQueue<String> queue = of(LightQueue::new, first, second);
        Iterator<String> items = queue.iterator();
        items.next();
        items.next();
        items.remove();
        assertThat(queue.poll()).isSameAs(first);
        assertThat(queue).isEmpty();
    }

    @Test
    void removeTakesTheFirstOfEqualItems() {
        var first = anotherA();
        var second = anotherA();
        LightQueue<String> queue = of(LightQueue::new, first, second);
        assertThat(queue.remove(anotherA())).isTrue();
        assertThat(queue.poll()).isSameAs(second);
        assertThat(queue.remove("a")).isFalse();
    }

    @Test
    void removeFindsAnEqualItemThatCameWhileAnotherWasTakenAway() {
        var queue = new LightQueue<Object>();
        var wanted = new Object() {

            private int asked;

            @Override
            @SuppressWarnings("EqualsUnsafeCast") // stands for another thread that runs meanwhile
            public boolean equals(@Nullable Object other) {
                if (asked++ == 0) {
                    assertThat(queue.poll()).isEqualTo("one");
                    queue.add("other");
                }
                return other instanceof String;
            }

            @Override
            public int hashCode() {
                return 0;
            }
        };
        queue.add("one");
        assertThat(queue.remove(wanted)).as("one equal item was in all the time").isTrue();
        assertThat(queue).isEmpty();
    }

    /** A stream that believed {@code size()} would fail when another thread puts or takes meanwhile. */
    @ParameterizedTest
    @MethodSource("kinds")
    void aStreamDoesNotRelyOnTheSize(IntFunction<LightQueue<String>> kind) {
        LightQueue<String> queue = of(kind, "a", "b");
        assertThat(queue.spliterator().hasCharacteristics(Spliterator.SIZED)).isFalse();
        assertThat(queue.spliterator().hasCharacteristics(Spliterator.CONCURRENT)).isTrue();
        assertThat(queue.stream().map(String::toUpperCase)).containsExactlyInAnyOrder("A", "B");
    }

    @Test
    void aQueueThatWrapsRoundAndGrowsKeepsItsOrder() {
        var queue = new LightQueue<Integer>();
        var expected = new ArrayList<Integer>();
        for (int i = 0; i < 100; i++) {
            queue.add(i);
            expected.add(i);
            if (i % 3 == 0) {
                assertThat(queue.poll()).isEqualTo(expected.removeFirst());
            }
            if (i % 7 == 6) {
                Integer middle = expected.get(expected.size() / 2);
                expected.remove((Object) middle);
                assertThat(queue.remove(middle)).isTrue();
            }
            assertThat(queue).containsExactlyElementsOf(expected);
        }
    }

    @Test
    void aQueueOfAnAnonymousClassIsCalledByTheNameOfTheOneAbove() {
        var queue = new JoinableQueue<Integer>() {
        };
        queue.shutdown();
        assertThatThrownBy(() -> queue.offer(1)).hasMessage("The JoinableQueue was shut down.");
    }
}
