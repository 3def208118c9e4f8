package dev.verdant.hub.epoll;

import static org.assertj.core.api.Assertions.assertThat;

import dev.verdant.hub.Hub;
import dev.verdant.hub.ListenerChannel;
import dev.verdant.hub.ResourceExhaustedException;
import dev.verdant.hub.SocketDomain;
import dev.verdant.hub.StreamChannel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A process without descriptors: in one of its own, whose limit is low, so that nobody else suffers. */
@Timeout(60)
class EpollExhaustionTest {

    @Test
    void whatRunsOutIsNamedAndComesBack() throws Exception {
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        Process child = new ProcessBuilder("sh", "-c", "ulimit -n 300; exec \"$0\" \"$@\"", java.toString(),
                "--enable-native-access=ALL-UNNAMED", "-cp", System.getProperty("java.class.path"),
                EpollExhaustionTest.class.getName()).redirectErrorStream(true).start();
        String output = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(output.lines()).containsExactly(
                "open: dev.verdant.hub.ResourceExhaustedException: Too many open files",
                "openers that say the same: 6 of 6",
                "accept: dev.verdant.hub.ResourceExhaustedException: Too many open files",
                "hub: java.io.UncheckedIOException: java.io.IOException: cannot open epoll: epoll_create1() failed: "
                        + "Too many open files",
                "accepted again: true");
        assertThat(child.waitFor()).isZero();
    }

    /** The child. */
    public static void main(String[] args) throws IOException {
        try (Hub hub = new EpollHubProvider().open()) {
            ListenerChannel listener = Pair.listen(hub);
            boolean _ = hub.openStream(SocketDomain.INTERNET).connect(Pair.addressOf(listener));
            List<Opener> openers = List.of(() -> hub.openListener(SocketDomain.INTERNET),
                    () -> hub.openStream(SocketDomain.UNIX), () -> hub.openListener(SocketDomain.UNIX),
                    () -> hub.openDatagram(SocketDomain.INTERNET), () -> hub.openDatagram(SocketDomain.UNIX),
                    hub::openPipe);
            List<StreamChannel> all = takeAll(hub);
            System.out.println("openers that say the same: " + openers.stream().filter(EpollExhaustionTest::failsWell)
                    .count() + " of " + openers.size());
            try {
                Objects.requireNonNull(listener.accept());
            } catch (IOException e) {
                System.out.println("accept: " + e);
            }
            try (Hub second = new EpollHubProvider().open()) {
                System.out.println(second + " should not have been opened");
            } catch (UncheckedIOException e) {
                System.out.println("hub: " + e);
            }
            all.forEach(StreamChannel::close);
            System.out.println("accepted again: " + (listener.accept() != null));
        }
    }

    private static boolean failsWell(Opener opener) {
        try {
            System.out.println(opener.open() + " should not have been opened");
            return false;
        } catch (ResourceExhaustedException e) {
            return "Too many open files".equals(e.getMessage());
        } catch (IOException e) {
            System.out.println("open: " + e);
            return false;
        }
    }

    private interface Opener {
        Object open() throws IOException;
    }

    private static List<StreamChannel> takeAll(Hub hub) {
        var all = new ArrayList<StreamChannel>();
        try {
            for (;;) {
                all.add(hub.openStream(SocketDomain.INTERNET));
            }
        } catch (IOException e) {
            System.out.println("open: " + e);
            return all;
        }
    }
}
