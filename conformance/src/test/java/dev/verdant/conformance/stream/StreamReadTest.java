package dev.verdant.conformance.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.conformance.Counts;
import dev.verdant.conformance.Each;
import dev.verdant.conformance.HubTest;
import dev.verdant.green.Green;
import dev.verdant.green.GreenThread;
import dev.verdant.green.stream.BaseIOStream;
import dev.verdant.green.stream.StreamBufferFullException;
import dev.verdant.green.stream.StreamClosedException;
import dev.verdant.green.stream.UnsatisfiableReadException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** T1 to T23: reads and writes, on sockets, pipes and TLS. */
class StreamReadTest {

    private static final int KIB = 1024;
    private static final int MIB = 1024 * KIB;

    private static byte[] filled(int length) {
        byte[] bytes = new byte[length];
        java.util.Arrays.fill(bytes, (byte) 'A');
        return bytes;
    }

    /** Writes what more than the system's buffers hold, beside the reader. */
    private static GreenThread<@Nullable Void> writing(BaseIOStream stream, byte[]... pieces) {
        return Green.spawn(() -> {
            for (byte[] piece : pieces) {
                stream.write(piece);
            }
        });
    }

    @HubTest
    void t1AnEmptyWriteIsDone(@Each(StreamCase.All.class) StreamCase as) throws Exception {
        try (var ends = as.open()) {
            as.write(ends.writer(), "");
            assertThat(ends.writer().writing()).isFalse();
        }
    }

    @HubTest
    void t2WhatCameWithWhatWasReadIsReadAfterTheClose(@Each(StreamCase.All.class) StreamCase as) throws Exception {
        try (var ends = as.open()) {
            as.write(ends.writer(), "12");
            assertThat(as.readText(ends.reader(), 1)).isEqualTo("1");
            ends.writer().close();
            assertThat(as.readText(ends.reader(), 1)).isEqualTo("2");
            assertThatThrownBy(() -> as.readText(ends.reader(), 1)).isInstanceOf(StreamClosedException.class)
                    .hasNoCause();
            assertThat(ends.reader().closed()).isTrue();
            assertThat(ends.reader().error()).isNull();
        }
    }

    @HubTest
    void t3WhatLiesInTheSystemsBufferIsReadAfterTheClose(@Each(StreamCase.All.class) StreamCase as) throws Exception {
        try (var ends = as.open()) {
            ends.reader().readChunkSize(256);
            as.write(ends.writer(), filled(512));
            assertThat(as.readBytes(ends.reader(), 256, false)).hasSize(256);
            ends.writer().close();
            Green.sleep(Duration.ofMillis(10));
            assertThat(as.readBytes(ends.reader(), 256, false)).hasSize(256);
            assertThatThrownBy(() -> as.readText(ends.reader(), 1)).isInstanceOf(StreamClosedException.class);
        }
    }

    @HubTest
    void t5ADelimiterBehindFourMebibytesInSmallPiecesIsFound(@Each(StreamCase.All.class) StreamCase as)
            throws Exception {
        try (var ends = as.open()) {
            var writer = Green.spawn(() -> {
                byte[] piece = filled(KIB);
                for (int i = 0; i < 4096; i++) {
                    ends.writer().write(piece);
                }
                ends.writer().write("\r\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            });
            assertThat(as.readUntil(ends.reader(), "\r\n")).hasSize(4 * MIB + 2).endsWith("\r\n");
            writer.await();
        }
    }

    @HubTest
    void t13ADelimiterIsFoundWithinSoManyBytes(@Each(StreamCase.All.class) StreamCase as) throws Exception {
        try (var ends = as.open()) {
            as.write(ends.writer(), "abcdef");
            assertThat(as.readUntil(ends.reader(), "def", 50)).isEqualTo("abcdef");
            as.write(ends.writer(), "abcdef");
            assertThat(as.readUntil(ends.reader(), "def", 6)).isEqualTo("abcdef");
            var reader = Green.spawn(() -> as.readUntil(ends.reader(), "def", 5));
            Green.sleep();
            ends.writer().write("123456".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            assertThatThrownBy(reader::await).isInstanceOf(StreamClosedException.class)
                    .hasCauseInstanceOf(UnsatisfiableReadException.class);
            assertThat(ends.reader().error()).isInstanceOf(UnsatisfiableReadException.class);
            assertThat(ends.reader().closed()).isTrue();
        }
    }

    @HubTest
    void t14ADelimiterThatDoesNotComeInTimeFailsTheReadAlsoIfTheBytesWereThere(
            @Each(StreamCase.All.class) StreamCase as)
            throws Exception {
        try (var ends = as.open()) {
            as.write(ends.writer(), "123456");
            assertThatThrownBy(() -> as.readUntil(ends.reader(), "def", 5)).isInstanceOf(StreamClosedException.class)
                    .hasCauseInstanceOf(UnsatisfiableReadException.class)
                    .hasRootCauseMessage("The delimiter \"def\" was not found within 5 bytes");
        }
    }

    @HubTest
    void t15ADelimiterThatEndsBehindTheBoundIsNotFoundThoughItIsThere(@Each(StreamCase.All.class) StreamCase as)
            throws Exception {
        try (var ends = as.open()) {
            as.write(ends.writer(), "abcdef");
            assertThatThrownBy(() -> as.readUntil(ends.reader(), "def", 5)).isInstanceOf(StreamClosedException.class)
                    .hasCauseInstanceOf(UnsatisfiableReadException.class);
        }
    }

    @HubTest
    void t16TheSameHoldsForPatterns(@Each(StreamCase.All.class) StreamCase as) throws Exception {
        try (var ends = as.open()) {
            as.write(ends.writer(), "abcdef");
            assertThat(as.readUntilRegex(ends.reader(), "d.f", 50)).isEqualTo("abcdef");
            as.write(ends.writer(), "abcdef");
            assertThat(as.readUntilRegex(ends.reader(), "def", 6)).isEqualTo("abcdef");
            as.write(ends.writer(), "abcdef");
            assertThatThrownBy(() -> as.readUntilRegex(ends.reader(), "def", 5))
                    .isInstanceOf(StreamClosedException.class)
                    .hasCauseInstanceOf(UnsatisfiableReadException.class);
        }
        try (var ends = as.open()) {
            as.write(ends.writer(), "123456");
            assertThatThrownBy(() -> as.readUntilRegex(ends.reader(), "def", 5))
                    .isInstanceOf(StreamClosedException.class);
        }
    }

    @HubTest
    void t17ABufferThatIsSmallerThanWhatComesDoesNotOverflow(@Each(StreamCase.All.class) StreamCase as)
            throws Exception {
        try (var ends = as.open()) {
            ends.reader().maxBufferSize(10 * KIB);
            var writer = writing(ends.writer(), filled(100 * KIB));
            for (int i = 0; i < 100; i++) {
                assertThat(as.readBytes(ends.reader(), KIB, false)).hasSize(KIB);
            }
            writer.await();
        }
    }

    @HubTest
    void t18NorWhenLinesAreRead(@Each(StreamCase.All.class) StreamCase as) throws Exception {
        try (var ends = as.open()) {
            ends.reader().maxBufferSize(10 * KIB);
            byte[] lines = filled(100 * KIB);
            for (int end = KIB - 1; end < lines.length; end += KIB) {
                lines[end] = '\n';
            }
            var writer = writing(ends.writer(), lines);
            for (int i = 0; i < 100; i++) {
                assertThat(as.readUntil(ends.reader(), "\n", 4096)).hasSize(KIB);
            }
            writer.await();
        }
    }

    @HubTest
    void t19WhoReadsSlowlyHoldsTheWriterUp(@Each(StreamCase.All.class) StreamCase as) throws Exception {
        try (var ends = as.open()) {
            ends.reader().maxBufferSize(5 * MIB);
            var writer = writing(ends.writer(), filled(10 * MIB));
            assertThat(as.readBytes(ends.reader(), MIB, false)).hasSize(MIB);
            Green.sleep(Duration.ofMillis(100));
            for (int i = 0; i < 9; i++) {
                assertThat(as.readBytes(ends.reader(), MIB, false)).hasSize(MIB);
            }
            writer.await();
        }
    }

    @HubTest
    void aReadThatNeedsMoreThanTheBufferHoldsClosesTheStream(@Each(StreamCase.All.class) StreamCase as)
            throws Exception {
        try (var ends = as.open()) {
            ends.reader().maxBufferSize(KIB);
            var writer = writing(ends.writer(), filled(2 * KIB));
            assertThatThrownBy(() -> as.readUntil(ends.reader(), "\n")).isInstanceOf(StreamClosedException.class)
                    .hasCauseInstanceOf(StreamBufferFullException.class);
            assertThat(ends.reader().error()).isInstanceOf(StreamBufferFullException.class)
                    .hasMessageContaining("maxBufferSize");
            writer.await();
        }
    }

    @HubTest
    void everythingIsReadIfItJustFitsTheBuffer(@Each(StreamCase.All.class) StreamCase as) throws Exception {
        try (var ends = as.open()) {
            ends.reader().maxBufferSize(KIB);
            as.write(ends.writer(), filled(KIB));
            ends.writer().close();
            assertThat(as.readUntilClose(ends.reader())).hasSize(KIB);
        }
    }

    @HubTest
    void t21WhatComesBehindAFullTargetIsKeptInOrder(@Each(StreamCase.All.class) StreamCase as) throws Exception {
        try (var ends = as.open()) {
            as.write(ends.writer(), "hello");
            byte[] target = new byte[10];
            assertThat(as.readInto(ends.reader(), ByteBuffer.wrap(target), true)).isEqualTo(5);
            assertThat(target).startsWith("hello".getBytes(java.nio.charset.StandardCharsets.US_ASCII)).endsWith(0, 0,
                    0, 0, 0);
            as.write(ends.writer(), "world!1234567890");
            assertThat(as.readInto(ends.reader(), ByteBuffer.wrap(target), false)).isEqualTo(10);
            assertThat(target).asString(java.nio.charset.StandardCharsets.US_ASCII).isEqualTo("world!1234");
            assertThat(as.readInto(ends.reader(), ByteBuffer.wrap(target), true)).isEqualTo(6);
            assertThat(target).asString(java.nio.charset.StandardCharsets.US_ASCII).isEqualTo("567890" + "1234");
        }
    }

    @HubTest
    void t22ATargetWithoutRoomIsFullAtOnce(@Each(StreamCase.All.class) StreamCase as) throws Exception {
        try (var ends = as.open()) {
            assertThat(as.readInto(ends.reader(), ByteBuffer.allocate(0), false)).isZero();
            assertThat(as.readInto(ends.reader(), ByteBuffer.allocate(0), true)).isZero();
            assertThat(as.readBytes(ends.reader(), 0, false)).isEmpty();
        }
    }

    @HubTest
    void t23AMixOfReadsFindsEveryByteInOrder(@Each(StreamCase.All.class) StreamCase as) throws Exception {
        long seed = new Random().nextLong();
        var random = new Random(seed);
        byte[] sent = new byte[Counts.of(1_000_000)];
        random.nextBytes(sent);
        var digest = MessageDigest.getInstance("SHA-1");
        try (var ends = as.open()) {
            var writer = writing(ends.writer(), sent);
            for (int got = 0; got < sent.length;) {
                int want = Math.min(1 + random.nextInt(1000), sent.length - got);
                boolean partial = random.nextBoolean();
                if (random.nextBoolean()) {
                    byte[] bytes = as.readBytes(ends.reader(), want, partial);
                    digest.update(bytes);
                    got += bytes.length;
                } else {
                    var target = ByteBuffer.allocate(want);
                    got += as.readInto(ends.reader(), target, partial);
                    digest.update(target.flip());
                }
            }
            writer.await();
        }
        assertThat(digest.digest()).as("seed %d", seed).isEqualTo(MessageDigest.getInstance("SHA-1").digest(sent));
    }

    @HubTest
    void everythingUpToTheEndIsRead(@Each(StreamCase.All.class) StreamCase as) throws Exception {
        try (var ends = as.open()) {
            var writer = Green.spawn(() -> {
                ends.writer().write(filled(MIB));
                ends.writer().close();
            });
            assertThat(as.readUntilClose(ends.reader())).hasSize(MIB);
            writer.await();
            assertThat(as.readUntilClose(ends.reader())).as("of a stream that is closed").isEmpty();
        }
    }

    @HubTest
    void aDelimiterInTwoPiecesIsFoundAndOneThatBeginsAnewAsWell(@Each(StreamCase.All.class) StreamCase as)
            throws Exception {
        try (var ends = as.open()) {
            var writer = Green.spawn(() -> {
                for (char each : "xaabaabaaac".toCharArray()) {
                    ends.writer().write(new byte[]{(byte) each});
                    Green.sleep();
                }
            });
            assertThat(as.readUntil(ends.reader(), "aabaaa")).isEqualTo("xaabaabaaa");
            assertThat(as.readText(ends.reader(), 1)).isEqualTo("c");
            writer.await();
        }
    }
}
