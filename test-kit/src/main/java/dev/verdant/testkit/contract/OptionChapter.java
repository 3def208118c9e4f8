package dev.verdant.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.hub.HubChannel;
import dev.verdant.hub.HubProvider;
import dev.verdant.hub.SocketDomain;
import dev.verdant.hub.StreamChannel;
import java.io.IOException;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Socket options. */
public abstract class OptionChapter extends HubChapter {

    /**
     * Creates the chapter.
     *
     * @param provider whose hubs are tested
     */
    protected OptionChapter(HubProvider provider) {
        super(provider);
    }

    @Test
    void aStreamHasTheUsualOptions() throws Exception {
        StreamChannel stream = driver().connect().client.channel;
        assertThat(stream.supportedOptions()).contains(StandardSocketOptions.TCP_NODELAY,
                StandardSocketOptions.SO_KEEPALIVE,
                StandardSocketOptions.SO_REUSEADDR, StandardSocketOptions.SO_LINGER, StandardSocketOptions.SO_RCVBUF,
                StandardSocketOptions.SO_SNDBUF, StandardSocketOptions.IP_TOS);
        for (var flag : List.of(StandardSocketOptions.TCP_NODELAY, StandardSocketOptions.SO_KEEPALIVE,
                StandardSocketOptions.SO_REUSEADDR)) {
            for (boolean value : new boolean[]{true, false, true}) {
                assertKeeps(stream, flag, value);
            }
        }
    }

    @Test
    void lingerIsMinusOneWhenItIsOff() throws Exception {
        StreamChannel stream = driver().connect().client.channel;
        assertThat(stream.getOption(StandardSocketOptions.SO_LINGER)).isEqualTo(-1);
        for (int value : new int[]{5, 0, -1}) {
            assertKeeps(stream, StandardSocketOptions.SO_LINGER, value);
        }
        stream.setOption(StandardSocketOptions.SO_LINGER, -7);
        assertThat(stream.getOption(StandardSocketOptions.SO_LINGER)).isEqualTo(-1);
    }

    @Test
    void bufferSizesAreTakenAsHints() throws Exception {
        StreamChannel stream = driver().stream();
        for (var size : List.of(StandardSocketOptions.SO_RCVBUF, StandardSocketOptions.SO_SNDBUF)) {
            stream.setOption(size, 32 * 1024);
            int small = Objects.requireNonNull(stream.getOption(size));
            stream.setOption(size, 64 * 1024);
            assertThat(stream.getOption(size)).isGreaterThan(small);
            assertThatThrownBy(() -> stream.setOption(size, -1)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void aListenerHasItsOptionsToo() throws Exception {
        var listener = driver().own(hub().openListener(SocketDomain.INTERNET));
        assertThat(listener.supportedOptions()).contains(StandardSocketOptions.SO_REUSEADDR,
                StandardSocketOptions.SO_RCVBUF);
        for (boolean value : new boolean[]{false, true}) {
            assertKeeps(listener, StandardSocketOptions.SO_REUSEADDR, value);
        }
        if (listener.supportedOptions().contains(StandardSocketOptions.SO_REUSEPORT)) {
            assertKeeps(listener, StandardSocketOptions.SO_REUSEPORT, true);
        }
    }

    @Test
    void everySupportedOptionCanBeRead() throws Exception {
        var pair = driver().connect();
        for (HubChannel channel : List.of(pair.client.channel, pair.server.channel, driver().listen())) {
            for (SocketOption<?> option : channel.supportedOptions()) {
                Object value = channel.getOption(option);
                assertThat(value).as(option.name()).satisfiesAnyOf(v -> assertThat(v).isNull(),
                        v -> assertThat(v).isInstanceOf(option.type()));
            }
        }
    }

    @Test
    void anOptionThatTheHubDoesNotHaveIsRefused() throws Exception {
        var unknown = new SocketOption<Integer>() {
            @Override
            public String name() {
                return "VERDANT_UNKNOWN";
            }

            @Override
            public Class<Integer> type() {
                return Integer.class;
            }
        };
        StreamChannel stream = driver().stream();
        assertThat(stream.supportedOptions()).doesNotContain(unknown);
        assertThatThrownBy(() -> stream.setOption(unknown, 1)).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> stream.getOption(unknown)).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> stream.supportedOptions().clear()).isInstanceOf(UnsupportedOperationException.class);
    }

    private static <T> void assertKeeps(HubChannel channel, SocketOption<T> option, T value) throws IOException {
        channel.setOption(option, value);
        assertThat(channel.getOption(option)).as(option.name()).isEqualTo(value);
    }
}
