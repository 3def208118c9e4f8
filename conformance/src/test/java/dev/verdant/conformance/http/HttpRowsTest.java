package dev.verdant.conformance.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.verdant.conformance.Each;
import dev.verdant.conformance.HubTest;
import dev.verdant.green.Green;
import dev.verdant.green.http.HttpService;
import dev.verdant.green.net.Net;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;
import java.util.Random;

/** Every row, whole, byte by byte and cut in two: at every place with {@code -Pfull}, else at some. */
class HttpRowsTest {

    private static final int ONE_IN = Boolean.getBoolean("verdant.full") ? 1 : 50;

    @HubTest(seconds = 600)
    void aRowIsAnsweredAsItMust(@Each(Rows.class) Row row) throws Exception {
        long seed = Long.getLong("verdant.seed", new Random().nextLong());
        var mirror = new Mirror();
        try (var listener = Net.listen(new InetSocketAddress("127.0.0.1", 0))) {
            HttpService service = HttpService.on(listener).handler(mirror).logOutput(false).build();
            SocketAddress address = listener.getLocalSocketAddress();
            var serving = Green.spawn("server", () -> service.serve());
            var judge = new Judge(address, Pace.onLoop(), new Random(seed), ONE_IN, /* strict= */ true);
            List<String> complaints = judge.complaints(row);
            service.stop(null);
            serving.await();
            assertThat(complaints).as("of %d dialogues, seed %d", judge.dialogues(), seed).isEmpty();
        }
        assertThat(mirror.seen).noneMatch(request -> request.contains("/evil"));
    }
}
