package dev.verdant.testkit.contract;

import static dev.verdant.testkit.contract.HubDriver.MILLI;
import static dev.verdant.testkit.contract.HubDriver.addressOf;
import static dev.verdant.testkit.contract.HubDriver.loopback;
import static dev.verdant.testkit.contract.HubDriver.portOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.hub.HubProvider;
import dev.verdant.hub.ListenerChannel;
import dev.verdant.hub.Readiness;
import dev.verdant.hub.SocketDomain;
import dev.verdant.hub.StreamChannel;
import dev.verdant.testkit.contract.HubDriver.Pair;
import java.io.IOException;
import java.net.BindException;
import java.net.SocketException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Taking connections. */
public abstract class ListenerChapter extends HubChapter {

    private static final int MANY = 500;

    /**
     * Creates the chapter.
     *
     * @param provider whose hubs are tested
     */
    protected ListenerChapter(HubProvider provider) {
        super(provider);
    }

    @Test
    void nothingIsAcceptedWhenNobodyWaits() throws Exception {
        ListenerChannel listener = driver().listen();
        assertThat(listener.accept()).isNull();
        driver().connect(listener);
        assertThat(listener.accept()).isNull();
    }

    @Test
    void portZeroTakesAFreePort() throws Exception {
        ListenerChannel first = driver().own(hub().openListener(SocketDomain.INTERNET));
        assertThat(first.localAddress()).isNull();
        first.bind(loopback(0), 10);
        assertThat(addressOf(first)).isEqualTo(loopback(portOf(first)));
        assertThat(portOf(first)).isPositive().isNotEqualTo(portOf(driver().listen()));
    }

    @Test
    void anAddressInUseIsNamed() throws Exception {
        int taken = portOf(driver().listen());
        ListenerChannel second = driver().own(hub().openListener(SocketDomain.INTERNET));
        assertThatThrownBy(() -> second.bind(loopback(taken), 10)).isInstanceOf(BindException.class)
                .hasMessageStartingWith("Address already in use")
                .hasMessageContaining(String.valueOf(taken))
                .hasMessageContaining(loopback(taken).getAddress().getHostAddress());
        assertThat(second.isOpen()).isTrue();
    }

    @Test
    void theBacklogIsAtLeastOne() throws Exception {
        ListenerChannel listener = driver().own(hub().openListener(SocketDomain.INTERNET));
        assertThatThrownBy(() -> listener.bind(loopback(0), 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> listener.bind(loopback(0), -5)).isInstanceOf(IllegalArgumentException.class);
        listener.bind(loopback(0), 1);
    }

    @Test
    void theBacklogHasRoomForAsManyAsWereAskedFor() throws Exception {
        assertThat(connectedOf(30, driver().listen(0, 30))).isEqualTo(30);
    }

    @Test
    void aSmallBacklogHasNoRoomForMany() throws Exception {
        assertThat(connectedOf(30, driver().listen(0, 2))).isBetween(2, 10);
    }

    /** Has so many connect, and returns how many of them stand, none being accepted. */
    private int connectedOf(int count, ListenerChannel listener) throws IOException {
        List<StreamChannel> clients = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            StreamChannel client = driver().stream();
            boolean _ = client.connect(addressOf(listener));
            clients.add(client);
        }
        driver().turnsFor(100 * MILLI);
        int connected = 0;
        for (StreamChannel client : clients) {
            connected += client.finishConnect() ? 1 : 0;
        }
        return connected;
    }

    @Test
    void aConnectionIsTold() throws Exception {
        ListenerChannel listener = driver().listen();
        List<Integer> told = new ArrayList<>();
        listener.register(told::add);
        for (int i = 0; i < 20; i++) {
            assertThat(listener.accept()).isNull();
            told.clear();
            listener.arm(Readiness.READ);
            boolean _ = driver().stream().connect(addressOf(listener));
            driver().until("a connection", () -> !told.isEmpty());
            assertThat(told).allMatch(ops -> ops == Readiness.READ);
            driver().accept(listener);
        }
    }

    @Test
    void aConnectionThatCameBeforeTheRegistrationIsTold() throws Exception {
        ListenerChannel listener = driver().listen();
        boolean _ = driver().stream().connect(addressOf(listener));
        driver().turnsFor(MILLI);
        List<Integer> told = new ArrayList<>();
        listener.register(told::add);
        listener.arm(Readiness.READ);
        driver().until("a connection", () -> !told.isEmpty());
        driver().accept(listener);
    }

    @Test
    void fiveHundredConnectionsEcho() throws Exception {
        ListenerChannel listener = driver().listen(0, MANY);
        List<StreamChannel> echoes = new ArrayList<>();
        acceptInto(echoes, listener);
        List<StreamChannel> clients = new ArrayList<>();
        for (int i = 0; i < MANY; i++) {
            StreamChannel client = driver().stream();
            boolean _ = client.connect(addressOf(listener));
            clients.add(client);
            if (i % 50 == 0) {
                driver().settle();
            }
        }
        for (StreamChannel client : clients) {
            driver().until("a connection", client::finishConnect);
        }
        driver().until("all connections", () -> echoes.size() == MANY);
        for (int i = 0; i < MANY; i++) {
            clients.get(i).write(ByteBuffer.allocate(4).putInt(0, i));
        }
        for (int i = 0; i < MANY; i++) {
            byte[] answer = driver().new End(clients.get(i)).register().readFully(4);
            assertThat(ByteBuffer.wrap(answer).getInt()).isEqualTo(i);
        }
    }

    /** A server of callbacks alone. */
    private void acceptInto(List<StreamChannel> echoes, ListenerChannel listener) throws IOException {
        listener.register(_ -> {
            try {
                for (StreamChannel one = listener.accept(); one != null; one = listener.accept()) {
                    StreamChannel echo = driver().own(one);
                    echoes.add(echo);
                    echo.register(_ -> echo(echo));
                    echo.arm(Readiness.READ);
                }
                listener.arm(Readiness.READ);
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        listener.arm(Readiness.READ);
    }

    private static void echo(StreamChannel echo) {
        try {
            var bytes = new byte[100];
            for (int count = echo.read(bytes, 0, 100); count > 0; count = echo.read(bytes, 0, 100)) {
                assertThat(echo.write(bytes, 0, count)).isEqualTo(count);
            }
            echo.arm(Readiness.READ);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aPortCanBeBoundAgainTheMomentCloseReturns() throws Exception {
        int port = portOf(driver().listen());
        driver().close();
        for (int i = 0; i < 50; i++) {
            try (var again = new HubDriver(provider())) {
                ListenerChannel listener = again.listen(port, 10);
                listener.register(_ -> {});
                listener.arm(Readiness.READ);
                again.poll(0);
            }
        }
    }

    /** The accepted connection keeps the port in its own name, the pending one is reset, and neither keeps the next listener out. */
    @Test
    void aPortCanBeBoundAgainWhileItsOldConnectionsLive() throws Exception {
        int port = 0;
        List<Pair> alive = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            ListenerChannel listener = driver().listen(port, 10);
            port = portOf(listener);
            listener.register(_ -> {});
            listener.arm(Readiness.READ);
            alive.add(driver().connect(listener));
            StreamChannel pending = driver().stream();
            boolean _ = pending.connect(addressOf(listener));
            driver().settle();
            listener.close();
        }
        for (Pair pair : alive) {
            pair.client.writeFully((byte) 1);
            assertThat(pair.server.readFully(1)).containsExactly(1);
        }
    }

    @Test
    void whoWaitsInTheBacklogOfAClosedListenerIsReset() throws Exception {
        ListenerChannel listener = driver().listen();
        StreamChannel pending = driver().stream();
        if (!pending.connect(addressOf(listener))) {
            driver().until("a connection", pending::finishConnect);
        }
        listener.close();
        var end = driver().new End(pending).register();
        assertThatThrownBy(() -> end.read(new byte[1])).isInstanceOf(SocketException.class)
                .hasMessage("Connection reset");
    }

    @Test
    void aListenerMayBeClosedByItsOwnHandler() throws Exception {
        ListenerChannel listener = driver().listen();
        List<Integer> told = new ArrayList<>();
        listener.register(ops -> {
            told.add(ops);
            listener.close();
        });
        listener.arm(Readiness.READ);
        int port = portOf(listener);
        boolean _ = driver().stream().connect(loopback(port));
        driver().until("a connection", () -> !told.isEmpty());
        assertThat(told).hasSize(1);
        assertThatThrownBy(listener::accept).isInstanceOf(SocketException.class).hasMessage("Socket closed");
        driver().listen(port, 1);
    }

    @Test
    void aListenerThatIsShutDownTellsWhoWaits() throws Exception {
        ListenerChannel listener = driver().listen();
        List<Integer> told = new ArrayList<>();
        listener.register(told::add);
        assertThat(listener.accept()).isNull();
        listener.arm(Readiness.READ);
        driver().settle();
        told.clear();
        Thread.ofPlatform().start(listener::shutdown).join();
        driver().until("the end", () -> !told.isEmpty());
        assertThatThrownBy(listener::accept).isInstanceOf(SocketException.class).hasMessage("Socket closed");
        listener.close();
    }

    @Test
    void aListenerMayReuseItsAddressButNotSharePorts() throws Exception {
        ListenerChannel listener = driver().own(hub().openListener(SocketDomain.INTERNET));
        assertThat(listener.getOption(StandardSocketOptions.SO_REUSEADDR))
                .isNotEqualTo(System.getProperty("os.name").startsWith("Windows"));
        if (listener.supportedOptions().contains(StandardSocketOptions.SO_REUSEPORT)) {
            assertThat(listener.getOption(StandardSocketOptions.SO_REUSEPORT)).isFalse();
        }
    }
}
