package dev.verdant.conformance.patch;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.verdant.conformance.HubTest;
import dev.verdant.conformance.NotSimulated;
import dev.verdant.conformance.Turns;
import dev.verdant.green.EventLoop;
import dev.verdant.green.Green;
import dev.verdant.green.GreenThread;
import dev.verdant.green.Timeout;
import dev.verdant.green.io.PatchedProcess;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Processes in the place of the JDK's: what other people's code does with them. */
@NotSimulated(NotSimulated.MACHINE)
class ProcessPatchTest {

    @TempDir
    Path folder;

    @BeforeEach
    void thereIsAShell() {
        assumeTrue(Files.isExecutable(Path.of("/bin/sh")));
    }

    /** What a process leaves open is closed when it has ended, by a thread of its own. */
    private static void untilNothingIsLeft() {
        EventLoop loop = Objects.requireNonNull(EventLoop.current());
        Turns.until(() -> loop.snapshot().channels() == 0);
    }

    private static ProcessBuilder sh(String script) {
        return new ProcessBuilder("/bin/sh", "-c", script);
    }

    private static Process start(String script) throws IOException {
        return PatchedProcess.start(sh(script));
    }

    private static String all(InputStream in) throws IOException {
        return new String(in.readAllBytes(), US_ASCII);
    }

    /** Calls on a platform thread. */
    private static <T> GreenThread<T> elsewhere(Callable<T> call) {
        var task = new FutureTask<>(call);
        Thread.ofPlatform().daemon().start(task);
        return Green.spawn(() -> task.get());
    }

    // ---- the loop turns

    @HubTest
    void manyTalkAtTheSameTimeOnOneLoop() throws Exception {
        var talks = new ArrayList<GreenThread<String>>();
        for (int i = 0; i < 5; i++) {
            talks.add(Green.spawn(() -> {
                Process process = start("read line; echo \"<$line>\"; echo oh >&2; exit 7");
                // Each is answered when all have been started.
                Turns.until(() -> talks.size() == 5);
                try (var writer = process.outputWriter()) {
                    writer.write("hello\n");
                }
                String said = process.inputReader().readLine() + all(process.getErrorStream());
                return said + process.waitFor();
            }));
        }
        for (var talk : talks) {
            assertThat(talk.await()).isEqualTo("<hello>oh\n7");
        }
        untilNothingIsLeft();
    }

    @HubTest
    void whoWaitsForOutputHoldsNoLoop() throws Exception {
        Process process = start("read line; echo done");
        var reads = Green.spawn(() -> all(process.getInputStream()));
        Turns.untilWaits(reads);
        process.getOutputStream().write('\n');
        process.getOutputStream().flush();
        assertThat(reads.await()).isEqualTo("done\n");
        assertThat(process.waitFor(Duration.ofSeconds(15))).isTrue();
        untilNothingIsLeft();
    }

    // ---- as the JDK's

    @HubTest
    void whatItHasSaidCanBeReadWhenItHasEndedAndNobodyNeedCloseAnything() throws Exception {
        Process process = start("echo out; echo err >&2; exit 3");
        assertThat(process.waitFor()).isEqualTo(3);
        assertThat(all(process.getInputStream())).isEqualTo("out\n");
        assertThat(all(process.getErrorStream())).isEqualTo("err\n");
        assertThat(process.exitValue()).isEqualTo(3);
        assertThat(process.isAlive()).isFalse();
        assertThat(process.toString()).isEqualTo("Process[pid=" + process.pid() + ", exitValue=3]");
        assertThat(process.onExit().get()).isSameAs(process);
        untilNothingIsLeft();
    }

    @HubTest
    void whoReadsNothingAndClosesNothingLeavesNoPipe() throws Exception {
        for (int i = 0; i < 5; i++) {
            Process process = start("echo out; echo err >&2");
            assertThat(process.waitFor()).isZero();
        }
        untilNothingIsLeft();
    }

    @HubTest
    void severalThreadsMayReadOneStream() throws Exception {
        Process process = start("read line; echo a; read line; echo b");
        var first = Green.spawn(() -> process.getInputStream().read());
        var second = elsewhere(() -> process.getInputStream().read());
        Turns.untilWaits(first);
        process.getOutputStream().write("\n\n".getBytes(US_ASCII));
        process.getOutputStream().flush();
        List<Integer> got = new ArrayList<>(List.of(first.await(), second.await()));
        int c;
        while ((c = process.getInputStream().read()) >= 0) {
            got.add(c);
        }
        assertThat(got).containsExactlyInAnyOrder((int) 'a', (int) '\n', (int) 'b', (int) '\n');
        assertThat(process.waitFor()).isZero();
        untilNothingIsLeft();
    }

    @HubTest
    void aPlatformThreadMayReadAndWaitForWhatAGreenOneHasStarted() throws Exception {
        Process process = start("read line; echo $line; exit 4");
        var reads = elsewhere(() -> all(process.getInputStream()) + process.waitFor());
        process.getOutputStream().write("hello\n".getBytes(US_ASCII));
        process.getOutputStream().flush();
        assertThat(reads.await()).isEqualTo("hello\n4");
        untilNothingIsLeft();
    }

    @HubTest
    void destroyEndsItAndClosesItsStreams() throws Exception {
        Process process = start("echo on; exec sleep 60");
        assertThat(process.getInputStream().read()).isEqualTo('o');
        process.destroy();
        assertThat(process.waitFor()).isEqualTo(128 + 15);
        assertThatThrownBy(() -> process.getInputStream().read()).isInstanceOf(IOException.class)
                .hasMessage("Stream closed");
        Process forced = start("exec sleep 60");
        assertThat(forced.waitFor(1, TimeUnit.MILLISECONDS)).isFalse();
        assertThat(forced.destroyForcibly()).isSameAs(forced);
        assertThat(forced.waitFor()).isEqualTo(128 + 9);
        untilNothingIsLeft();
    }

    @HubTest
    void everySettingOfTheBuilderCounts() throws Exception {
        Path input = Files.writeString(folder.resolve("input"), "from a file\n");
        Path output = Files.writeString(folder.resolve("output"), "before\n");
        var builder = sh("cat; echo $GREETING; pwd; echo oh >&2").directory(folder.toFile())
                .redirectInput(input.toFile()).redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()))
                .redirectErrorStream(true);
        builder.environment().put("GREETING", "hello");
        Process process = PatchedProcess.start(builder);
        assertThat(process.waitFor()).isZero();
        assertThat(Files.readString(output))
                .isEqualTo("before\nfrom a file\nhello\n" + folder.toRealPath() + "\noh\n");
        assertThat(process.getInputStream().read()).isEqualTo(-1);
        assertThat(process.getErrorStream().read()).isEqualTo(-1);
        Process merged = PatchedProcess.start(sh("echo out; echo err >&2").redirectErrorStream(true));
        assertThat(all(merged.getInputStream())).isEqualTo("out\nerr\n");
        Process inherits = PatchedProcess.start(sh("exit 5").inheritIO());
        assertThat(inherits.waitFor()).isEqualTo(5);
        Process discards = PatchedProcess
                .start(sh("echo out; echo err >&2").redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .redirectError(ProcessBuilder.Redirect.DISCARD));
        assertThat(discards.waitFor()).isZero();
        untilNothingIsLeft();
    }

    @HubTest
    void failuresToStartAreTheJdks() {
        for (var builder : List.of(new ProcessBuilder("/nonesuch/program"), new ProcessBuilder(),
                new ProcessBuilder("/bin/true").directory(folder.resolve("nowhere").toFile()))) {
            var expected = catchThrowable(builder::start);
            assertThatThrownBy(() -> PatchedProcess.start(builder)).isExactlyInstanceOf(expected.getClass())
                    .hasMessage(expected.getMessage());
        }
        untilNothingIsLeft();
    }

    @Test
    void offALoopItIsTheJdksOwn() throws Exception {
        Process process = start("exit 6");
        assertThat(process).isNotInstanceOf(PatchedProcess.class);
        assertThat(process.waitFor()).isEqualTo(6);
    }

    // ---- waits that end early

    @HubTest
    void aTimeoutTakesNothingAndTheProcessGoesOn() throws Exception {
        Process process = start("read line; echo $line");
        assertThatThrownBy(
                () -> Timeout.call(Duration.ofMillis(20), () -> process.getInputStream().read()))
                .isInstanceOf(Timeout.class);
        assertThatThrownBy(() -> Timeout.call(Duration.ofMillis(20), () -> process.waitFor()))
                .isInstanceOf(Timeout.class);
        process.getOutputStream().write("hello\n".getBytes(US_ASCII));
        process.getOutputStream().close();
        assertThat(all(process.getInputStream())).isEqualTo("hello\n");
        assertThat(process.waitFor()).isZero();
        untilNothingIsLeft();
    }

    @HubTest
    void aStartDoesNotHeedAnInterruptAndKeepsIt() throws Exception {
        Thread.currentThread().interrupt();
        Process process = start("exit 2");
        assertThat(Thread.interrupted()).isTrue();
        assertThat(process.waitFor()).isEqualTo(2);
        untilNothingIsLeft();
    }
}
