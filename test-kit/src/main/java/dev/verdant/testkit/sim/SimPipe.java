package dev.verdant.testkit.sim;

import dev.verdant.hub.PipeChannels;
import dev.verdant.hub.Readiness;
import dev.verdant.hub.SinkChannel;
import dev.verdant.hub.SourceChannel;
import java.io.IOException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.Objects;

/** A pipe: two channels and the bytes between them. It is no part of the network, and nothing goes wrong with it. */
final class SimPipe {

    private static final int ROOM = 64 * 1024;

    private final Flow bytes;
    private final Source source;
    private final Sink sink;

    private SimPipe(SimHub hub, SimHost host) throws SocketException {
        this.bytes = new Flow(null, ROOM);
        this.source = new Source(hub, host);
        this.sink = new Sink(hub, host);
        bytes.receiver = source;
    }

    static PipeChannels open(SimHub hub, SimHost host) throws SocketException {
        var pipe = new SimPipe(hub, host);
        return new PipeChannels(pipe.source, pipe.sink);
    }

    /** The end that is read from. */
    private final class Source extends SimChannel implements SourceChannel, Flow.Receiver {

        private boolean ended;

        Source(SimHub hub, SimHost host) throws SocketException {
            super(hub, host, OptionValues.none());
        }

        @Override
        public int read(ByteBuffer target) throws IOException {
            if (target.isReadOnly()) {
                throw new IllegalArgumentException("Read-only buffer");
            }
            time.enter();
            try {
                requireOpen();
                int length = bytes.readable(target.remaining(), false);
                if (length == 0) {
                    return target.hasRemaining() && ended ? -1 : 0;
                }
                bytes.take(target, length);
                if (bytes.offerRoom()) {
                    sink.tell(Readiness.WRITE);
                }
                return length;
            } finally {
                time.leave();
            }
        }

        @Override
        public void arrived(Segment.Kind kind, int length, boolean silent) {
            if (kind == Segment.Kind.DATA) {
                bytes.accept(length);
                tell(Readiness.READ | sticky());
            } else {
                end();
            }
        }

        private void end() {
            ended = true;
            tell(Readiness.READ | Readiness.ENDED);
        }

        private int sticky() {
            return ended ? Readiness.ENDED : 0;
        }

        @Override
        int possible() {
            return ended || !bytes.isEmpty() ? Readiness.READ | sticky() : 0;
        }

        /** Is at its end, whoever may write. */
        @Override
        public void shutdown() {
            time.enter();
            try {
                if (!isGone()) {
                    bytes.abandon();
                    end();
                    sink.tell(Readiness.WRITE | Readiness.ENDED);
                }
            } finally {
                time.leave();
            }
        }

        @Override
        void release() {
            bytes.abandon();
            ended = true;
            sink.tell(Readiness.WRITE | Readiness.ENDED);
        }

        @Override
        void disappear() {
            release();
        }

        @Override
        public String toString() {
            return "simulated pipe " + number + " of " + host;
        }
    }

    /** The end that is written to. */
    private final class Sink extends SimChannel implements SinkChannel {

        private boolean shut;

        Sink(SimHub hub, SimHost host) throws SocketException {
            super(hub, host, OptionValues.none());
        }

        @Override
        public int write(ByteBuffer from) throws IOException {
            Objects.requireNonNull(from, "from");
            time.enter();
            try {
                requireOpen();
                int length = Math.min(from.remaining(), bytes.room());
                if (length < from.remaining()) {
                    bytes.want();
                }
                if (from.hasRemaining() && isBroken()) {
                    throw new SocketException("Broken pipe");
                }
                if (length > 0) {
                    bytes.put(from, length);
                }
                return length;
            } finally {
                time.leave();
            }
        }

        private boolean isBroken() {
            return shut || source.ended;
        }

        @Override
        int possible() {
            return isBroken()
                    ? Readiness.WRITE | Readiness.ENDED
                    : bytes.isWritable() ? Readiness.WRITE : 0;
        }

        @Override
        public void shutdown() {
            time.enter();
            try {
                if (!isGone() && !shut) {
                    shut = true;
                    source.end();
                    tell(Readiness.WRITE | Readiness.ENDED);
                }
            } finally {
                time.leave();
            }
        }

        @Override
        void release() {
            if (!shut) {
                source.end();
            }
        }

        @Override
        void disappear() {
            release();
        }

        @Override
        public String toString() {
            return "simulated pipe " + number + " of " + host;
        }
    }
}
