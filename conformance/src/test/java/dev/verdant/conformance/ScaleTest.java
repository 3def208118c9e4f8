package dev.verdant.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.verdant.green.EventLoop;
import dev.verdant.green.Green;
import dev.verdant.green.GreenThread;
import dev.verdant.green.Timeout;
import dev.verdant.green.net.GreenServerSocket;
import dev.verdant.green.net.Net;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** Many of everything, after which nothing is left; all of it with {@code -Pfull}. */
class ScaleTest {

    private static final int WAVE = 100_000;

    private static int timersPending() {
        return Objects.requireNonNull(EventLoop.current()).snapshot().timers();
    }

    /** Not all at a time: the heap of a test is small. */
    @HubTest(seconds = 600)
    @NotSimulated("any order of so many is slow to choose")
    void aMillionGreenThreadsParkAreWokenAndEnd() throws Exception {
        int count = Counts.of(1_000_000);
        int before = timersPending();
        var woken = new int[1];
        for (int left = count; left > 0; left -= WAVE) {
            List<GreenThread<?>> threads = new ArrayList<>();
            for (int i = Math.min(left, WAVE); i > 0; i--) {
                threads.add(Green.spawn(() -> {
                    Green.sleep(Duration.ofMillis(1));
                    woken[0]++;
                }));
            }
            for (GreenThread<?> thread : threads) {
                thread.await();
            }
        }
        assertThat(woken[0]).isEqualTo(count);
        assertThat(timersPending()).isEqualTo(before);
    }

    @HubTest(seconds = 300)
    void aMillionDeadlinesAreSetAndCancelled() throws Exception {
        int count = Counts.of(1_000_000);
        int before = timersPending();
        List<Timeout> timeouts = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            timeouts.add(Timeout.start(Duration.ofSeconds(1000 + i % 5000)));
        }
        assertThat(timersPending() - before).isEqualTo(count);
        for (Timeout timeout : timeouts) {
            timeout.cancel();
        }
        assertThat(timersPending()).isEqualTo(before);
    }

    @HubTest(seconds = 900)
    void connectionsThatComeAskOnceAndGoLeaveNothing() throws Exception {
        int count = Counts.of(100_000);
        int before = timersPending();
        GreenServerSocket listener = Net.listen(new InetSocketAddress("127.0.0.1", 0));
        GreenThread<?> serving = Green
                .spawn(() -> Net.serve(listener, socket -> socket.sendAll(socket.recv(16))));
        for (int i = 0; i < count; i++) {
            try (var client = Net.connect(listener.getLocalSocketAddress())) {
                client.sendAll(new byte[]{(byte) i});
                assertThat(client.recv(16)).containsExactly((byte) i);
                assertThat(client.recv(16)).isEmpty();
            }
        }
        listener.close();
        serving.await();
        assertThat(timersPending()).isEqualTo(before);
    }
}
