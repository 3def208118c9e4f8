package dev.verdant.conformance.http;

import dev.verdant.conformance.http.Outcome.End;
import dev.verdant.green.Green;
import dev.verdant.green.GreenThread;
import dev.verdant.green.net.GreenSocket;
import dev.verdant.green.net.Net;
import java.io.EOFException;
import java.io.IOException;
import java.net.ProtocolException;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A client that sends the bytes of a variant in pieces, and notes all that comes of it. */
final class Dialogue {

    /** Up to here what is sent fits into the buffers on the way, so nobody need read meanwhile. */
    private static final int SHORT = 8192;

    private final Variant variant;
    private final int[] cuts;
    private final Pace pace;
    private final GreenSocket socket;
    private final AnswerReader reader;

    private final List<Answer> answers = new ArrayList<>();
    private final List<Answer> after = new ArrayList<>();
    private @Nullable GreenThread<?> sender;
    private boolean followed;
    private End end = End.OPEN;
    private String fault = "";
    private boolean garbled;

    private Dialogue(Variant variant, int[] cuts, Pace pace, GreenSocket socket) {
        this.variant = variant;
        this.cuts = cuts;
        this.pace = pace;
        this.socket = socket;
        this.reader = new AnswerReader(socket);
    }

    /**
     * Has one.
     *
     * @param cuts where the bytes are cut, ascending
     */
    static Outcome with(SocketAddress server, Variant variant, int[] cuts, Pace pace) throws Exception {
        try (var socket = Net.connect(server)) {
            socket.setTcpNoDelay(true);
            socket.setSoTimeout((int) pace.patience().toMillis());
            var dialogue = new Dialogue(variant, cuts, pace, socket);
            dialogue.run();
            return new Outcome(dialogue.answers, dialogue.after, dialogue.followed, dialogue.end, dialogue.fault);
        }
    }

    private void run() throws Exception {
        if (variant.bytes().length <= SHORT) {
            send();
        } else {
            sender = Green.spawn("sender", this::send);
        }
        switch (variant.expectation().then()) {
            case FOLLOWS_UP -> {
                read(answers, variant.expectation().mostAnswers());
                if (end == End.OPEN && !garbled && !answers.isEmpty() && !answers.getLast().closes()) {
                    followUp();
                }
                read(followed ? after : answers, Integer.MAX_VALUE);
            }
            case ENDS -> {
                awaitSender();
                socket.shutdownOutput();
                read(answers, Integer.MAX_VALUE);
            }
            case WAITS -> waitForNothing();
        }
        if (end != End.OPEN) {
            awaitSender();
        } else if (sender != null) {
            sender.kill();
            sender.await();
        }
    }

    private void send() throws IOException {
        byte[] bytes = variant.bytes();
        try {
            int sent = 0;
            for (int cut : cuts) {
                socket.writeFully(ByteBuffer.wrap(bytes, sent, cut - sent));
                pace.pause();
                sent = cut;
            }
            socket.writeFully(ByteBuffer.wrap(bytes, sent, bytes.length - sent));
        } catch (IOException e) {
            fault("while sending", e);
        }
    }

    private void awaitSender() throws Exception {
        if (sender != null) {
            sender.await();
        }
    }

    private void followUp() throws Exception {
        awaitSender();
        followed = true;
        try {
            socket.sendAll(Wire.bytes(Wire.SECOND));
            socket.shutdownOutput();
        } catch (IOException e) {
            fault("at the follow-up", e);
        }
    }

    private void waitForNothing() throws IOException {
        pace.pause();
        pace.pause();
        if (pace.waitsForDeadlines() || socket.awaitReadable(pace.tick()) && socket.peek(ByteBuffer.allocate(1)) != 0) {
            read(pace.waitsForDeadlines() ? after : answers, Integer.MAX_VALUE);
        }
    }

    /** Reads until there are enough, or the connection ends, or patience does. */
    private void read(List<Answer> into, int enough) {
        while (end == End.OPEN && !garbled && into.size() < enough) {
            try {
                int number = answers.size() + after.size();
                Answer answer = reader.next(variant.bodiless().contains(number));
                if (answer == null) {
                    end = End.CLOSED;
                } else {
                    into.add(answer);
                    if (enough < Integer.MAX_VALUE && answer.closes()) {
                        return;
                    }
                }
            } catch (SocketTimeoutException _) {
                return;
            } catch (ProtocolException | EOFException e) {
                garbled = true;
                fault("in an answer", e);
            } catch (IOException e) {
                end = End.RESET;
                fault("while reading", e);
            }
        }
    }

    private void fault(String where, IOException e) {
        if (fault.isEmpty()) {
            fault = where + ": " + e;
        }
    }
}
