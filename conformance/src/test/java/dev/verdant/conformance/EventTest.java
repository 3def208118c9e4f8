package dev.verdant.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.green.EventLoop;
import dev.verdant.green.Green;
import dev.verdant.green.GreenExit;
import dev.verdant.green.GreenThread;
import dev.verdant.green.Timeout;
import dev.verdant.green.sync.Event;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeoutException;

@AnyOrder
class EventTest {

    @HubTest
    void everyWaiterGetsWhatIsSent() throws Exception {
        var event = new Event<String>();
        var waiters = List.of(Green.spawn(() -> event.await()), Green.spawn(() -> event.await()));
        Green.sleep();
        assertThat(event.ready()).isFalse();
        event.send("news");
        for (var waiter : waiters) {
            assertThat(waiter.await()).isEqualTo("news");
        }
        assertThat(event.await()).isEqualTo("news");
        assertThat(event.ready() && event.hasResult() && !event.hasException()).isTrue();
    }

    @HubTest
    void sendingDoesNotLetOthersRun() throws Exception {
        var event = new Event<String>();
        var waiter = Green.spawn(() -> event.await());
        Green.sleep();
        event.send("news");
        assertThat(waiter.isDone()).isFalse();
        waiter.await();
    }

    @HubTest
    void everyWaiterThrowsTheVeryExceptionThatIsSent() throws Exception {
        var event = new Event<String>();
        var sent = new IOException("sent");
        var waiter = Green.spawn(() -> event.await());
        Green.sleep();
        event.sendException(sent);
        assertThatThrownBy(waiter::await).isSameAs(sent);
        assertThatThrownBy(event::await).isSameAs(sent);
        assertThat(event.hasException() && !event.hasResult()).isTrue();
    }

    @HubTest
    void anEventIsSentOnce() throws Exception {
        var event = new Event<String>();
        event.send("first");
        assertThatThrownBy(() -> event.send("second")).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("Reset it first");
        assertThatThrownBy(() -> event.sendException(new IOException())).isInstanceOf(IllegalStateException.class);
        assertThat(event.await()).isEqualTo("first");
    }

    @HubTest
    void aResetEventCanBeSentAgain() throws Exception {
        var event = new Event<String>();
        assertThatThrownBy(event::reset).isInstanceOf(IllegalStateException.class);
        event.sendException(new IOException());
        event.reset();
        assertThat(event.ready() || event.hasException()).isFalse();
        var waiter = Green.spawn(() -> event.await());
        Green.sleep();
        event.send("second");
        assertThat(waiter.await()).isEqualTo("second");
    }

    @HubTest
    void whoWaitedWhenItWasSentGetsThatEvenIfItIsResetAtOnce() throws Exception {
        var event = new Event<String>();
        var waiter = waiting(event);
        event.send("sent");
        event.reset();
        assertThat(waiter.await()).isEqualTo("sent");
        assertThat(event.ready()).isFalse();
    }

    @HubTest
    void aTimedWaitThatEndsByTimeIsToldFromOneThatGetsNull() throws Exception {
        var event = new Event<String>();
        assertThatThrownBy(() -> event.await(Duration.ofMillis(1))).isInstanceOf(TimeoutException.class)
                .hasMessage("the event was not sent within 1 ms");
        assertThatThrownBy(() -> event.await(Duration.ZERO)).isInstanceOf(TimeoutException.class);
        event.send();
        assertThat(event.await(Duration.ZERO)).isNull();
        assertThat(event.await(null)).isNull();
    }

    @HubTest
    void aTimedWaitThatIsLeftByAnExceptionLeavesNoTimer() throws Exception {
        var event = new Event<String>();
        var waiter = Green.spawn(() -> event.await(Duration.ofSeconds(100)));
        Turns.until(() -> loop().snapshot().timers() == 1);
        waiter.kill();
        assertThatThrownBy(waiter::await).isInstanceOf(GreenExit.class);
        assertThat(loop().snapshot().timers()).isZero();
        event.send("kept");
        assertThat(event.await(Duration.ofSeconds(100))).isEqualTo("kept");
    }

    @HubTest
    void anOuterTimeoutIsNotTakenForTheWaitsOwn() throws Exception {
        var event = new Event<String>();
        try (var outer = Timeout.start(Duration.ofMillis(1))) {
            assertThatThrownBy(() -> event.await(Duration.ofSeconds(10))).isSameAs(outer);
        }
    }

    private static void awaitQuietly(Event<String> event) {
        try {
            event.await();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @HubTest
    void anyThreadMaySendAndWait() throws Exception {
        var asked = new Event<String>();
        var answered = new Event<String>();
        var done = new CountDownLatch(1);
        Thread.ofPlatform().daemon().start(() -> {
            awaitQuietly(asked);
            answered.send("answer");
            done.countDown();
        });
        try (var other = EventLoop.start()) {
            var waiter = other.spawn(() -> answered.await());
            asked.send("question");
            assertThat(waiter.await()).isEqualTo("answer");
        }
        assertThat(answered.await()).isEqualTo("answer");
        done.await();
    }

    private static EventLoop loop() {
        return Objects.requireNonNull(EventLoop.current());
    }

    private static GreenThread<String> waiting(Event<String> event) {
        var waiter = Green.spawn(() -> event.await());
        Turns.until(() -> event.toString().equals("Event[not sent, 1 wait]"));
        return waiter;
    }
}
