package dev.verdant.conformance.stream;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.conformance.HubTest;
import dev.verdant.green.Green;
import dev.verdant.green.io.GreenPipe;
import dev.verdant.green.stream.IOLoop;
import dev.verdant.green.stream.PipeIOStream;
import dev.verdant.green.stream.StreamClosedException;
import java.io.IOException;

/** T35. */
class PipeIOStreamTest {

    @HubTest
    void t35PiecesOfAPipeAreReadAsTheyAreAskedFor() throws Exception {
        var pipe = GreenPipe.open();
        try (var writer = new PipeIOStream(pipe.sink()); var reader = new PipeIOStream(pipe.source())) {
            writer.write("hel".getBytes(US_ASCII));
            writer.write("lo world".getBytes(US_ASCII));
            assertThat(reader.readUntil(" ")).asString(US_ASCII).isEqualTo("hello ");
            assertThat(reader.readBytes(3)).asString(US_ASCII).isEqualTo("wor");
            pipe.sink().close();
            assertThat(reader.readUntilClose()).asString(US_ASCII).isEqualTo("ld");
        }
    }

    @HubTest
    void t35AMebibyteGoesThroughAPipe() throws Exception {
        var pipe = GreenPipe.open();
        try (var writer = new PipeIOStream(pipe.sink()); var reader = new PipeIOStream(pipe.source())) {
            var written = Green.spawn(() -> writer.write(new byte[1 << 20]));
            assertThat(reader.readBytes(1 << 20)).hasSize(1 << 20);
            written.await();
        }
    }

    @HubTest
    void anEndOfAPipeHasOneDirection() throws Exception {
        var pipe = GreenPipe.open();
        try (var writer = new PipeIOStream(pipe.sink()); var reader = new PipeIOStream(pipe.source())) {
            assertThatThrownBy(() -> reader.write(new byte[1])).isInstanceOf(StreamClosedException.class)
                    .cause().isInstanceOf(IOException.class).hasMessageContaining("only read from");
            assertThatThrownBy(() -> writer.readBytes(1)).isInstanceOf(StreamClosedException.class)
                    .cause().isInstanceOf(IOException.class).hasMessageContaining("only written to");
        }
    }

    @HubTest
    void whoWritesMayAskToBeToldOfTheClose() throws Exception {
        var pipe = GreenPipe.open();
        var writer = new PipeIOStream(pipe.sink());
        try (var reader = new PipeIOStream(pipe.source())) {
            writer.setCloseCallback(() -> IOLoop.current().stop());
            writer.write("x".getBytes(US_ASCII));
            assertThat(reader.readBytes(1)).hasSize(1);
            assertThat(writer.closed()).isFalse();
            writer.close();
            IOLoop.current().start();
        }
    }

    @HubTest
    void aWriterIsToldThatItsReaderIsGone() throws Exception {
        var pipe = GreenPipe.open();
        try (var writer = new PipeIOStream(pipe.sink())) {
            pipe.source().close();
            assertThatThrownBy(() -> writer.write(new byte[1])).isInstanceOf(StreamClosedException.class)
                    .cause().hasMessage("Broken pipe");
        }
    }
}
