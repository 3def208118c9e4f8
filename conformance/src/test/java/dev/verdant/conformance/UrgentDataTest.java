package dev.verdant.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.green.Green;
import dev.verdant.green.net.GreenSocket;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Random;

/** Urgent data, and the stream around it. */
class UrgentDataTest {

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.US_ASCII);
    }

    private static void sendAround(GreenSocket socket) throws IOException {
        socket.sendAll(bytes("ab"));
        socket.sendUrgentData('!');
        socket.sendAll(bytes("cd"));
        socket.shutdownOutput();
    }

    @HubTest
    void anUrgentByteIsNotInTheStream() throws Exception {
        try (var pair = SocketPair.open()) {
            sendAround(pair.client());
            assertThat(text(pair.server().getInputStream().readAllBytes())).isEqualTo("abcd");
        }
    }

    @HubTest
    void inLineAnUrgentByteIsWhereItWasSent() throws Exception {
        try (var pair = SocketPair.open()) {
            pair.server().setOOBInline(true);
            sendAround(pair.client());
            assertThat(text(pair.server().getInputStream().readAllBytes())).isEqualTo("ab!cd");
        }
    }

    @HubTest
    void anUrgentByteAloneGivesNothingToRead() throws Exception {
        try (var pair = SocketPair.open()) {
            pair.server().setSoTimeout(50);
            pair.client().sendUrgentData('!');
            assertThatThrownBy(() -> pair.server().recv(1)).isInstanceOf(SocketTimeoutException.class);
            assertThat(pair.server().getInputStream().available()).isZero();
            pair.client().sendAll(bytes("x"));
            assertThat(text(pair.server().recv(1))).isEqualTo("x");
        }
    }

    /** How a reader may go about it. */
    private enum Way {
        ARRAY {
            @Override
            String read(GreenSocket socket) throws IOException {
                return text(socket.recv(100));
            }
        },
        BUFFER {
            @Override
            String read(GreenSocket socket) throws IOException {
                var target = ByteBuffer.allocateDirect(100);
                byte[] got = new byte[socket.read(target)];
                target.flip().get(got);
                return text(got);
            }
        },
        AFTER_A_LOOK {
            @Override
            String read(GreenSocket socket) throws IOException {
                int seen = socket.peek(ByteBuffer.allocate(100));
                String got = text(socket.recv(100));
                assertThat(got.length()).isGreaterThanOrEqualTo(seen);
                return got;
            }
        };

        abstract String read(GreenSocket socket) throws IOException;
    }

    /** A read stops at the mark: what lies behind it is there without a new event. */
    @HubTest(seconds = 60)
    void bytesBehindAnUrgentMarkAreNeitherLostNorStuck() throws Exception {
        long seed = new Random().nextLong();
        System.out.println("seed " + seed);
        var random = new Random(seed);
        for (Way way : Way.values()) {
            for (boolean inLine : new boolean[]{false, true}) {
                try (var pair = SocketPair.open()) {
                    pair.server().setOOBInline(inLine);
                    pair.server().setSoTimeout(10_000);
                    for (int round = 0; round < Counts.of(5_000); round++) {
                        String before = "a".repeat(random.nextInt(4));
                        String behind = "b".repeat(1 + random.nextInt(4));
                        boolean apart = random.nextBoolean();
                        var writer = Green.spawn(() -> {
                            pair.client().sendAll(bytes(before));
                            pair.client().sendUrgentData('!');
                            if (apart) {
                                Green.sleep();
                            }
                            pair.client().sendAll(bytes(behind));
                        });
                        String expected = before + (inLine ? "!" : "") + behind;
                        var got = new StringBuilder();
                        while (got.length() < expected.length()) {
                            got.append(way.read(pair.server()));
                        }
                        assertThat(got.toString()).as("%s, in line: %s, seed %d", way, inLine, seed)
                                .isEqualTo(expected);
                        writer.await();
                    }
                }
            }
        }
    }
}
