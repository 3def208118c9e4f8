package dev.verdant.green.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.google.common.collect.testing.QueueTestSuiteBuilder;
import com.google.common.collect.testing.TestStringQueueGenerator;
import com.google.common.collect.testing.features.CollectionFeature;
import com.google.common.collect.testing.features.CollectionSize;
import com.google.common.collect.testing.features.Feature;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.function.Supplier;
import java.util.stream.Stream;
import junit.framework.Test;
import junit.framework.TestCase;
import junit.framework.TestResult;
import junit.framework.TestSuite;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;

/** Guava's testlib: what the JDK says of a {@code Collection} and a {@code Queue}. */
@Timeout(60)
class QueueContractTest {

    // Capacity 0 can hold nothing, which the contract of a collection does not foresee.

    @TestFactory
    Stream<DynamicNode> aLightQueueIsAQueue() {
        return both(suite("any number", LightQueue::new, CollectionFeature.KNOWN_ORDER),
                suite("100", () -> new LightQueue<>(100), CollectionFeature.KNOWN_ORDER));
    }

    @TestFactory
    Stream<DynamicNode> aJoinableQueueIsAQueue() {
        return both(suite("any number", JoinableQueue::new, CollectionFeature.KNOWN_ORDER),
                suite("100", () -> new JoinableQueue<>(100), CollectionFeature.KNOWN_ORDER));
    }

    @TestFactory
    Stream<DynamicNode> aLifoQueueIsAQueue() {
        return both(suite("any number", LifoQueue::new), suite("100", () -> new LifoQueue<>(100)));
    }

    @TestFactory
    Stream<DynamicNode> aPriorityQueueIsAQueue() {
        return both(suite("any number", GreenPriorityQueue::new), suite("100", () -> new GreenPriorityQueue<>(100)));
    }

    @org.junit.jupiter.api.Test
    void aQueueOfAnotherOrderIsFound() {
        var result = new TestResult();
        suite("a stack", LifoQueue::new, CollectionFeature.KNOWN_ORDER).run(result);
        assertThat(Collections.list(result.failures())).isNotEmpty();
    }

    private static TestSuite suite(String name, Supplier<Queue<String>> create, Feature<?>... order) {
        var strings = new TestStringQueueGenerator() {

            @Override
            protected Queue<String> create(String[] elements) {
                Queue<String> queue = create.get();
                Collections.addAll(queue, elements);
                return queue;
            }
        };
        return QueueTestSuiteBuilder.using(strings).named(name).withFeatures(order)
                .withFeatures(CollectionFeature.GENERAL_PURPOSE, CollectionFeature.SUPPORTS_ITERATOR_REMOVE,
                        CollectionSize.ANY)
                .createTestSuite();
    }

    // ---- JUnit 3 to Jupiter

    private static Stream<DynamicNode> both(TestSuite one, TestSuite other) {
        return Stream.of(node(one), node(other));
    }

    private static DynamicNode node(Test test) {
        if (test instanceof TestSuite suite) {
            List<DynamicNode> nodes = Collections.list(suite.tests()).stream().map(QueueContractTest::node).toList();
            assertThat(nodes).as("tests of %s", suite).isNotEmpty();
            return dynamicContainer(String.valueOf(suite.getName()), nodes);
        }
        return dynamicTest(((TestCase) test).getName(), () -> run(test));
    }

    private static void run(Test test) throws Throwable {
        var result = new TestResult();
        test.run(result);
        var thrown = new ArrayList<Throwable>();
        Stream.of(result.failures(), result.errors())
                .forEach(all -> Collections.list(all).forEach(each -> thrown.add(each.thrownException())));
        for (Throwable each : thrown) {
            throw each;
        }
        assertThat(result.runCount()).isEqualTo(1);
    }
}
