package dev.verdant.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.verdant.green.Green;
import dev.verdant.green.net.Net;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** N22: name servers that are missing or do not answer. In a child JVM with a network and a {@code resolv.conf} of its own. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class NameServerTest {

    /** Brings the loopback device up, puts {@code $1} over {@code resolv.conf}, and becomes the rest of its arguments. */
    private static final String NAMESPACE = """
            ip link set lo up && mount --bind "$1" /etc/resolv.conf && shift && exec "$@"
            """;

    @Test
    void withoutNameServersKnownNamesAreFoundAndOthersFail(@TempDir Path folder) throws Exception {
        var empty = Files.writeString(folder.resolve("resolv.conf"), "");
        assertThat(outputOfChild(empty, "missing")).containsExactly("localhost: found", "nonesuch: unknown",
                "the loop turned");
    }

    @Test
    void aNameServerThatDoesNotAnswerHoldsNeitherTheLoopNorTheCaller(@TempDir Path folder) throws Exception {
        var silent = Files.writeString(folder.resolve("resolv.conf"),
                "nameserver 127.0.0.1\noptions timeout:2 attempts:1\n");
        assertThat(outputOfChild(silent, "silent")).containsExactly("nonesuch: timed out", "localhost: found",
                "the loop turned");
    }

    private static List<String> outputOfChild(Path resolvConf, String scene) throws Exception {
        assumeTrue(isPossible("unshare", "-rnm", "sh", "-c", NAMESPACE, "sh", resolvConf.toString(), "true"),
                "namespaces: unshare -rnm, ip (iproute2)");
        Process child = ChildJvm.of(NameServerTest.class)
                .under("unshare", "-rnm", "sh", "-c", NAMESPACE, "sh", resolvConf.toString()).process(scene).start();
        try {
            var output = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(child.waitFor()).as(output).isZero();
            return output.lines().toList();
        } finally {
            child.destroyForcibly();
        }
    }

    private static boolean isPossible(String... command) throws InterruptedException {
        try {
            return new ProcessBuilder(command).redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD).start().waitFor() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    /** The child. */
    public static void main(String[] args) throws Exception {
        Green.run(() -> {
            int[] ticks = {0};
            var ticker = Green.spawn(() -> {
                while (true) {
                    Green.sleep(Duration.ofMillis(1));
                    ticks[0]++;
                }
            });
            if (args[0].equals("missing")) {
                ask("localhost");
                ask("nonesuch");
            } else {
                try (var _ = new DatagramSocket(new InetSocketAddress("127.0.0.1", 53))) {
                    ask("nonesuch");
                    ask("localhost");
                }
            }
            Green.sleep(Duration.ofMillis(5));
            ticker.kill();
            System.out.println(ticks[0] > 0 ? "the loop turned" : "the loop stood still");
        });
    }

    private static void ask(String host) throws Exception {
        String answer;
        try {
            answer = Net.resolve(host, Duration.ofMillis(500)).isEmpty() ? "nothing" : "found";
        } catch (java.net.UnknownHostException e) {
            answer = "unknown";
        } catch (java.net.SocketTimeoutException e) {
            answer = "timed out";
        }
        System.out.println(host + ": " + answer);
    }
}
