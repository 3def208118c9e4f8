package dev.verdant.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.verdant.green.Green;
import dev.verdant.green.GreenExit;
import dev.verdant.green.GreenThread;
import dev.verdant.green.Timeout;
import dev.verdant.green.io.GreenProcess;
import dev.verdant.green.net.ConcurrentUseException;
import dev.verdant.hub.HubProvider;
import dev.verdant.testkit.sim.World;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Processes, on each hub. */
@NotSimulated(NotSimulated.MACHINE)
class ProcessTest {

    private static final Duration SHORT = Duration.ofMillis(100);
    private static final Duration LONG = Duration.ofSeconds(15);
    private static final byte[] NOTHING = {};

    @BeforeEach
    void thereIsAShell() {
        assumeTrue(Files.isExecutable(Path.of("/bin/sh")));
    }

    private static ProcessBuilder sh(String script, String... arguments) {
        var command = new ArrayList<>(java.util.List.of("/bin/sh", "-c", script, "sh"));
        command.addAll(java.util.List.of(arguments));
        return new ProcessBuilder(command);
    }

    private static byte[] random(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return bytes;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    // ---- communicate

    @HubTest
    void whatItSaysAndWithWhatItEndsComesBack() throws Exception {
        var done = GreenProcess.run(sh("cat; echo oh >&2; exit 3"), ascii("hello"));
        assertThat(done.exitCode()).isEqualTo(3);
        assertThat(done.outputText()).isEqualTo("hello");
        assertThat(done.errorText()).isEqualTo("oh\n");
        assertThat(done.output()).isEqualTo(ascii("hello"));
    }

    @HubTest(seconds = 60)
    void muchGoesInAndOutOnAllThreeAtTheSameTime() throws Exception {
        byte[] input = random(3_000_000);
        var done = GreenProcess.run(sh("head -c 3000000 /dev/zero >&2; cat; head -c 1000000 /dev/zero >&2"), input);
        assertThat(done.exitCode()).isZero();
        assertThat(done.output()).isEqualTo(input);
        assertThat(done.error()).hasSize(4_000_000);
    }

    @HubTest
    void aChildThatDoesNotListenIsNoFailure() throws Exception {
        var done = GreenProcess.run(sh("exec 0<&-; echo deaf"), new byte[1_000_000]);
        assertThat(done.outputText()).isEqualTo("deaf\n");
        assertThat(done.exitCode()).isZero();
    }

    @HubTest
    void anErrorThatGoesWhereTheOutputGoesComesThere() throws Exception {
        try (var process = GreenProcess.start(sh("echo a; echo b >&2; echo c").redirectErrorStream(true))) {
            assertThatThrownBy(process::stderr).isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("was redirected");
            assertThat(process.communicate(NOTHING).outputText()).isEqualTo("a\nb\nc\n");
        }
    }

    @HubTest
    void partOfTheOutputIsKeptWhenTheTimeIsOverAndAnotherCallGoesOn() throws Exception {
        Path go = Files.createTempFile("process", ".go");
        try (var process = GreenProcess.start(sh("echo first; while [ -e $1 ]; do sleep 0.05; done; echo second; cat",
                go.toString()))) {
            assertThat(process.stdout().awaitReadable(LONG)).isTrue();
            assertThatThrownBy(() -> process.communicate(ascii("third\n"), SHORT)).isInstanceOf(TimeoutException.class)
                    .hasMessageContaining("100 ms; it goes on");
            assertThatThrownBy(() -> process.communicate(NOTHING, Duration.ZERO)).isInstanceOf(TimeoutException.class);
            assertThatThrownBy(() -> process.communicate(new byte[1])).isInstanceOf(IllegalArgumentException.class);
            assertThat(process.isAlive()).isTrue();
            Files.delete(go);
            var done = process.communicate(NOTHING);
            assertThat(done.outputText()).isEqualTo("first\nsecond\nthird\n");
            assertThat(done.exitCode()).isZero();
            assertThat(process.communicate(NOTHING).outputText()).isEqualTo("first\nsecond\nthird\n");
        } finally {
            boolean _ = Files.deleteIfExists(go);
        }
    }

    @HubTest
    void aTimeoutKillsTheChildAndComesAtOnceThoughGrandchildrenHoldThePipes() throws Exception {
        long begin = Green.nanoTime();
        assertThatThrownBy(() -> Timeout.call(SHORT,
                () -> GreenProcess.run(sh("sleep 15 & echo $!; sleep 600"), NOTHING))).isInstanceOf(Timeout.class);
        assertThat(Green.nanoTime() - begin).isLessThan(TimeUnit.SECONDS.toNanos(10));
    }

    @HubTest
    void whatWasSaidBeforeATimeoutCanBeHadAfterIt() throws Exception {
        try (var process = GreenProcess.start(sh("echo said; exec sleep 600"))) {
            assertThat(process.stdout().awaitReadable(LONG)).isTrue();
            assertThatThrownBy(() -> Timeout.call(SHORT, () -> process.communicate(NOTHING)))
                    .isInstanceOf(Timeout.class);
            var done = process.communicate(NOTHING);
            assertThat(done.outputText()).isEqualTo("said\n");
            assertThat(done.exitCode()).isEqualTo(128 + 9);
        }
    }

    @HubTest
    void aKillEndsTheChild() throws Exception {
        try (var process = GreenProcess.start(sh("exec sleep 600"))) {
            var runner = Green.spawn(() -> process.communicate(NOTHING));
            Turns.untilWaits(runner);
            runner.kill();
            assertThatThrownBy(runner::await).isInstanceOf(GreenExit.class);
            assertThat(process.waitFor(LONG)).isTrue();
            assertThat(process.exitValue()).isEqualTo(128 + 9);
        }
    }

    @HubTest
    void anInterruptEndsTheChild() throws Exception {
        try (var process = GreenProcess.start(sh("exec sleep 600"))) {
            var runner = Green.spawn(() -> process.communicate(NOTHING));
            Turns.untilWaits(runner);
            runner.thread().interrupt();
            assertThatThrownBy(runner::await).isInstanceOf(InterruptedException.class);
            assertThat(process.waitFor(LONG)).isTrue();
        }
    }

    @HubTest
    void aSecondWhoCommunicatesIsRefusedAndTheFirstIsUndisturbed() throws Exception {
        try (var process = GreenProcess.start(sh("exec sleep 600"))) {
            var first = Green.spawn(() -> {
                var _ = process.stderr().recv(1);
            });
            Turns.untilWaits(first);
            assertThatThrownBy(() -> process.communicate(NOTHING, SHORT)).isInstanceOf(ConcurrentUseException.class);
            assertThat(process.isAlive()).isTrue();
            process.kill();
            first.await();
        }
    }

    // ---- pipes

    @HubTest
    void theChildAnswersLineByLine() throws Exception {
        try (var process = GreenProcess.start(sh("while read line; do echo got $line; done"))) {
            var reader = process.inputReader(StandardCharsets.US_ASCII);
            for (int i = 0; i < 20; i++) {
                process.stdin().sendAll(ascii(i + "\n"));
                assertThat(reader.readLine()).isEqualTo("got " + i);
            }
            process.stdin().close();
            assertThat(reader.readLine()).isNull();
            assertThat(process.waitFor()).isZero();
        }
    }

    @HubTest
    void theStreamsOfTheJdkAreThoseOfThePipes() throws Exception {
        Process process = GreenProcess.start(sh("cat; echo bad >&2"));
        try (var out = process.getOutputStream()) {
            out.write(ascii("through"));
        }
        assertThat(process.getInputStream().readAllBytes()).isEqualTo(ascii("through"));
        assertThat(process.getErrorStream().readAllBytes()).isEqualTo(ascii("bad\n"));
        assertThat(process.waitFor()).isZero();
        process.destroyForcibly();
        ((GreenProcess) process).close();
    }

    /** A child that meets EAGAIN gives up: its ends must block, though ours do not. */
    @HubTest
    void theChildsEndsBlock() throws Exception {
        try (var process = GreenProcess
                .start(sh("dd bs=1000000 count=1 iflag=fullblock status=none | cat; head -c 1000000 /dev/zero"))) {
            Green.sleep(SHORT); // The child waits for input, and then for room.
            byte[] input = random(1_000_000);
            var done = process.communicate(input);
            assertThat(done.errorText()).isEmpty();
            assertThat(done.output()).hasSize(2_000_000);
        }
    }

    @HubTest
    void whatIsRedirectedGoesThereAndItsStreamsAreEmpty() throws Exception {
        Path file = Files.createTempFile("process", ".out");
        var builder = sh("cat; echo x >&2").redirectOutput(file.toFile()).redirectInput(new java.io.File("/dev/null"))
                .redirectError(Redirect.DISCARD);
        try (var process = GreenProcess.start(builder)) {
            assertThat(process.getInputStream().read()).isEqualTo(-1);
            assertThat(process.getErrorStream().read()).isEqualTo(-1);
            process.getOutputStream().write(1);
            assertThatThrownBy(process::stdin).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(process::stdout).isInstanceOf(IllegalStateException.class);
            assertThat(process.communicate(NOTHING).exitCode()).isZero();
        } finally {
            Files.delete(file);
        }
        assertThat(builder.redirectOutput().file()).isEqualTo(file.toFile());
    }

    @HubTest
    void theBuilderIsNotChanged() throws Exception {
        var builder = sh("echo $GREEN; pwd");
        builder.environment().put("GREEN", "leaf");
        builder.directory(new java.io.File("/"));
        for (int i = 0; i < 2; i++) {
            assertThat(GreenProcess.run(builder, NOTHING).outputText()).isEqualTo("leaf\n/\n");
            assertThat(builder.redirectOutput()).isEqualTo(Redirect.PIPE);
            assertThat(builder.redirectInput()).isEqualTo(Redirect.PIPE);
        }
    }

    @HubTest
    void aCloseKillsTheChildAndWakesWhoReads() throws Exception {
        var process = GreenProcess.start(sh("exec sleep 600"));
        var reader = Green.spawn(() -> process.stdout().recv(1));
        Turns.untilWaits(reader);
        process.close();
        process.close();
        assertThatThrownBy(reader::await).isInstanceOf(SocketException.class).hasMessage("Pipe closed");
        assertThat(process.waitFor(LONG)).isTrue();
    }

    // ---- its end

    @HubTest
    void aWaitForItsEndEndsWithItsTime() throws Exception {
        try (var process = GreenProcess.start(sh("exec sleep 600"))) {
            assertThat(process.waitFor(SHORT)).isFalse();
            assertThat(process.waitFor(0, TimeUnit.SECONDS)).isFalse();
            assertThatThrownBy(() -> Timeout.call(SHORT, () -> process.waitFor())).isInstanceOf(Timeout.class);
            assertThat(process.isAlive()).isTrue();
            assertThatThrownBy(process::exitValue).isInstanceOf(IllegalThreadStateException.class);
            process.destroy();
            assertThat(process.waitFor()).isEqualTo(128 + 15);
            assertThat(process.onExit().get()).isSameAs(process);
            assertThat(process.waitFor(0, TimeUnit.SECONDS)).isTrue();
            assertThat(process.toString()).contains("/bin/sh").contains("ended");
        }
    }

    @HubTest
    void aThreadOnNoLoopWaitsForItsEnd() throws Exception {
        try (var process = GreenProcess.start(sh("read line; exit 7"))) {
            var waiter = CompletableFuture.supplyAsync(() -> {
                try {
                    return process.waitFor();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }, task -> Thread.ofPlatform().start(task));
            process.stdin().close();
            assertThat(waiter.get()).isEqualTo(7);
        }
    }

    // ---- starting

    @HubTest
    void whatCannotBeStartedIsToldWithTheWordsOfTheJdkAndLeavesNothing() throws Exception {
        long before = pipes();
        assertThatThrownBy(() -> GreenProcess.start(new ProcessBuilder("/no/such/program")))
                .isInstanceOf(IOException.class).hasMessageContaining("Cannot run program \"/no/such/program\"");
        assertThatThrownBy(() -> GreenProcess.start(new ProcessBuilder()))
                .isInstanceOf(IndexOutOfBoundsException.class);
        Turns.until(() -> pipes() <= before);
    }

    @HubTest(seconds = 60)
    void aStartThatIsGivenUpLeavesNothing() throws Exception {
        long before = pipes();
        for (int i = 0; i < 40; i++) {
            var starter = Green.spawn(() -> GreenProcess.start(sh("exec sleep 601")));
            for (int turn = 0; turn < i * 20; turn++) {
                Green.sleep();
            }
            starter.kill();
            try {
                starter.await().close();
            } catch (GreenExit e) {
                // Given up.
            }
        }
        Turns.until(() -> pipes() <= before && sleepers("601") == 0);
    }

    @HubTest(seconds = 60)
    void manyProcessesOverlapAndLeaveNothing() throws Exception {
        long before = pipes();
        long begin = Green.nanoTime();
        var all = new ArrayList<GreenThread<Integer>>();
        for (int i = 0; i < 30; i++) {
            int code = i;
            all.add(Green.spawn(() -> GreenProcess.run(sh("sleep 1; exit " + code), NOTHING).exitCode()));
        }
        for (int i = 0; i < all.size(); i++) {
            assertThat(all.get(i).await()).isEqualTo(i);
        }
        assertThat(Green.nanoTime() - begin).isLessThan(TimeUnit.SECONDS.toNanos(15));
        Turns.until(() -> pipes() <= before);
    }

    @HubTest
    void otherGreenThreadsRunWhileOneWaitsForItsEnd() throws Exception {
        try (var process = GreenProcess.start(sh("read line; exit 5"))) {
            var waiter = Green.spawn(() -> process.waitFor());
            Turns.untilWaits(waiter);
            process.stdin().sendAll(ascii("go\n"));
            assertThat(waiter.await()).isEqualTo(5);
        }
    }

    /** Where the child has the hub's own pipe. */
    @HubTest
    void aNativeThreadCopiesItsStreamsWhereTheChildCannotHaveThePipeAndNowhereElse(HubProvider hub) throws Exception {
        assumeTrue(Files.isDirectory(Path.of("/proc/self/fd")));
        try (var process = GreenProcess.start(new ProcessBuilder("cat"))) {
            process.stdin().sendAll(ascii("x"));
            assertThat(process.stdout().recv(1)).hasSize(1);
            assertThat(Green.dump().contains("works on stdout of 'cat'")).isEqualTo(hub.name().equals("nio"));
        }
    }

    @HubTest
    void programsThatAskWhatIsAvailableGetTheOutput() throws Exception {
        try (GreenProcess process = GreenProcess.start(sh("echo one; echo two"))) {
            var reader = process.inputReader(StandardCharsets.US_ASCII);
            while (!reader.ready()) { // The test's deadline ends it.
                Green.sleep();
            }
            assertThat(reader.readLine()).isEqualTo("one");
            assertThat(reader.readLine()).isEqualTo("two");
            assertThat(reader.readLine()).isNull();
        }
    }

    @Test
    void aSimulatedHubHasNoProcesses() throws Exception {
        HubProvider simulated = new World(1).provider();
        Green.run(options -> options.hub(simulated),
                () -> assertThatThrownBy(() -> GreenProcess.start(sh("true")))
                        .isInstanceOf(UnsupportedOperationException.class).hasMessageContaining("simulated"));
    }

    @Test
    void aThreadOnNoLoopIsToldWhereToStartOne() {
        assertThatThrownBy(() -> GreenProcess.start(sh("true"))).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("GreenProcess.start").hasMessageContaining("Green.run");
    }

    private static long sleepers(String seconds) {
        return ProcessHandle.current().children()
                .filter(child -> child.info().commandLine().orElse("").contains("sleep " + seconds)).count();
    }

    private static long pipes() {
        Path descriptors = Path.of("/proc/self/fd");
        if (!Files.isDirectory(descriptors)) {
            return 0;
        }
        try (var each = Files.list(descriptors)) {
            return each.filter(ProcessTest::isPipe).count();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static boolean isPipe(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString().startsWith("pipe:");
        } catch (IOException e) {
            return false; // Closed meanwhile.
        }
    }
}
