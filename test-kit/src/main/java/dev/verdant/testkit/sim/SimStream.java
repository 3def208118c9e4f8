package dev.verdant.testkit.sim;

import dev.verdant.green.spi.FaultPoint;
import dev.verdant.hub.Readiness;
import dev.verdant.hub.SocketDomain;
import java.io.IOException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One end of a connection: TCP, or a Unix-domain stream. */
final class SimStream extends SimConnection {

    /*
     * A connection that breaks stays CONNECTED and has a failure. What had arrived before can be read, then the failure is told, each time. Who has read
     * up to an end of stream is told of that instead, and his writes are of a broken pipe.
     */

    private static final long LONGEST_LATE_NANOS = 3_000_000_000L;

    // Guarded by the timeline's word.
    private @Nullable Retrying retrying;
    private boolean failureWritten;
    private boolean ended;
    private boolean inputShut;
    private boolean outputShut;

    SimStream(SimHub hub, SimHost host, SocketDomain domain) throws SocketException {
        super(hub, host, domain);
    }

    /** A listener's end of a connection that {@code client} asks for. With the word taken. */
    SimStream(SimListener listener, SimStream client) {
        super(listener, client);
        Objects.requireNonNull(client.out).receiver = this;
        client.peer = this;
    }

    @Override
    SimStream asStream() {
        return this;
    }

    // ---- bytes

    @Override
    public int read(ByteBuffer target) throws IOException {
        if (target.isReadOnly()) {
            throw new IllegalArgumentException("Read-only buffer");
        }
        time.enter();
        try {
            int length = readable(target.remaining());
            if (length > 0) {
                Objects.requireNonNull(in).take(target, length);
                hasTaken();
            }
            return length;
        } finally {
            time.leave();
        }
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, target.length);
        time.enter();
        try {
            int readable = readable(length);
            if (readable > 0) {
                Objects.requireNonNull(in).take(target, offset, readable);
                hasTaken();
            }
            return readable;
        } finally {
            time.leave();
        }
    }

    @Override
    public long read(ByteBuffer[] targets, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, targets.length);
        for (int i = offset; i < offset + length; i++) {
            if (targets[i].isReadOnly()) {
                throw new IllegalArgumentException("Read-only buffer");
            }
        }
        time.enter();
        try {
            int readable = readable(remaining(targets, offset, length));
            if (readable > 0) {
                int left = readable;
                for (int i = offset; left > 0; i++) {
                    int piece = Math.min(left, targets[i].remaining());
                    Objects.requireNonNull(in).take(targets[i], piece);
                    left -= piece;
                }
                hasTaken();
            }
            return readable;
        } finally {
            time.leave();
        }
    }

    /** Returns what a read of so many bytes gives: how many, 0 or -1. */
    private int readable(int most) throws IOException {
        Flow from = connectedFlow(in);
        if (most == 0) {
            return 0;
        }
        if (inputShut) {
            return -1;
        }
        int readable = from.readable(most, options.isUrgentInLine());
        if (readable > 0) {
            return lessBySomeMishap(readable, Mishap.READ_BLOCKED, Mishap.READ_SHORT, Readiness.READ);
        }
        if (!from.isEmpty()) {
            return 0; // An urgent byte was skipped, and the next read goes on.
        }
        if (ended) {
            return -1;
        }
        if (failure != null) {
            throw new SocketException(failure);
        }
        return 0;
    }

    private int lessBySomeMishap(int length, FaultPoint none, FaultPoint less, int op) {
        if (world.strikes(none)) {
            tellAnew(op | sticky());
            return 0;
        }
        if (length > 1 && world.strikes(less)) {
            tellAnew(op | sticky());
            return 1 + (int) world.draw(less, length - 1);
        }
        return length;
    }

    /** Who waits for room hears of it. */
    private void hasTaken() {
        Flow from = Objects.requireNonNull(in);
        if (from.offerRoom()) {
            if (isUnix()) {
                SimStream writer = peer;
                if (writer != null) {
                    writer.tell(Readiness.WRITE);
                }
            } else {
                Objects.requireNonNull(out).send(Segment.Kind.ROOM, 0, 0);
            }
        }
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
        time.enter();
        try {
            int length = writable(source.remaining());
            if (length > 0) {
                time.tell(NetEvent.SENT, number, peerNumber(), length);
                Objects.requireNonNull(out).put(source, length);
            }
            return length;
        } finally {
            time.leave();
        }
    }

    @Override
    public int write(byte[] source, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, source.length);
        time.enter();
        try {
            int writable = writable(length);
            if (writable > 0) {
                time.tell(NetEvent.SENT, number, peerNumber(), writable);
                Objects.requireNonNull(out).put(source, offset, writable);
            }
            return writable;
        } finally {
            time.leave();
        }
    }

    @Override
    public long write(ByteBuffer[] sources, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, sources.length);
        time.enter();
        try {
            int writable = writable(remaining(sources, offset, length));
            if (writable > 0) {
                time.tell(NetEvent.SENT, number, peerNumber(), writable);
                int left = writable;
                for (int i = offset; left > 0; i++) {
                    int piece = Math.min(left, sources[i].remaining());
                    Objects.requireNonNull(out).put(sources[i], piece);
                    left -= piece;
                }
            }
            return writable;
        } finally {
            time.leave();
        }
    }

    private static int remaining(ByteBuffer[] buffers, int offset, int length) {
        int remaining = 0;
        for (int i = offset; i < offset + length; i++) {
            remaining = (int) Math.min(Integer.MAX_VALUE, (long) remaining + buffers[i].remaining());
        }
        return remaining;
    }

    /** Returns how many of so many bytes a write takes. */
    private int writable(int most) throws IOException {
        Flow to = connectedFlow(out);
        if (most == 0) {
            return 0;
        }
        requireWritable();
        if (!isUnix() && world.strikes(Mishap.RESET)) {
            breakBothEnds();
            throw new SocketException("Connection reset");
        }
        if (!isUnix() && world.strikes(Mishap.PEER_DIES)) {
            silence();
        }
        int room = to.room();
        if (room < most) {
            to.want();
        }
        int length = Math.min(room, most);
        return length == 0
                ? 0
                : lessBySomeMishap(length, Mishap.WRITE_BLOCKED, Mishap.WRITE_SHORT, Readiness.WRITE);
    }

    private void requireWritable() throws SocketException {
        SimStream reader = peer;
        if (outputShut || isUnix() && (reader == null || reader.isGone() || reader.inputShut)) {
            throw new SocketException("Broken pipe");
        }
        if (failure != null) {
            if (ended || failureWritten) {
                throw new SocketException("Broken pipe");
            }
            failureWritten = true;
            throw new SocketException(failure);
        }
    }

    @Override
    public boolean sendUrgent(int data) throws IOException {
        if (isUnix()) {
            throw new UnsupportedOperationException("Unix-domain streams have no urgent data here: send it as data");
        }
        time.enter();
        try {
            Flow to = connectedFlow(out);
            requireWritable();
            if (to.room() == 0) {
                to.want();
                return false;
            }
            time.tell(NetEvent.SENT, number, peerNumber(), 1);
            to.putUrgent((byte) data);
            return true;
        } finally {
            time.leave();
        }
    }

    // ---- ends

    @Override
    public void shutdownInput() throws IOException {
        time.enter();
        try {
            connectedFlow(in);
            inputShut = true;
        } finally {
            time.leave();
        }
    }

    @Override
    public void shutdownOutput() throws IOException {
        time.enter();
        try {
            connectedFlow(out);
            sendEnd();
        } finally {
            time.leave();
        }
    }

    private void sendEnd() {
        if (!outputShut && failure == null) {
            outputShut = true;
            long late = world.strikes(Mishap.END_LATE) ? 1 + world.draw(Mishap.END_LATE, LONGEST_LATE_NANOS) : 0;
            Objects.requireNonNull(out).send(Segment.Kind.END, 0, late);
        }
        outputShut = true;
    }

    @Override
    public void shutdown() {
        time.enter();
        try {
            if (isGone()) {
                return;
            }
            if (state == State.CONNECTING) {
                dialingFailed("Connection was shut down");
            } else if (isConnected()) {
                sendEnd();
                inputShut = true;
                tell(Readiness.READ | Readiness.WRITE | Readiness.ENDED);
            }
        } finally {
            time.leave();
        }
    }

    @Override
    void release() {
        Flow from = in;
        Flow to = out;
        boolean unread = from != null && !from.isEmpty();
        if (from != null) {
            from.abandon();
        }
        letGo();
        if (to == null || failure != null) {
            return;
        }
        if (state == State.ANSWERING || isConnected() && (unread || options.breaksAtClose())) {
            outputShut = true;
            to.send(Segment.Kind.RESET, 0, 0);
        } else if (isConnected()) {
            sendEnd();
        }
    }

    @Override
    void disappear() {
        letGo();
    }

    private void letGo() {
        letGoOfAddress();
        stopDialing();
        if (retrying != null) {
            time.cancel(retrying);
        }
    }

    // ---- what arrives, with the word taken

    @Override
    public void arrived(Segment.Kind kind, int length, boolean silent) {
        if (silent || hasVanished() && host.isDown()) {
            time.tell(NetEvent.LOST, number, peerNumber(), length);
            unheard();
            return;
        }
        if (isGone()) {
            arrivedAtNobody(kind);
            return;
        }
        if (failure != null) {
            // What comes behind a break is lost, and what came before it can still be read. An answer that comes too late is refused.
            if (kind == Segment.Kind.ACCEPTANCE) {
                Objects.requireNonNull(out).send(Segment.Kind.RESET, 0, 0);
            }
            return;
        }
        switch (kind) {
            case ACCEPTANCE -> accepted();
            case CONFIRMATION -> confirmed();
            case DATA -> bytesArrived(length, 0);
            case URGENT -> bytesArrived(length, Readiness.URGENT);
            case ROOM -> tell(Readiness.WRITE | sticky());
            case END -> endArrived();
            case RESET -> resetArrived("Connection reset");
        }
    }

    private void bytesArrived(int length, int urgent) {
        Objects.requireNonNull(in).accept(length);
        time.tell(NetEvent.ARRIVED, number, peerNumber(), length);
        tell(Readiness.READ | urgent | sticky());
    }

    private void endArrived() {
        ended = true;
        time.tell(NetEvent.ENDED, number, peerNumber(), 0);
        tell(Readiness.READ | Readiness.ENDED);
    }

    private void resetArrived(String why) {
        if (state == State.CONNECTING) {
            dialingFailed("Connection refused");
        } else {
            broken(why);
        }
    }

    void broken(String why) {
        failure = why;
        time.tell(NetEvent.RESET, number, peerNumber(), 0);
        SimListener at = listener;
        if (state == State.ANSWERING && at != null) {
            at.forget(this);
            closeNow();
            return;
        }
        tell(Readiness.READ | Readiness.WRITE | Readiness.ENDED);
    }

    /** The one who sent it is told that nobody is here any more. */
    private void arrivedAtNobody(Segment.Kind kind) {
        Flow back = out;
        if (kind == Segment.Kind.RESET || kind == Segment.Kind.ROOM || kind == Segment.Kind.END || back == null) {
            return;
        }
        if (kind == Segment.Kind.CONFIRMATION || kind == Segment.Kind.ACCEPTANCE || failure == null) {
            failure = "Connection reset";
            back.send(Segment.Kind.RESET, 0, 0);
        }
    }

    // ---- connections that break otherwise

    /** What the other end sent has not been acknowledged: it sends it again and again. */
    private void unheard() {
        SimStream sender = peer;
        if (sender != null && !sender.isGone() && sender.failure == null && sender.retrying == null) {
            sender.retrying = new Retrying(sender);
            sender.retrying.begin();
        }
    }

    /** Whether what it sends reaches its peer's host. */
    boolean canBeHeard() {
        return !Objects.requireNonNull(out).silent && !Objects.requireNonNull(peer).host.isDown();
    }

    private void silence() {
        Objects.requireNonNull(in).silent = true;
        Objects.requireNonNull(out).silent = true;
    }

    private void breakBothEnds() {
        SimStream other = peer;
        if (failure == null) {
            broken("Connection reset");
        }
        if (other != null && other.failure == null && !other.isGone()) {
            other.broken("Connection reset");
        }
    }

    /** Breaks the connection if what it sends goes over {@code link}. */
    void breakIfOver(SimLink link) {
        if (isConnected() && Objects.requireNonNull(out).isOver(link)) {
            breakBothEnds();
        }
    }

    /** A connection that nobody accepted is broken. */
    void abort() {
        Flow to = out;
        if (to != null && failure == null) {
            outputShut = true;
            to.send(Segment.Kind.RESET, 0, 0);
            failure = "Connection reset";
        }
        closeNow();
    }

    // ---- state

    @Override
    int possible() {
        if (state == State.FAILED) {
            return Readiness.READ | Readiness.WRITE | Readiness.ENDED;
        }
        if (!isConnected()) {
            return 0;
        }
        int possible = sticky();
        boolean over = failure != null;
        if (over || ended || inputShut || !Objects.requireNonNull(in).isEmpty()) {
            possible |= Readiness.READ;
        }
        if (over || outputShut || Objects.requireNonNull(out).isWritable()) {
            possible |= Readiness.WRITE;
        }
        return possible;
    }

    /** What is told with everything, once it is so. */
    private int sticky() {
        Flow from = in;
        return (ended || failure != null || inputShut ? Readiness.ENDED : 0)
                | (from != null && from.hasUrgent() ? Readiness.URGENT : 0);
    }

    @Override
    void optionChanged() {
        limitFlows();
    }

    @Override
    public String toString() {
        return "simulated stream " + number + " of " + host;
    }
}
