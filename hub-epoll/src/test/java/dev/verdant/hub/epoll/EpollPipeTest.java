package dev.verdant.hub.epoll;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.hub.Hub;
import dev.verdant.hub.PipeChannels;
import dev.verdant.hub.Readiness;
import dev.verdant.hub.SinkChannel;
import dev.verdant.hub.SourceChannel;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Pipes. */
@Timeout(60)
class EpollPipeTest {

    private final Hub hub = new EpollHubProvider().open();

    @AfterEach
    void close() {
        hub.close();
    }

    @Test
    void bytesPassAndTheEndComesWhenTheSinkIsClosed() throws Exception {
        PipeChannels pipe = hub.openPipe();
        SourceChannel source = pipe.source();
        var ops = new AtomicInteger();
        source.register(o -> ops.accumulateAndGet(o, (a, b) -> a | b));
        assertThat(source.read(new byte[9], 0, 9)).isZero();
        assertThat(pipe.sink().write(ByteBuffer.wrap(new byte[]{1, 2, 3}))).isEqualTo(3);
        Pair.pollUntil(hub, () -> ops.get() == Readiness.READ);
        assertThat(source.read(ByteBuffer.allocateDirect(9))).isEqualTo(3);
        pipe.sink().write(new byte[]{4}, 0, 1);
        pipe.sink().close();
        Pair.pollUntil(hub, () -> (ops.get() & Readiness.ENDED) != 0);
        assertThat(source.read(new byte[9], 0, 9)).isEqualTo(1);
        assertThat(source.read(new byte[9], 0, 9)).isEqualTo(-1);
        assertThat(source.localAddress()).isNull();
        assertThat(source.supportedOptions()).isEmpty();
        source.close();
        assertThatThrownBy(() -> source.read(new byte[9], 0, 9)).hasMessage("Socket closed");
    }

    @Test
    void aSinkIsToldThatItsSourceIsGone() throws Exception {
        PipeChannels pipe = hub.openPipe();
        var ops = new AtomicInteger();
        pipe.sink().register(o -> ops.accumulateAndGet(o, (a, b) -> a | b));
        pipe.source().close();
        Pair.pollUntil(hub, () -> (ops.get() & Readiness.ENDED) != 0);
        assertThatThrownBy(() -> pipe.sink().write(new byte[1], 0, 1)).hasMessage("Broken pipe");
        assertThatThrownBy(() -> pipe.sink().write(new byte[1], 0, 1)).hasMessage("Broken pipe");
        pipe.sink().close();
    }

    @Test
    void aFullPipeTakesMoreWhenItHasBeenRead() throws Exception {
        PipeChannels pipe = hub.openPipe();
        SinkChannel sink = pipe.sink();
        var writable = new AtomicInteger();
        sink.register(_ -> writable.incrementAndGet());
        byte[] much = new byte[1_000_000];
        int taken = sink.write(much, 0, much.length);
        assertThat(taken).isBetween(1, much.length - 1);
        assertThat(sink.write(much, 0, 1)).isZero();
        hub.poll(0);
        writable.set(0);
        assertThat(pipe.source().read(much, 0, much.length)).isEqualTo(taken);
        Pair.pollUntil(hub, () -> writable.get() > 0);
        assertThat(sink.write(much, 0, 1)).isOne();
        sink.close();
        pipe.source().close();
    }

    @Test
    void anEndThatWasShutDownIsOver() throws Exception {
        PipeChannels pipe = hub.openPipe();
        pipe.source().shutdown();
        pipe.sink().shutdown();
        assertThat(pipe.source().read(new byte[1], 0, 1)).isEqualTo(-1);
        assertThatThrownBy(() -> pipe.sink().write(new byte[1], 0, 1)).hasMessage("Socket closed");
        pipe.source().close();
        pipe.sink().close();
    }
}
