package dev.verdant.conformance.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.verdant.conformance.AnyOrder;
import dev.verdant.conformance.HubTest;
import dev.verdant.green.Green;
import dev.verdant.green.net.Net;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;

/** What the rows rely on. */
@AnyOrder(false)
class DialogueTest {

    @HubTest
    void aServerOnTheLoopSeesEachPieceByItself() throws Exception {
        Variant simple = Row.of("R1").add(Expectation.neverGood(), Wire.SIMPLE).build().variants().getFirst();
        try (var listener = Net.listen(new InetSocketAddress("127.0.0.1", 0))) {
            var reads = Green.spawn(() -> {
                try (var socket = listener.accept()) {
                    int count = 0;
                    var buffer = ByteBuffer.allocate(1024);
                    while (socket.read(buffer) > 0) {
                        count++;
                    }
                    return count;
                }
            });
            Outcome outcome = Dialogue.with(listener.getLocalSocketAddress(), simple, Splits.byBytes(simple.bytes()),
                    Pace.onLoop());
            assertThat(outcome.end()).isEqualTo(Outcome.End.CLOSED);
            assertThat(reads.await()).isEqualTo(simple.bytes().length);
        }
    }

    @HubTest
    void anAnswerThatIsCutOffIsAFault() throws Exception {
        assertThat(outcomeOf("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell").fault()).contains("cut off");
        assertThat(outcomeOf("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello").fault()).isEmpty();
    }

    @HubTest
    void aSecondAnswerIsNoticed() throws Exception {
        String answer = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok";
        assertThat(Expectation.closed().complaint(outcomeOf(answer))).isNull();
        assertThat(Expectation.closed().complaint(outcomeOf(answer + answer))).isNotNull();
        assertThat(Expectation.closed().complaint(outcomeOf(answer + "!"))).isNotNull();
    }

    private static Outcome outcomeOf(String answer) throws Exception {
        Variant simple = Row.of("R1").add(Expectation.closed(), Wire.SIMPLE).build().variants().getFirst();
        try (var listener = Net.listen(new InetSocketAddress("127.0.0.1", 0))) {
            var server = Green.spawn(() -> {
                try (var socket = listener.accept()) {
                    assertThat(socket.recv(1024)).isEqualTo(simple.bytes());
                    socket.sendAll(Wire.bytes(answer));
                }
            });
            Outcome outcome = Dialogue.with(listener.getLocalSocketAddress(), simple, Splits.WHOLE, Pace.onLoop());
            server.await();
            return outcome;
        }
    }
}
