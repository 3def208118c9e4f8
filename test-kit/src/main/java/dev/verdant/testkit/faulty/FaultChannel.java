package dev.verdant.testkit.faulty;

import dev.verdant.hub.Hub;
import dev.verdant.hub.HubChannel;
import dev.verdant.hub.Readiness;
import dev.verdant.hub.ReadinessHandler;
import dev.verdant.hub.SinkChannel;
import dev.verdant.hub.SourceChannel;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A channel of a {@link FaultHub}.
 *
 * @param <C> the channel underneath
 */
abstract class FaultChannel<C extends HubChannel> implements HubChannel {

    final C channel;

    /** Changes when the channel moves, on the thread of the hub it leaves. */
    private volatile FaultHub hub;

    private volatile boolean registered;

    FaultChannel(FaultHub hub, C channel) {
        this.hub = hub;
        this.channel = channel;
    }

    final FaultHub hub() {
        return hub;
    }

    final Faults faults() {
        return hub.faults;
    }

    /** Has something told of anew that a fault has held back. Any thread. */
    final void holdBack(int ops) {
        FaultHub here = hub;
        here.beforeNextPoll(() -> tellAnew(here, ops));
    }

    private void tellAnew(FaultHub here, int ops) {
        // A channel that is registered later is told of what is there by that.
        if (!registered || hub != here || !channel.isOpen()) {
            return;
        }
        try {
            channel.recheck(ops);
        } catch (IOException e) {
            // Ended meanwhile: whoever ends it wakes who waits.
        }
    }

    // ---- bytes

    final int read(SourceChannel source, ByteBuffer target) throws IOException {
        int asked = target.remaining();
        if (asked == 0 || !source.isOpen()) {
            return source.read(target);
        }
        if (faults().blocksRead()) {
            holdBack(Readiness.READ);
            return 0;
        }
        int cut = faults().lengthOfRead(asked);
        if (cut == asked) {
            return source.read(target);
        }
        int limit = target.limit();
        try {
            target.limit(target.position() + cut);
            return source.read(target);
        } finally {
            target.limit(limit);
            holdBack(Readiness.READ);
        }
    }

    final int write(SinkChannel sink, ByteBuffer source) throws IOException {
        int offered = source.remaining();
        if (offered == 0 || !sink.isOpen()) {
            return sink.write(source);
        }
        if (faults().blocksWrite()) {
            holdBack(Readiness.WRITE);
            return 0;
        }
        int cut = faults().lengthOfWrite(offered);
        if (cut == offered) {
            return sink.write(source);
        }
        int limit = source.limit();
        try {
            source.limit(source.position() + cut);
            return sink.write(source);
        } finally {
            source.limit(limit);
            holdBack(Readiness.WRITE);
        }
    }

    // ---- as the channel underneath

    @Override
    public final void register(ReadinessHandler handler) throws IOException {
        channel.register(handler);
        registered = true;
    }

    @Override
    public final void moveTo(Hub target) throws IOException {
        if (!(target instanceof FaultHub other) || other.faults != hub.faults) {
            throw new IllegalArgumentException(
                    "target: " + target + " (expected: a hub of the same FaultyHub as " + hub + ")");
        }
        channel.moveTo(other.hub);
        registered = false;
        hub = other;
    }

    @Override
    public final void arm(int ops) {
        channel.arm(ops);
    }

    @Override
    public final void recheck(int ops) throws IOException {
        channel.recheck(ops);
    }

    @Override
    public final OptionalInt descriptor() {
        return channel.descriptor();
    }

    @Override
    public final boolean isOpen() {
        return channel.isOpen();
    }

    @Override
    public final void close() {
        channel.close();
    }

    @Override
    public final void shutdown() {
        channel.shutdown();
    }

    @Override
    public final @Nullable SocketAddress localAddress() throws IOException {
        return channel.localAddress();
    }

    @Override
    public final <T> void setOption(SocketOption<T> option, T value) throws IOException {
        channel.setOption(option, value);
    }

    @Override
    public final <T> @Nullable T getOption(SocketOption<T> option) throws IOException {
        return channel.getOption(option);
    }

    @Override
    public final Set<SocketOption<?>> supportedOptions() {
        return channel.supportedOptions();
    }

    @Override
    public final String toString() {
        return channel.toString();
    }
}
