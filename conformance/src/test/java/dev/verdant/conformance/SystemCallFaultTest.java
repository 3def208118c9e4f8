package dev.verdant.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.verdant.green.Green;
import dev.verdant.green.net.Net;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** System calls that fail now and then, as strace(1) makes them. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class SystemCallFaultTest {

    private static final int CLIENTS = 5;

    private static final String INTERRUPTIBLE = "epoll_wait,epoll_pwait,epoll_pwait2,accept,accept4";

    private static boolean onlyStopsWhereItMust;

    /** By a filter in the kernel, other calls than those that are traced need not stop; an old strace has none. */
    @BeforeAll
    static void straceIsHere() {
        assumeTrue(ChildJvm.can("strace", "-o", "/dev/null", "true"), "strace cannot trace here");
        onlyStopsWhereItMust = ChildJvm.can("strace", "-f", "--seccomp-bpf", "-o", "/dev/null", "true");
    }

    @ParameterizedTest
    @CsvSource({"epoll,EMFILE", "epoll,ENFILE", "epoll,ENOBUFS", "epoll,ENOMEM", "nio,EMFILE", "nio,ENFILE",
            "nio,ENOBUFS", "nio,ENOMEM"})
    void aServerThatRunsOutOfSomethingWarnsBacksOffAndServesOn(String hub, String error) throws Exception {
        List<String> lines = run(hub, "accept,accept4:error=" + error + ":when=2..3");
        assertThat(lines).filteredOn(line -> line.contains("Trying again in")).hasSize(2)
                .allMatch(line -> line.contains("Cannot accept"));
        assertThat(lines).contains("served " + CLIENTS);
    }

    @ParameterizedTest
    @CsvSource({"epoll,ECONNABORTED", "epoll,EINTR", "epoll,EPROTO", "epoll,EPERM", "epoll,ENETDOWN",
            "nio,ECONNABORTED", "nio,EINTR", "nio,EPROTO", "nio,EPERM", "nio,ENETDOWN"})
    void aConnectionThatDiedBeforeItWasAcceptedIsPassedOverInSilence(String hub, String error) throws Exception {
        assertThat(run(hub, "accept,accept4:error=" + error + ":when=2")).containsExactly("served " + CLIENTS);
    }

    /**
     * Calls that do not sleep are not interrupted in truth. The JDK relies on that where it connects without blocking and where a selector wakes
     * itself up; epoll's hub bears these, too.
     */
    @ParameterizedTest
    @CsvSource({"epoll,'" + INTERRUPTIBLE + ",connect,read,write,recvfrom,sendto'", "nio,'" + INTERRUPTIBLE + "'"})
    void interruptedSystemCallsAreNotSeen(String hub, String calls) throws Exception {
        Process child = ChildJvm.of(SystemCallFaultTest.class).hub(hub).process("wait").start();
        Process strace = null;
        try (var lines = child.inputReader(); var go = child.outputWriter()) {
            assertThat(lines.readLine()).isEqualTo("served " + CLIENTS);
            // Only now: starting a JVM does not bear it.
            strace = new ProcessBuilder("strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=" + calls, "-e",
                    "inject=" + calls + ":error=EINTR:when=2+2", "-p", Long.toString(child.pid())).start();
            while (isUntraced(child)) {
                Thread.onSpinWait();
            }
            go.write("go\n");
            go.flush();
            assertThat(lines.readAllLines()).containsExactly("served " + CLIENTS);
            assertThat(child.waitFor()).isZero();
        } finally {
            child.destroyForcibly();
            if (strace != null) {
                strace.destroyForcibly();
            }
        }
    }

    /** All of its threads must be traced, and new ones are as soon as one is. */
    private static boolean isUntraced(Process child) throws IOException {
        try (var threads = Files.list(Path.of("/proc", Long.toString(child.pid()), "task"))) {
            return threads.anyMatch(SystemCallFaultTest::isUntracedThread);
        }
    }

    private static boolean isUntracedThread(Path thread) {
        try {
            return Files.readAllLines(thread.resolve("status")).contains("TracerPid:\t0");
        } catch (IOException e) {
            return false; // It has ended.
        }
    }

    private static List<String> run(String hub, String fault) throws Exception {
        var strace = new ArrayList<>(List.of("strace", "-f", "-qq", "-o", "/dev/null", "-e",
                "trace=" + fault.replaceFirst(":.*", ""), "-e", "inject=" + fault));
        if (onlyStopsWhereItMust) {
            strace.add("--seccomp-bpf");
        }
        return ChildJvm.of(SystemCallFaultTest.class).hub(hub).under(strace.toArray(String[]::new)).run();
    }

    /** The child. */
    public static void main(String[] args) throws Exception {
        if (args.length > 0) {
            Green.run(SystemCallFaultTest::serveClients); // Loads classes, which does not bear interrupted calls either.
            int _ = System.in.read();
        }
        Green.run(SystemCallFaultTest::serveClients);
    }

    private static void serveClients() throws IOException {
        try (var listener = Net.listen(new InetSocketAddress("127.0.0.1", 0))) {
            Green.spawnN(() -> Net.serve(listener, connection -> connection.sendAll(connection.recv(10))));
            int served = 0;
            for (int i = 0; i < CLIENTS; i++) {
                try (var client = Net.connect(listener.getLocalSocketAddress())) {
                    sleepFully(Duration.ofMillis(5));
                    client.sendAll(new byte[]{(byte) i});
                    served += client.recv(10)[0] == i && client.recv(1).length == 0 ? 1 : 0;
                }
            }
            System.out.println("served " + served);
        }
    }

    private static void sleepFully(Duration time) {
        long begin = System.nanoTime();
        Green.sleep(time);
        if (System.nanoTime() - begin < time.toNanos()) {
            System.out.println("a sleep of " + time + " was too short");
        }
    }
}
