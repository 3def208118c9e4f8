package dev.verdant.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.green.EventLoop;
import dev.verdant.green.Green;
import dev.verdant.green.GreenTask;
import dev.verdant.green.net.Net;
import dev.verdant.green.net.StopServe;
import dev.verdant.green.pool.NativePool;
import dev.verdant.hub.HubProvider;
import dev.verdant.hub.ResourceExhaustedException;
import dev.verdant.testkit.faulty.FaultyHub;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.logging.Level;
import java.util.logging.Logger;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedThread;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a flight recording has of a loop. */
class FlightTest {

    private static final String LONG_TURN = "dev.verdant.LongTurn";
    private static final String PINNED_WAIT = "dev.verdant.PinnedWait";
    private static final String ACCEPT_BACKOFF = "dev.verdant.AcceptBackoff";
    private static final String SWITCH = "dev.verdant.Switch";

    /** Longer than the threshold. */
    private static final Duration LONG = Duration.ofMillis(50);

    /** Records while something runs, and returns what there is of Verdant's. The recorder works with files: not on the loop. */
    private static List<RecordedEvent> record(Consumer<Recording> settings, GreenTask what) throws Exception {
        try (var recording = NativePool.execute(() -> start(settings))) {
            what.run();
            Green.sleep(Duration.ofMillis(1)); // A turn is recorded when it has ended.
            return NativePool.execute(() -> end(recording));
        }
    }

    private static Recording start(Consumer<Recording> settings) {
        var recording = new Recording();
        settings.accept(recording);
        recording.start();
        return recording;
    }

    private static List<RecordedEvent> end(Recording recording) throws IOException {
        recording.stop();
        Path file = Files.createTempFile("flight", ".jfr");
        try {
            recording.dump(file);
            return RecordingFile.readAllEvents(file).stream()
                    .filter(event -> event.getEventType().getName().startsWith("dev.verdant.")).toList();
        } finally {
            Files.delete(file);
        }
    }

    private static void holdTheLoop() {
        long end = System.nanoTime() + LONG.toNanos();
        while (System.nanoTime() - end < 0) {
            Thread.onSpinWait();
        }
    }

    private static void spawnWhoHoldsTheLoop() throws Exception {
        Green.spawn("holder", () -> {
            holdTheLoop();
            return null;
        }).await();
    }

    private static String name(RecordedEvent event, String field) {
        RecordedThread thread = event.getThread(field);
        return Objects.requireNonNull(thread, field).getJavaName();
    }

    private static List<RecordedEvent> of(String type, List<RecordedEvent> events) {
        return events.stream().filter(event -> event.getEventType().getName().equals(type)).toList();
    }

    @HubTest(seconds = 60)
    void aLongTurnIsRecordedWithWhatRanAndWhoHeldTheLoopLongest() throws Exception {
        var events = record(recording -> recording.enable(LONG_TURN), FlightTest::spawnWhoHoldsTheLoop);
        assertThat(of(LONG_TURN, events)).anySatisfy(event -> {
            assertThat(name(event, "greenThread")).isEqualTo("holder");
            assertThat(name(event, "loop")).isEqualTo("test");
            assertThat(name(event, "eventThread")).isEqualTo("test");
            assertThat(event.getInt("continuations")).isPositive();
            assertThat(event.getInt("events")).isNotNegative();
            assertThat(event.getInt("timers")).isNotNegative();
            assertThat(event.getDuration("longestRun")).isGreaterThanOrEqualTo(LONG);
            assertThat(event.getDuration()).isGreaterThanOrEqualTo(event.getDuration("longestRun"));
        });
    }

    @HubTest(seconds = 60)
    void aTurnThatIsNotAsLongAsTheThresholdIsNotRecorded() throws Exception {
        var events = record(recording -> recording.enable(LONG_TURN).withThreshold(Duration.ofHours(1)),
                FlightTest::spawnWhoHoldsTheLoop);
        assertThat(events).isEmpty();
    }

    @HubTest(seconds = 60)
    void whoHeldTheLoopAfterAWaitInTheJdkIsNotTakenForAnother() throws Exception {
        var middle = new AtomicReference<Instant>();
        var events = record(recording -> recording.enable(LONG_TURN), () -> {
            var stranger = Thread.ofVirtual().name("stranger").unstarted(() -> {
                holdTheLoop();
                middle.set(Instant.now());
                holdTheLoop();
            });
            stranger.start(); // It inherits the loop, and Verdant does not know it.
            stranger.join();
        });
        // The machine may make other turns long, in which others run.
        assertThat(of(LONG_TURN, events)).filteredOn(event -> event.getStartTime().isBefore(middle.get()))
                .filteredOn(event -> event.getEndTime().isAfter(middle.get()))
                .singleElement().satisfies(event -> {
                    assertThat(event.getThread("greenThread")).isNull();
                    assertThat(event.getDuration("longestRun")).isGreaterThanOrEqualTo(LONG);
                });
    }

    @HubTest(seconds = 60)
    void switchesAreRecordedOnRequest() throws Exception {
        var events = record(recording -> recording.enable(SWITCH).withThreshold(Duration.ZERO), () -> {
            var pair = List.of(Green.spawn("left", () -> takeTurns(10)), Green.spawn("right", () -> takeTurns(10)));
            for (var each : pair) {
                each.await();
            }
        });
        assertThat(of(SWITCH, events)).filteredOn(event -> event.getThread("greenThread") != null)
                .filteredOn(event -> name(event, "greenThread").matches("left|right")).hasSize(22)
                .allSatisfy(event -> {
                    assertThat(name(event, "loop")).isEqualTo("test");
                    assertThat(name(event, "eventThread")).isEqualTo("test");
                    assertThat(event.getDuration()).isLessThan(Duration.ofSeconds(10));
                    assertThat(event.getStackTrace()).isNull();
                });
    }

    private static int takeTurns(int times) {
        for (int i = 0; i < times; i++) {
            Green.sleep();
        }
        return times;
    }

    @HubTest(seconds = 60)
    void aRecordingThatSaysNothingOfThemHasLongTurnsAndNoSwitches() throws Exception {
        var events = record(recording -> {}, FlightTest::spawnWhoHoldsTheLoop);
        assertThat(of(LONG_TURN, events)).isNotEmpty();
        assertThat(of(SWITCH, events)).isEmpty();
    }

    @HubTest(seconds = 60)
    void whatIsSwitchedOffIsNotRecorded(HubProvider hub) throws Exception {
        var events = record(recording -> {
            recording.disable(LONG_TURN);
            recording.disable(PINNED_WAIT);
            recording.disable(ACCEPT_BACKOFF);
        }, () -> {
            spawnWhoHoldsTheLoop();
            waitPinned();
            backOff(hub);
        });
        assertThat(events).isEmpty();
    }

    @HubTest(seconds = 60)
    void aSecondRecordingAfterAnEndedOneHasItsEventsToo() throws Exception {
        for (int i = 0; i < 2; i++) {
            var events = record(recording -> recording.enable(LONG_TURN), FlightTest::spawnWhoHoldsTheLoop);
            assertThat(of(LONG_TURN, events)).isNotEmpty();
            spawnWhoHoldsTheLoop();
        }
    }

    // ---- pinned waits

    /** Loaded anew by each of its loaders, because it is initialized once. */
    static final class Sleeper {

        static {
            Green.sleep(Duration.ofHours(1));
        }

        private Sleeper() {}
    }

    private static final class SleepersLoader extends ClassLoader {

        SleepersLoader() {
            super(FlightTest.class.getClassLoader());
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (!name.equals(Sleeper.class.getName())) {
                return super.loadClass(name, resolve);
            }
            try (var file = Objects.requireNonNull(FlightTest.class.getResourceAsStream("FlightTest$Sleeper.class"))) {
                byte[] bytes = file.readAllBytes();
                return defineClass(name, bytes, 0, bytes.length);
            } catch (IOException e) {
                throw new ClassNotFoundException(name, e);
            }
        }
    }

    private static void waitPinned() {
        assertThatThrownBy(() -> Class.forName(Sleeper.class.getName(), true, new SleepersLoader()))
                .isInstanceOf(ExceptionInInitializerError.class);
    }

    @HubTest(seconds = 60)
    void aPinnedWaitIsRecordedWithWhatItWaitedForWhatPinsItAndItsStack() throws Exception {
        var events = record(recording -> recording.enable(PINNED_WAIT), FlightTest::waitPinned);
        assertThat(of(PINNED_WAIT, events)).singleElement().satisfies(event -> {
            assertThat(event.getString("greenThread")).isEqualTo("main");
            assertThat(name(event, "eventThread")).isEqualTo("main");
            assertThat(event.getThread("eventThread").isVirtual()).isTrue();
            assertThat(name(event, "loop")).isEqualTo("test");
            assertThat(event.getString("waitedFor")).contains("the end of its sleep");
            assertThat(event.getString("obstacle")).contains("the class initializer of").contains("FlightTest$Sleeper");
            assertThat(event.getDuration("waited").isNegative()).isFalse();
            assertThat(event.getStackTrace().getFrames())
                    .anyMatch(frame -> frame.getMethod().getName().equals("<clinit>"));
        });
    }

    // ---- accepting

    private static void backOff(HubProvider hub) throws Exception {
        var logger = Logger.getLogger("dev.verdant.green.net");
        logger.setLevel(Level.SEVERE);
        var faulty = new FaultyHub(hub);
        faulty.faults().failAccepts(2,
                () -> new ResourceExhaustedException("Too many open files", new IOException("a fault")));
        try (var loop = EventLoop.start(options -> options.hub(faulty).name("faulty"))) {
            loop.spawn(() -> {
                var listener = Net.listen(new InetSocketAddress("127.0.0.1", 0));
                Green.spawnN(() -> Net.connect(listener.getLocalSocketAddress()).close());
                Net.serve(listener, _ -> {
                    throw new StopServe();
                });
                return null;
            }).await();
        } finally {
            logger.setLevel(null);
        }
    }

    @HubTest(seconds = 60)
    void aBackOffOfAnAcceptIsRecordedWithItsReasonAndDelay(HubProvider hub) throws Exception {
        var events = record(recording -> recording.enable(ACCEPT_BACKOFF), () -> backOff(hub));
        assertThat(of(ACCEPT_BACKOFF, events)).hasSize(2).allSatisfy(event -> {
            assertThat(name(event, "loop")).isEqualTo("faulty");
            assertThat(event.getThread("eventThread").isVirtual()).isTrue();
            assertThat(event.getString("listener")).contains("127.0.0.1");
            assertThat(event.getString("reason")).contains("Too many open files");
        }).extracting(event -> event.getDuration("delay")).containsExactly(Duration.ofMillis(10),
                Duration.ofMillis(20));
    }

    // ---- a JVM of its own

    @Test
    @Timeout(value = 120, unit = TimeUnit.SECONDS)
    void whatIsRecordedFromTheStartHasTheFirstTurns() throws Exception {
        Path file = Files.createTempFile("flight", ".jfr");
        try {
            ChildJvm.of(FlightTest.class).option("-XX:StartFlightRecording:filename=" + file).option("-Xlog:disable")
                    .run();
            assertThat(RecordingFile.readAllEvents(file))
                    .filteredOn(event -> event.getEventType().getName().equals(LONG_TURN)).isNotEmpty();
        } finally {
            Files.delete(file);
        }
    }

    @Test
    @Timeout(value = 120, unit = TimeUnit.SECONDS)
    void withoutARecorderNoEventIsLoaded() throws Exception {
        var lines = ChildJvm.of(FlightTest.class).option("-Xlog:class+load").run();
        assertThat(lines).anyMatch(line -> line.contains("dev.verdant.green.kernel.Loop "))
                .noneMatch(line -> line.contains("dev.verdant.") && line.contains("Event source"))
                .noneMatch(line -> line.contains(" jdk.jfr.Event "));
    }

    /** The child: its first turns are long. */
    public static void main(String[] args) throws Exception {
        Green.run(FlightTest::spawnWhoHoldsTheLoop);
    }
}
