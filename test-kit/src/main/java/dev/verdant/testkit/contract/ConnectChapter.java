package dev.verdant.testkit.contract;

import static dev.verdant.testkit.contract.HubDriver.MILLI;
import static dev.verdant.testkit.contract.HubDriver.addressOf;
import static dev.verdant.testkit.contract.HubDriver.loopback;
import static dev.verdant.testkit.contract.HubDriver.portOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.verdant.hub.HubProvider;
import dev.verdant.hub.ListenerChannel;
import dev.verdant.hub.Readiness;
import dev.verdant.hub.SocketDomain;
import dev.verdant.hub.StreamChannel;
import dev.verdant.testkit.contract.HubDriver.End;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Making connections. */
public abstract class ConnectChapter extends HubChapter {

    /**
     * Creates the chapter.
     *
     * @param provider whose hubs are tested
     */
    protected ConnectChapter(HubProvider provider) {
        super(provider);
    }

    @Test
    void bothEndsKnowBothAddresses() throws Exception {
        ListenerChannel listener = driver().listen();
        var pair = driver().connect(listener);
        assertThat(pair.client.channel.remoteAddress()).isEqualTo(addressOf(listener));
        assertThat(pair.server.channel.localAddress()).isEqualTo(addressOf(listener));
        assertThat(pair.server.channel.remoteAddress()).isEqualTo(pair.client.channel.localAddress());
        assertThat(pair.client.channel.finishConnect()).isTrue();
    }

    @Test
    void aChannelHasNoAddressBeforeItConnects() throws Exception {
        StreamChannel client = driver().stream();
        assertThat(client.isOpen()).isTrue();
        assertThat(client.localAddress()).isNull();
        assertThat(client.remoteAddress()).isNull();
    }

    @Test
    void ipv4AndIpv6AreBothSpoken() throws Exception {
        for (byte[] address : new byte[][]{{127, 0, 0, 1}, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}}) {
            var ip = InetAddress.getByAddress(address);
            ListenerChannel listener = driver().own(hub().openListener(SocketDomain.INTERNET));
            try {
                listener.bind(new InetSocketAddress(ip, 0), 10);
            } catch (BindException e) {
                assumeTrue(address.length == 4, "this host speaks no IPv6");
            }
            var pair = driver().connect(listener);
            assertThat(pair.client.channel.remoteAddress()).isEqualTo(new InetSocketAddress(ip, portOf(listener)));
            pair.client.writeFully((byte) 7);
            assertThat(pair.server.readFully(1)).containsExactly(7);
        }
    }

    @Test
    void aListenerOnAllAddressesIsReachedByEach() throws Exception {
        ListenerChannel listener = driver().own(hub().openListener(SocketDomain.INTERNET));
        listener.bind(new InetSocketAddress(0), 10);
        for (String host : List.of("127.0.0.1", "127.0.0.2", "0.0.0.0")) {
            assumeTrue(!host.equals("127.0.0.2") || System.getProperty("os.name").startsWith("Linux"));
            StreamChannel client = driver().stream();
            if (!client.connect(new InetSocketAddress(InetAddress.getByName(host), portOf(listener)))) {
                driver().until("a connection to " + host, client::finishConnect);
            }
            driver().accept(listener);
        }
    }

    @Test
    void aRefusedConnectNamesTheAddress() throws Exception {
        for (int i = 0; i < 20; i++) {
            InetSocketAddress nobody = loopback(unusedPort());
            StreamChannel client = driver().stream();
            assertThatThrownBy(() -> connectAndWait(client, nobody)).isInstanceOf(ConnectException.class)
                    .hasMessageStartingWith("Connection refused")
                    .hasMessageContaining(nobody.getAddress().getHostAddress())
                    .hasMessageContaining(String.valueOf(nobody.getPort()));
            assertThat(client.isOpen()).isTrue();
            client.close();
        }
    }

    private int unusedPort() throws IOException {
        ListenerChannel listener = driver().listen();
        int port = portOf(listener);
        listener.close();
        return port;
    }

    private void connectAndWait(StreamChannel client, InetSocketAddress to) throws IOException {
        if (!client.connect(to)) {
            End end = driver().new End(client).register();
            end.await(Readiness.WRITE);
            driver().until("the end of the connect", client::finishConnect);
        }
    }

    /** A listener that has no room lets connects wait: the peer's system tries again a second later. */
    @Test
    void aConnectUnderWayIsFinishedByAWriteEvent() throws Exception {
        ListenerChannel listener = driver().listen(0, 1);
        List<StreamChannel> connected = new ArrayList<>();
        StreamChannel waiting = firstThatWaits(listener, connected);
        End end = driver().new End(waiting).register();
        waiting.arm(Readiness.WRITE);
        driver().turnsFor(20 * MILLI);
        assertThat(waiting.finishConnect()).isFalse();
        assertThat(waiting.remoteAddress()).isNull();

        for (int i = 0; i < connected.size(); i++) {
            driver().accept(listener);
        }
        end.await(Readiness.WRITE);
        driver().until("the end of the connect", waiting::finishConnect);
        assertThat(waiting.remoteAddress()).isEqualTo(addressOf(listener));
        assertThat(end.toldOf(Readiness.ENDED)).isFalse();
        var server = driver().new End(driver().accept(listener)).register();
        end.writeFully((byte) 1, (byte) 2);
        assertThat(server.readFully(2)).containsExactly(1, 2);
    }

    @Test
    void aConnectUnderWayCanBeClosed() throws Exception {
        ListenerChannel listener = driver().listen(0, 1);
        StreamChannel waiting = firstThatWaits(listener, new ArrayList<>());
        End end = driver().new End(waiting).register();
        waiting.arm(Readiness.WRITE);
        driver().settle();
        int calls = end.calls;
        waiting.close();
        driver().turnsFor(20 * MILLI);
        assertThat(end.calls).isEqualTo(calls);
        assertThatThrownBy(waiting::finishConnect).isInstanceOf(SocketException.class).hasMessage("Socket closed");
    }

    @Test
    void aConnectUnderWayThatIsShutDownTellsWhoWaits() throws Exception {
        ListenerChannel listener = driver().listen(0, 1);
        StreamChannel waiting = firstThatWaits(listener, new ArrayList<>());
        End end = driver().new End(waiting).register();
        waiting.arm(Readiness.WRITE);
        driver().settle();
        end.told = 0;
        Thread.ofPlatform().start(waiting::shutdown).join();
        driver().until("the end", () -> end.toldOf(Readiness.WRITE));
        assertThatThrownBy(waiting::finishConnect).isInstanceOf(SocketException.class);
    }

    private StreamChannel firstThatWaits(ListenerChannel listener, List<StreamChannel> connected) throws IOException {
        for (int i = 0; i < 50; i++) {
            StreamChannel client = driver().stream();
            boolean done = client.connect(addressOf(listener));
            for (int turn = 0; !done && turn < 5; turn++) {
                driver().turnsFor(5 * MILLI);
                done = client.finishConnect();
            }
            if (!done) {
                return client;
            }
            connected.add(client);
        }
        assumeTrue(false, "this system lets no connect wait");
        throw new AssertionError();
    }

    @Test
    void thereIsNothingToFinishBeforeAConnect() throws Exception {
        StreamChannel client = driver().stream();
        assertThatThrownBy(client::finishConnect).isInstanceOf(SocketException.class)
                .hasMessage("No connection pending");
    }

    @Test
    void aConnectionThatStandsStaysFinished() throws Exception {
        var pair = driver().connect();
        for (int i = 0; i < 3; i++) {
            assertThat(pair.client.channel.finishConnect()).isTrue();
        }
    }

    @Test
    void aSecondConnectIsRefused() throws Exception {
        ListenerChannel listener = driver().listen();
        var pair = driver().connect(listener);
        assertThatThrownBy(() -> pair.client.channel.connect(addressOf(listener))).isInstanceOf(SocketException.class)
                .hasMessage("Already connected");
    }

    @Test
    void whatIsNotConnectedCarriesNothing() throws Exception {
        StreamChannel client = driver().stream();
        assertThatThrownBy(() -> client.read(new byte[1], 0, 1)).isInstanceOf(SocketException.class);
        assertThatThrownBy(() -> client.write(new byte[1], 0, 1)).isInstanceOf(SocketException.class);
        assertThatThrownBy(client::shutdownInput).isInstanceOf(SocketException.class);
        assertThatThrownBy(client::shutdownOutput).isInstanceOf(SocketException.class);
        client.shutdown();
        assertThat(client.isOpen()).isTrue();
    }

    @Test
    void aNameThatWasNotResolvedIsNoAddress() throws Exception {
        var unresolved = InetSocketAddress.createUnresolved("verdant.invalid", 80);
        StreamChannel client = driver().stream();
        assertThatThrownBy(() -> client.connect(unresolved)).isInstanceOf(UnknownHostException.class)
                .hasMessageContaining("verdant.invalid");
        assertThatThrownBy(() -> client.bind(unresolved)).isInstanceOf(UnknownHostException.class)
                .hasMessageContaining("verdant.invalid");
    }

    @Test
    void theLocalEndCanBeChosen() throws Exception {
        ListenerChannel listener = driver().listen();
        StreamChannel client = driver().stream();
        client.bind(loopback(0));
        int port = portOf(client);
        assertThat(port).isPositive();
        connectAndWait(client, loopback(portOf(listener)));
        assertThat(driver().accept(listener).remoteAddress()).isEqualTo(loopback(port));
    }

    @Test
    void aLocalEndInUseIsNamed() throws Exception {
        int taken = portOf(driver().listen());
        StreamChannel client = driver().stream();
        assertThatThrownBy(() -> client.bind(loopback(taken))).isInstanceOf(BindException.class)
                .hasMessageContaining(String.valueOf(taken))
                .hasMessageContaining(loopback(taken).getAddress().getHostAddress());
    }
}
