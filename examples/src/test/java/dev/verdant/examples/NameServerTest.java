package dev.verdant.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@link NameServer} says to right and to wrong questions. */
@Timeout(60)
class NameServerTest {

    private static final NameServer SERVER = new NameServer(
            NameServer.table(List.of("printer.home=10.0.0.7", "Printer.Home=10.0.0.8", "printer.home=fd00::7")),
            NameServerTest::resolve);

    private static List<InetAddress> resolve(String name) throws IOException {
        return switch (name) {
            case "elsewhere" -> List.of(InetAddress.ofLiteral("192.0.2.1"));
            case "broken" -> throw new SocketTimeoutException("broken");
            case "many" -> IntStream.range(0, 100).mapToObj(i -> InetAddress.ofLiteral("192.0.2." + i)).toList();
            default -> throw new UnknownHostException(name);
        };
    }

    static ByteBuffer question(String name, int type) {
        var out = ByteBuffer.allocate(512).putShort((short) 0x1234).putShort((short) 0x0100).putShort((short) 1);
        out.putShort((short) 0).putShort((short) 0).putShort((short) 0);
        for (String label : name.split("\\.", -1)) {
            out.put((byte) label.length()).put(label.getBytes(StandardCharsets.US_ASCII));
        }
        return out.put((byte) 0).putShort((short) type).putShort((short) 1).flip();
    }

    /** The bytes of a message from a place on. */
    static byte[] bytes(ByteBuffer message, int from) {
        var bytes = new byte[message.limit() - from];
        message.get(from, bytes);
        return bytes;
    }

    private static @Nullable ByteBuffer answer(ByteBuffer question) {
        try {
            return SERVER.answer(question);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** The response code and the addresses. */
    private static String said(@Nullable ByteBuffer answer) throws UnknownHostException {
        if (answer == null) {
            return "nothing";
        }
        assertThat(answer.getShort(0)).isEqualTo((short) 0x1234);
        var said = new StringBuilder("code " + (answer.getShort(2) & 0xf));
        int count = answer.getShort(6);
        if (count > 0) {
            answer.position(12);
            while (answer.get() != 0) {
                answer.position(answer.position() - 1);
                answer.position(answer.position() + 1 + answer.get());
            }
            answer.position(answer.position() + 4);
        }
        for (int i = 0; i < count; i++) {
            assertThat(answer.getShort()).isEqualTo((short) 0xc00c);
            answer.position(answer.position() + 8);
            byte[] address = new byte[answer.getShort()];
            answer.get(address);
            said.append(' ').append(InetAddress.getByAddress(address).getHostAddress());
        }
        return said.toString();
    }

    @ParameterizedTest
    @CsvSource({
            "printer.home, 1, code 0 10.0.0.7 10.0.0.8",
            "PRINTER.home, 28, code 0 fd00:0:0:0:0:0:0:7",
            "printer.home, 16, code 0",
            "elsewhere, 1, code 0 192.0.2.1",
            "elsewhere, 28, code 0",
            "nowhere, 1, code 3",
            "broken, 1, code 2",
            "1.2.3.4, 1, code 3",
            "not a host, 1, code 3"
    })
    void aQuestionIsAnsweredFromTheTableOrTheResolver(String name, int type, String expected) throws Exception {
        assertThat(said(answer(question(name, type)))).isEqualTo(expected);
    }

    @Test
    void whatComesFromTheTableIsAuthoritativeAndTheQuestionIsRepeated() {
        var question = question("printer.home", 28);
        byte[] asked = bytes(question, 12);
        ByteBuffer answer = Objects.requireNonNull(answer(question));
        assertThat(answer.getShort(2) & 0xffff).isEqualTo(0x8580);
        assertThat(bytes(answer, 12)).startsWith(asked);
    }

    @Test
    void anAnswerThatIsTooLongIsCutAndSaysSo() {
        ByteBuffer answer = Objects.requireNonNull(answer(question("many", 1)));
        assertThat(answer.remaining()).isLessThanOrEqualTo(512).isGreaterThan(480);
        assertThat(answer.getShort(2) & 0x0200).isEqualTo(0x0200);
    }

    @ParameterizedTest
    @CsvSource({
            "'', nothing, an empty message",
            "123401000001000000000000, code 1, a header without its question",
            "12340100000100000000, nothing, less than a header",
            "123481000001000000000000 00 0001 0001, nothing, an answer",
            "123408000001000000000000 00 0001 0001, code 4, an inverse query",
            "123428000001000000000000 00 0001 0001, code 4, an update",
            "123401000000000000000000, code 1, no question",
            "123401000002000000000000 00 0001 0001 00 0001 0001, code 1, two questions",
            "1234010000010001 00000000 00 0001 0001, code 1, an answer in the question",
            "123403000001000000000000 00 0001 0001, code 1, a question that was cut",
            "123401000001000000000000 c00c 0001 0001, code 1, a pointer that points at itself",
            "123401000001000000000000 40 00 0001 0001, code 1, a label of another kind",
            "123401000001000000000000 05 6162, code 1, a label that ends too early",
            "123401000001000000000000 0161 00 0001, code 1, a question without its class",
            "123401000001000000000000 0161 00 0001 0003, code 4, another class",
            "123401000001000000000000 0161 00 0001 0001 00, code 1, a byte too many",
            "123401000001000000000001 0161 00 0001 0001 00 0029 1000 00000000 ffff, code 1, an addition that ends too early",
            "123401000001000000000001 0161 00 0001 0001 00 0029 1000 00000000 0000, code 3, an EDNS addition"
    })
    void wrongQuestionsAreAnsweredWithACodeOrNotAtAll(String hex, String expected, String what) throws Exception {
        byte[] bytes = HexFormat.of().parseHex(hex.replace(" ", ""));
        assertThat(said(answer(ByteBuffer.wrap(bytes)))).as(what).isEqualTo(expected);
    }

    @Test
    void aNameOfMoreThan255BytesIsAFormatError() throws Exception {
        String label = "a".repeat(63);
        assertThat(said(answer(question(label + "." + label + "." + label + "." + "a".repeat(61), 1))))
                .isEqualTo("code 3");
        assertThat(said(answer(question(label + "." + label + "." + label + "." + "a".repeat(62), 1))))
                .isEqualTo("code 1");
    }

    @Test
    void noiseIsAnsweredWithACodeOrNotAtAll() {
        long seed = new Random().nextLong();
        System.out.println("seed " + seed);
        var random = new Random(seed);
        for (int i = 0; i < 20_000; i++) {
            var noise = question("nowhere.home", 1);
            for (int change = random.nextInt(4); change >= 0; change--) {
                noise.put(random.nextInt(noise.limit()), (byte) random.nextInt());
            }
            noise.limit(random.nextInt(noise.limit() + 1));
            var answer = answer(noise);
            if (answer != null) {
                assertThat(answer.remaining()).isBetween(12, 512);
                assertThat(answer.getShort(2) & 0x8000).isEqualTo(0x8000);
            }
        }
    }
}
