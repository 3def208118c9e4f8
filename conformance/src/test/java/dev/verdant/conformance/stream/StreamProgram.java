package dev.verdant.conformance.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.green.Green;
import dev.verdant.green.GreenThread;
import dev.verdant.green.Timeout;
import dev.verdant.green.net.ConcurrentUseException;
import dev.verdant.green.stream.BaseIOStream;
import dev.verdant.green.stream.IOCallback;
import dev.verdant.green.stream.IOLoop;
import dev.verdant.green.stream.IOStream;
import dev.verdant.green.stream.StreamBufferFullException;
import dev.verdant.green.stream.StreamClosedException;
import dev.verdant.green.stream.UnsatisfiableReadException;
import java.io.IOException;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Green threads that write, read and close one pair of streams at random. What is written is known beforehand, and what each read brings is held against the plainest
 * search over it. The choices are the seed's; which green thread runs when a deadline of some microseconds passes is the clock's.
 */
final class StreamProgram {

    /** How often what was done, and how it ended. */
    static final Map<String, LongAdder> STATISTICS = new ConcurrentSkipListMap<>();

    private static final int COPIED = 2 * 1024;

    private static final StreamCase.Kind[] KINDS = {StreamCase.Kind.SOCKET, StreamCase.Kind.SOCKET,
            StreamCase.Kind.SOCKET, StreamCase.Kind.SOCKET, StreamCase.Kind.SOCKET, StreamCase.Kind.SOCKET,
            StreamCase.Kind.PIPE, StreamCase.Kind.PIPE, StreamCase.Kind.TLS_JDK, StreamCase.Kind.TLS_BORINGSSL};

    /** How a way ends. */
    private enum Ending {

        /** Its writer closes when all is written. */
        AFTER_ALL,

        /** The same, and says why; that does not concern the reader. */
        FOR_A_REASON,

        /** It closes with bytes in its queue, which may be lost. */
        HASTY,

        /** It breaks the connection. */
        RESET,

        /** Nobody closes before all has been read. */
        WHEN_READ
    }

    private final Random random;
    private final StreamCase.Kind kind;
    private final List<String> log = new ArrayList<>();
    private final List<Way> ways = new ArrayList<>();
    private final List<Closing> closings = new ArrayList<>();

    StreamProgram(long seed) {
        this.random = new Random(seed);
        this.kind = KINDS[random.nextInt(KINDS.length)];
    }

    private void say(String what) {
        log.add(what);
    }

    private static void count(String what) {
        STATISTICS.computeIfAbsent(what, _ -> new LongAdder()).increment();
    }

    /** Runs it, as a green thread. */
    void run() throws Exception {
        var callbacks = Green.spawn("callbacks", () -> {
            IOLoop.current().start();
            return true;
        });
        var ends = new StreamCase(kind, StreamCase.Form.BLOCKING).open();
        try (ends) {
            closings.add(new Closing(ends.writer()));
            closings.add(new Closing(ends.reader()));
            narrow(ends.writer());
            boolean bothWays = kind != StreamCase.Kind.PIPE && random.nextInt(4) == 0;
            ways.add(new Way("there", ends.writer(), ends.reader(), bothWays));
            if (bothWays) {
                ways.add(new Way("back", ends.reader(), ends.writer(), true));
            }
            var players = new ArrayList<GreenThread<?>>();
            for (Way way : ways) {
                players.add(Green.spawn(way + " writer", way::write));
                players.add(Green.spawn(way + " reader", way::read));
                if (way.ending != Ending.WHEN_READ && random.nextInt(5) == 0) {
                    players.add(Green.spawn(way + " closer", way::closeInTheMiddle));
                }
            }
            closings.forEach(Closing::maybeSet);
            for (GreenThread<?> player : players) {
                Object _ = player.await();
            }
            for (Way way : ways) {
                way.compareRest();
            }
        }
        closings.forEach(Closing::maybeSet);
        pause(20);
        IOLoop.current().stop();
        boolean _ = callbacks.await();
        closings.forEach(Closing::check);
        ways.forEach(Way::check);
    }

    /** Small buffers beneath make many pieces of a write. */
    private void narrow(BaseIOStream writer) throws SocketException {
        if (writer instanceof IOStream stream && random.nextBoolean()) {
            stream.socket().setSendBufferSize(4096);
        }
    }

    private void pause(int turns) {
        for (int more = random.nextInt(turns + 1); more > 0; more--) {
            Green.sleep();
        }
        if (random.nextInt(12) == 0) {
            Green.sleep(Duration.ofNanos(random.nextInt(200_000)));
        }
    }

    /** Who is told of a close. */
    private final class Closing {

        private final BaseIOStream stream;
        private boolean set;
        private int told;

        Closing(BaseIOStream stream) {
            this.stream = stream;
        }

        void maybeSet() {
            if (!set && random.nextInt(3) == 0) {
                set = true;
                say("has the close of " + stream + " told");
                stream.setCloseCallback(() -> {
                    told++;
                    assertThat(stream.closed()).isTrue();
                });
            }
        }

        void check() {
            assertThat(stream.closed()).isTrue();
            assertThat(told).as("close callbacks of %s", stream).isEqualTo(set ? 1 : 0);
            count("close callback " + (set ? "told" : "never set"));
        }
    }

    /** Who is told once, and not from within the call. */
    private static final class Told<T extends @Nullable Object> implements IOCallback<T> {

        private final CompletableFuture<T> outcome = new CompletableFuture<>();
        private boolean mayBe;

        @Override
        public void completed(T result) {
            assertThat(mayBe).as("told within the call").isTrue();
            assertThat(outcome.complete(result)).as("told once").isTrue();
        }

        @Override
        public void failed(IOException cause) {
            assertThat(mayBe).as("told within the call").isTrue();
            assertThat(outcome.completeExceptionally(cause)).as("told once").isTrue();
        }
    }

    /** What one end writes and the other reads. */
    private final class Way {

        private final String name;
        private final BaseIOStream writer;
        private final BaseIOStream reader;
        private final Ending ending;
        private final boolean bothWays;
        private final byte[] plan;
        private final List<CompletableFuture<?>> writes = new ArrayList<>();
        private final int mostAtOnce;

        /** How much the writer has taken, and how much of it the system has; what lies behind may never come if the stream is closed. */
        private int accepted;
        private int written;

        private boolean ended;
        private boolean reset;
        private boolean closedHere;
        private @Nullable Throwable reason;

        private int position;
        private int most = 100 << 20;
        private boolean wasLarger;
        private boolean over;
        private boolean wasClosed;

        Way(String name, BaseIOStream writer, BaseIOStream reader, boolean bothWays) {
            this.name = name;
            this.writer = writer;
            this.reader = reader;
            this.bothWays = bothWays;
            this.ending = bothWays ? Ending.WHEN_READ : ending();
            boolean large = random.nextInt(8) == 0;
            this.mostAtOnce = large ? 100_000 : random.nextInt(4) == 0 ? 5000 : 60;
            this.plan = new byte[random.nextInt(large ? 250_000 : mostAtOnce * 8)];
            int letters = 2 + random.nextInt(3);
            for (int i = 0; i < plan.length; i++) {
                plan[i] = (byte) ('a' + random.nextInt(letters));
            }
            say(this + " of " + kind + ": " + plan.length + " bytes, ends " + ending);
        }

        private Ending ending() {
            return switch (random.nextInt(12)) {
                case 0 -> Ending.FOR_A_REASON;
                case 1, 2 -> Ending.HASTY;
                case 3 -> kind == StreamCase.Kind.SOCKET ? Ending.RESET : Ending.HASTY;
                case 4, 5 -> Ending.WHEN_READ;
                default -> Ending.AFTER_ALL;
            };
        }

        // ---- writing

        @Nullable Void write() throws Exception {
            boolean bursts = random.nextInt(3) == 0;
            while (accepted < plan.length && !writer.closed()) {
                int size = Math.min(size(), plan.length - accepted);
                if (random.nextInt(10) == 0) {
                    writer.maxWriteBufferSize(random.nextBoolean() ? 0 : 1 + random.nextInt(3000));
                }
                writeOne(Arrays.copyOfRange(plan, accepted, accepted + size));
                if (!bursts || random.nextInt(10) == 0) {
                    pause(2);
                }
            }
            if (ending != Ending.HASTY) {
                for (CompletableFuture<?> each : writes) {
                    try {
                        Object _ = each.get();
                    } catch (ExecutionException e) {
                        assertThat(writer.closed()).as("%s: %s", name, e.getCause()).isTrue();
                    }
                }
            }
            end();
            return null;
        }

        private int size() {
            return switch (random.nextInt(6)) {
                case 0 -> random.nextInt(2);
                case 1 -> 1 + random.nextInt(4);
                case 2 -> Math.min(mostAtOnce, COPIED - 2 + random.nextInt(5));
                default -> 1 + random.nextInt(mostAtOnce);
            };
        }

        private void writeOne(byte[] bytes) throws Exception {
            if (bytes.length == 0 && random.nextBoolean()) {
                return;
            }
            int before = accepted;
            accepted += bytes.length;
            int end = accepted;
            int form = random.nextInt(5);
            try {
                switch (form) {
                    case 0, 1 -> blocking(bytes, form == 1, end);
                    case 2, 3 -> track(writer.writeAsync(bytes), end);
                    default -> {
                        var told = new Told<@Nullable Void>();
                        writer.write(bytes, told);
                        told.mayBe = true;
                        track(told.outcome, end);
                    }
                }
                if (bytes.length <= COPIED) {
                    Arrays.fill(bytes, (byte) '#');
                }
            } catch (StreamBufferFullException e) {
                refused(before);
            } catch (StreamClosedException e) {
                closed(e);
            }
        }

        private void blocking(byte[] bytes, boolean givenUp, int end) throws Exception {
            if (!givenUp) {
                writer.write(bytes);
                written = Math.max(written, end);
                count("write blocking done");
                return;
            }
            boolean done = Timeout.callOrElse(Duration.ofNanos(random.nextInt(100_000)), () -> {
                writer.write(bytes);
                return true;
            }, false);
            if (done) {
                written = Math.max(written, end);
            }
            count("write under timeout " + (done ? "done" : "given up"));
        }

        private void track(CompletionStage<@Nullable Void> stage, int end) throws Exception {
            var future = stage.toCompletableFuture();
            if (future.isCompletedExceptionally()) {
                try {
                    var _ = future.get();
                } catch (ExecutionException e) {
                    throw e.getCause() instanceof Exception cause ? cause : e;
                }
            }
            int number = writes.size();
            writes.add(future);
            var _ = future.whenComplete((_, failure) -> {
                for (int i = 0; i < number; i++) {
                    assertThat(writes.get(i)).as("%s: write %d is told before write %d", name, i, number).isDone();
                }
                if (failure == null) {
                    written = Math.max(written, end);
                }
                count("write async " + (failure == null ? "done" : "failed"));
            });
        }

        private void refused(int before) {
            count("write refused");
            assertThat(writer.maxWriteBufferSize()).isPositive();
            assertThat(accepted - written).as("what may wait").isGreaterThan((int) writer.maxWriteBufferSize());
            accepted = before;
            if (random.nextBoolean()) {
                writer.maxWriteBufferSize(0);
            }
        }

        private void closed(StreamClosedException e) {
            count("write failed");
            assertThat(writer.closed()).as("%s: %s", name, e).isTrue();
            assertThat(e.getCause()).isSameAs(writer.error());
        }

        private void end() throws Exception {
            if (writer.closed()) {
                assertThat(over || closedHere || reader.closed()).as("%s: closed by its reader, %s", name,
                        writer.error()).isTrue();
                return;
            }
            say(name + " ends " + ending + " with " + written + " of " + accepted);
            switch (ending) {
                case AFTER_ALL -> close(null);
                case FOR_A_REASON -> close(new IOException("for a reason"));
                case HASTY -> close(null);
                case RESET -> {
                    reset = true;
                    ((IOStream) writer).socket().setSoLinger(true, 0);
                    close(null);
                }
                case WHEN_READ -> {
                }
            }
        }

        private void close(@Nullable Throwable cause) {
            ended = true;
            writer.close(cause);
            assertThat(writer.error()).isSameAs(cause);
        }

        // ---- reading

        @Nullable Void read() throws Exception {
            for (int steps = 3 + random.nextInt(25); steps > 0 && !over; steps--) {
                change();
                StreamRead read = next();
                if (read == null) {
                    break;
                }
                perform(read);
                if (random.nextInt(4) == 0) {
                    pause(3);
                }
            }
            finish();
            return null;
        }

        /** Where the way stays open, it is no use to wait for what does not come. */
        private @Nullable StreamRead next() {
            for (int tries = 0; tries < 20; tries++) {
                StreamRead read = StreamRead.any(random, plan.length - position);
                if (ending != Ending.WHEN_READ || isComing(read)) {
                    return read;
                }
            }
            return null;
        }

        private boolean isComing(StreamRead read) {
            int reference = read.reference(plan, position, plan.length);
            return reference > 0 && reference <= most || reference == 0;
        }

        private void change() {
            switch (random.nextInt(12)) {
                case 0, 1 -> reader.readChunkSize(
                        plan.length > 8000 ? 500 + random.nextInt(70_000) : 1 + random.nextInt(100));
                case 2 -> {
                    if (!bothWays && random.nextInt(3) == 0) {
                        int now = random.nextBoolean() ? 1 + random.nextInt(400) : Integer.MAX_VALUE;
                        wasLarger |= now < most;
                        most = now;
                        reader.maxBufferSize(most);
                    }
                }
                case 3 -> closings.forEach(Closing::maybeSet);
                default -> {
                }
            }
        }

        private void perform(StreamRead read) throws Exception {
            wasClosed = reader.closed();
            int form = random.nextInt(6);
            say(name + " at " + position + ": " + read + " in form " + form + (wasClosed ? ", closed" : ""));
            byte[] brought;
            try {
                brought = switch (form) {
                    case 0 -> read.blocking(reader);
                    case 1 -> Timeout.callOrElse(Duration.ofNanos(random.nextInt(4) * 30_000L),
                            () -> read.blocking(reader), null);
                    case 2 -> killed(read);
                    case 3, 4 -> staged(read);
                    default -> calledBack(read);
                };
            } catch (IOException e) {
                failed(read, e);
                return;
            }
            if (brought == null) {
                count("read " + read.kind + " given up");
                say("given up");
                take(read, new byte[0], read.taken());
            } else {
                count("read " + read.kind + (wasClosed ? " after the close" : "") + " done");
                say("brought " + brought.length);
                succeeded(read, brought);
            }
        }

        private byte @Nullable [] killed(StreamRead read) throws Exception {
            var outcome = new CompletableFuture<byte[]>();
            var victim = Green.spawn("victim", () -> {
                wasClosed = reader.closed();
                try {
                    return outcome.complete(read.blocking(reader));
                } catch (IOException e) {
                    return outcome.completeExceptionally(e);
                }
            });
            pause(4);
            secondRead();
            victim.kill();
            while (victim.isAlive()) {
                Green.sleep();
            }
            return outcome.isDone() ? get(outcome) : null;
        }

        private byte[] staged(StreamRead read) throws Exception {
            var future = read.stage(reader).toCompletableFuture();
            secondRead();
            return get(future);
        }

        private byte[] calledBack(StreamRead read) throws Exception {
            var told = new Told<byte[]>();
            try {
                read.callback(reader, told);
            } catch (StreamClosedException e) {
                assertThat(wasClosed || reader.closed()).isTrue();
                throw e;
            }
            told.mayBe = true;
            secondRead();
            return get(told.outcome);
        }

        private static byte[] get(CompletableFuture<byte[]> future) throws Exception {
            try {
                return future.get();
            } catch (ExecutionException e) {
                throw e.getCause() instanceof IOException cause ? cause : e;
            }
        }

        private void secondRead() {
            if (reader.reading() && random.nextInt(3) == 0) {
                count("second read");
                if (random.nextBoolean()) {
                    assertThatThrownBy(() -> reader.readBytes(1)).isInstanceOf(ConcurrentUseException.class);
                } else {
                    assertThatThrownBy(() -> reader.readUntilClose(_ -> {
                    })).isInstanceOf(ConcurrentUseException.class);
                }
            }
        }

        private void take(StreamRead read, byte[] brought, int length) {
            assertThat(position + length).as("%s: no more than was written", read).isLessThanOrEqualTo(accepted);
            if (brought.length > 0) {
                int differs = Arrays.mismatch(brought, 0, brought.length, plan, position, position + length);
                assertThat(differs).as("%s: first byte that differs", read).isEqualTo(-1);
            }
            position += length;
        }

        private void succeeded(StreamRead read, byte[] brought) {
            int length = brought.length;
            switch (read.kind) {
                case UNTIL, REGEX -> assertThat(length).as(read.toString())
                        .isEqualTo(read.reference(plan, position, plan.length));
                case BYTES, INTO -> {
                    assertThat(length).as(read.toString())
                            .isBetween(read.partial ? Math.min(1, read.count) : read.count, read.count);
                }
                case CLOSE -> {
                    assertThat(reader.closed()).isTrue();
                    if (!wasClosed) {
                        assertThat(reader.error()).as("what is broken off is not the end").isNull();
                    }
                    if (isClean()) {
                        assertThat(length).as("all there was").isBetween(written - position, accepted - position);
                    }
                    over = true;
                }
            }
            if (!wasLarger && most < Integer.MAX_VALUE && read.kind != StreamRead.Kind.INTO) {
                assertThat(length).as("within the buffer").isLessThanOrEqualTo(most + (wasClosed ? 1 : 0));
            }
            take(read, brought, length);
        }

        /** The writer has ended it as one should, and the reader has closed because of that. */
        private boolean isClean() {
            return ended && !reset && !closedHere && reader.error() == null;
        }

        private void failed(StreamRead read, IOException e) {
            say("failed: " + e);
            assertThat(e).as(read.toString()).isInstanceOf(StreamClosedException.class);
            assertThat(reader.closed()).isTrue();
            Throwable cause = e.getCause();
            count("read " + read.kind + (wasClosed ? " after the close" : "") + " failed: "
                    + (cause == null ? "closed" : cause.getClass().getSimpleName()));
            if (cause instanceof UnsatisfiableReadException) {
                assertThat(wasClosed || cause == reader.error()).isTrue();
                if (cause != reader.error() || !wasClosed) {
                    assertThat(read.reference(plan, position, accepted)).as(read.toString())
                            .isEqualTo(StreamRead.UNSATISFIABLE);
                }
            } else {
                assertThat(cause).as(read.toString()).isSameAs(reader.error());
                if (cause instanceof StreamBufferFullException && !wasClosed) {
                    full(read);
                }
            }
            if (closedHere) {
                assertThat(cause instanceof UnsatisfiableReadException ? reason : cause).isSameAs(reason);
            } else if (reset) {
                assertThat(cause).as("a reset is not an end").isNotNull();
            } else if (cause == null) {
                assertThat(ended).as("%s: the end is the writer's", read).isTrue();
                int reference = read.reference(plan, position + read.taken(),
                        position + read.taken() + Math.max(0, written - position - read.taken()));
                if (read.kind == StreamRead.Kind.INTO) {
                    assertThat(written).as("%s: nothing is left", read).isLessThanOrEqualTo(position + read.taken());
                } else {
                    assertThat(reference).as(read.toString()).isEqualTo(StreamRead.PENDING);
                }
            } else {
                assertThat(cause).isInstanceOfAny(UnsatisfiableReadException.class, StreamBufferFullException.class);
            }
            take(read, new byte[0], read.taken());
            if (wasClosed && random.nextInt(3) == 0 || random.nextInt(6) == 0) {
                over = true;
            }
        }

        private void full(StreamRead read) {
            if (read.atLeast() <= most) {
                assertThat(accepted - position).isGreaterThan(most);
                assertThat(read.reference(plan, position, Math.min(accepted, position + most))).as(read.toString())
                        .isEqualTo(StreamRead.PENDING);
            }
        }

        private void finish() throws Exception {
            if (ending == Ending.WHEN_READ) {
                most = Integer.MAX_VALUE;
                reader.maxBufferSize(most);
                while (position < plan.length) {
                    perform(StreamRead.bytes(Math.min(1 + random.nextInt(50_000), plan.length - position)));
                    assertThat(over || reader.closed()).as("%s: open", name).isFalse();
                }
                if (!bothWays) {
                    over = true;
                    closedHere = true;
                    reader.close();
                }
            } else if (!over && random.nextInt(6) == 0) {
                say(name + ": closes before the end");
                closeHere(null);
            } else if (!over && !reader.closed()) {
                reader.maxBufferSize(100 << 20);
                most = 100 << 20;
                perform(StreamRead.untilClose());
            }
            while (!bothWays && !over && !reader.closed()) {
                reader.maxBufferSize(100 << 20);
                most = 100 << 20;
                perform(StreamRead.untilClose()); // One that was given up.
            }
        }

        private void closeHere(@Nullable Throwable cause) {
            if (!reader.closed()) {
                closedHere = true;
                reason = cause;
                reader.close(cause);
            }
        }

        @Nullable Void closeInTheMiddle() {
            pause(30);
            say(name + ": closed in the middle");
            count("close in the middle");
            closeHere(random.nextBoolean() ? null : new IOException("closed in the middle"));
            return null;
        }

        /** What a closed stream has left are the next bytes, all of them if it was closed at its end. */
        void compareRest() throws Exception {
            if (bothWays) {
                assertThat(position).isEqualTo(plan.length);
                return;
            }
            assertThat(reader.closed()).isTrue();
            byte[] rest = reader.readUntilClose();
            if (isClean()) {
                assertThat(position + rest.length).as("the end").isBetween(written, accepted);
            }
            take(StreamRead.untilClose(), rest, rest.length);
            assertThat(reader.readUntilClose()).isEmpty();
        }

        void check() {
            assertThat(writes).allMatch(CompletableFuture::isDone, "told");
            count("way ends " + ending + (isClean() ? "" : ", broken off"));
        }

        @Override
        public String toString() {
            return name;
        }
    }

    @Override
    public String toString() {
        return String.join("\n", log.subList(Math.max(0, log.size() - 60), log.size()));
    }
}
