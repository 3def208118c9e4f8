package dev.verdant.hub.epoll;

import static org.assertj.core.api.Assertions.assertThat;

import dev.verdant.hub.Hub;
import dev.verdant.hub.HubOptions;
import dev.verdant.hub.Readiness;
import dev.verdant.hub.StreamChannel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Urgent data. */
@Timeout(60)
class EpollUrgentTest {

    private final Hub hub = new EpollHubProvider().open();

    @AfterEach
    void close() {
        hub.close();
    }

    /** All is there before the poll: one edge for what takes several reads. */
    @Test
    void moreDataBehindUrgentDataInOneEdgeIsRead() throws Exception {
        for (boolean inline : new boolean[]{false, true}) {
            Pair pair = Pair.connect(hub);
            StreamChannel server = pair.server();
            server.setOption(HubOptions.SO_OOBINLINE, inline);
            assertThat(server.getOption(HubOptions.SO_OOBINLINE)).isEqualTo(inline);
            write(pair.client(), "abc");
            assertThat(pair.client().sendUrgent('!')).isTrue();
            write(pair.client(), "def");
            var ops = new AtomicInteger();
            server.register(o -> ops.accumulateAndGet(o, (a, b) -> a | b));

            Pair.pollUntil(hub, () -> (ops.get() & Readiness.URGENT) != 0);
            assertThat(ops.get() & Readiness.READ).isNotZero();
            assertThat(readToNothing(server)).isEqualTo(inline ? "abc!def" : "abcdef");
            pair.client().close();
            server.close();
        }
    }

    @Test
    void dataWithoutUrgencyIsNotCalledUrgent() throws Exception {
        Pair pair = Pair.connect(hub);
        write(pair.client(), "abc");
        var ops = new AtomicInteger();
        pair.server().register(o -> ops.accumulateAndGet(o, (a, b) -> a | b));
        Pair.pollUntil(hub, () -> (ops.get() & Readiness.READ) != 0);
        assertThat(ops.get() & Readiness.URGENT).isZero();
    }

    private String readToNothing(StreamChannel stream) throws IOException {
        var all = new ByteArrayOutputStream();
        byte[] some = new byte[100];
        for (int count; (count = stream.read(some, 0, some.length)) > 0;) {
            all.write(some, 0, count);
        }
        return all.toString(StandardCharsets.US_ASCII);
    }

    private static void write(StreamChannel stream, String text) throws IOException {
        assertThat(stream.write(text.getBytes(StandardCharsets.US_ASCII), 0, text.length())).isEqualTo(text.length());
    }
}
