package dev.verdant.conformance.http;

import dev.verdant.green.EventLoop;
import dev.verdant.green.http.HttpService;
import dev.verdant.green.net.GreenServerSocket;
import dev.verdant.green.net.GreenSocket;
import dev.verdant.green.net.Net;
import dev.verdant.testkit.sim.World;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Sends any bytes to a server, in a simulated world, and checks what must hold of whatever comes back:
 * <ul>
 * <li>the answers are the same however the bytes were cut;
 * <li>there are no more good ones than a {@link Reference} finds requests, and no more of any kind than one beyond that;
 * <li>handlers see only what it finds, in that order;
 * <li>what comes is HTTP, the connection is closed at the end, and no exception got away.
 * </ul>
 */
final class HttpFuzz implements AutoCloseable {

    private static final int BY_BYTES = 256;

    /** What came back. */
    private record Heard(List<String> answers, List<String> seen) {}

    private final List<Throwable> uncaught = new CopyOnWriteArrayList<>();
    private final Mirror mirror = new Mirror();
    private final EventLoop loop;
    private final GreenServerSocket listener;

    HttpFuzz() throws Exception {
        loop = EventLoop.start(
                options -> options.hub(new World(0).provider()).name("fuzz").onUncaught((_, e) -> uncaught.add(e)));
        listener = loop.spawn(() -> Net.listen(new InetSocketAddress("127.0.0.1", 0))).get();
        HttpService service = HttpService.on(listener).handler(mirror).logOutput(false).build();
        loop.spawn("server", () -> service.serve());
    }

    /** Checks one. */
    void check(byte[] bytes) throws Exception {
        String complaint = loop.spawn("client", () -> complaint(bytes)).get(30, TimeUnit.SECONDS);
        if (complaint != null) {
            throw new AssertionError(
                    complaint + "\nbytes: " + Wire.text(bytes).replace("\r", "\\r").replace("\n", "\\n"));
        }
    }

    private @Nullable String complaint(byte[] bytes) throws Exception {
        Heard whole = talk(bytes, Splits.WHOLE);
        int[] cuts = bytes.length <= BY_BYTES ? Splits.byBytes(bytes) : inThree(bytes);
        Heard cut = talk(bytes, cuts);
        if (!whole.equals(cut)) {
            return "whole: " + whole + "\ncut at " + Arrays.toString(cuts) + ": " + cut;
        }
        var reference = Reference.of(bytes);
        long good = whole.answers.stream().filter(answer -> answer.startsWith("2")).count();
        if (good > reference.whole || whole.answers.size() > reference.heads.size() + 1) {
            return "answers: " + whole.answers + "\nrequests: " + reference.heads + ", whole: " + reference.whole;
        }
        if (!isWithin(whole.seen, reference.heads)) {
            return "handlers saw " + whole.seen + "\nrequests: " + reference.heads;
        }
        return uncaught.isEmpty() ? null : "uncaught: " + uncaught;
    }

    private static int[] inThree(byte[] bytes) {
        var random = new Random(Arrays.hashCode(bytes));
        return random.ints(2, 1, bytes.length).sorted().distinct().toArray();
    }

    /** Whether all of the one is in the other, in order. A target may have been completed. */
    private static boolean isWithin(List<String> seen, List<String> heads) {
        int next = 0;
        for (String each : seen) {
            while (next < heads.size() && !isOf(each, heads.get(next))) {
                next++;
            }
            if (next++ >= heads.size()) {
                return false;
            }
        }
        return true;
    }

    private static boolean isOf(String seen, String head) {
        int space = head.indexOf(' ');
        return seen.startsWith(head.substring(0, space + 1)) && seen.endsWith(head.substring(space + 1));
    }

    private Heard talk(byte[] bytes, int[] cuts) throws IOException {
        mirror.seen.clear();
        var answers = new ArrayList<String>();
        try (var socket = Net.connect(listener.getLocalSocketAddress())) {
            socket.setSoTimeout(600_000);
            int sent = 0;
            for (int cut : cuts) {
                socket.writeFully(ByteBuffer.wrap(bytes, sent, cut - sent));
                Pace.turns();
                sent = cut;
            }
            socket.writeFully(ByteBuffer.wrap(bytes, sent, bytes.length - sent));
            socket.shutdownOutput();
            read(socket, answers);
        }
        return new Heard(answers, List.copyOf(mirror.seen));
    }

    private void read(GreenSocket socket, List<String> answers) throws IOException {
        var reader = new AnswerReader(socket);
        int[] handled = {0};
        while (true) {
            Answer answer = reader.next(() -> isHead(handled[0]));
            if (answer == null) {
                return;
            }
            handled[0] += answer.isGood() ? 1 : 0;
            answers.add(answer.status() + (answer.closes() ? "X " : " ") + answer.body());
        }
    }

    /** Whether a request was HEAD, among those that a handler saw. */
    private boolean isHead(int number) {
        return number < mirror.seen.size() && mirror.seen.get(number).startsWith("HEAD ");
    }

    @Override
    public void close() {
        loop.close();
    }
}
