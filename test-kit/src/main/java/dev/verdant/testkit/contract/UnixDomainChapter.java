package dev.verdant.testkit.contract;

import static dev.verdant.testkit.contract.HubDriver.loopback;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.verdant.hub.AbstractUnixAddress;
import dev.verdant.hub.DatagramChannel;
import dev.verdant.hub.HubProvider;
import dev.verdant.hub.ListenerChannel;
import dev.verdant.hub.Readiness;
import dev.verdant.hub.SocketDomain;
import dev.verdant.hub.StreamChannel;
import dev.verdant.testkit.contract.HubDriver.End;
import dev.verdant.testkit.contract.HubDriver.Pair;
import dev.verdant.testkit.contract.HubDriver.Watched;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;

/** Unix-domain sockets. */
public abstract class UnixDomainChapter extends HubChapter {

    private static final UnixDomainSocketAddress UNNAMED = UnixDomainSocketAddress.of("");

    @TempDir
    Path directory = Path.of("");

    /**
     * Creates the chapter.
     *
     * @param provider whose hubs are tested
     */
    protected UnixDomainChapter(HubProvider provider) {
        super(provider);
    }

    @BeforeEach
    void requireUnixDomainSockets() throws IOException {
        stream().close();
    }

    // ---- streams

    @Test
    void bytesGoBothWays(TestReporter reporter) throws Exception {
        long seed = seed(reporter);
        var random = new Random(seed);
        Pair pair = connect();
        for (int i = 0; i < 50; i++) {
            var sent = new byte[1 + random.nextInt(1 << random.nextInt(16))];
            random.nextBytes(sent);
            End from = random.nextBoolean() ? pair.client : pair.server;
            End to = from == pair.client ? pair.server : pair.client;
            from.writeFully(sent);
            assertThat(to.readFully(sent.length)).as("seed %d", seed).isEqualTo(sent);
        }
    }

    @Test
    void aFullStreamTakesNothingAndTellsWhenThereIsRoom() throws Exception {
        Pair pair = connect();
        for (int i = 0; i < 3; i++) {
            int total = pair.client.fill();
            assertThat(total).isPositive();
            driver().settle();
            pair.client.expect(Readiness.WRITE);
            assertThat(pair.server.readFully(total)).isEqualTo(new byte[total]);
            pair.client.await(Readiness.WRITE);
        }
    }

    @Test
    void theEndComesAfterTheBytes() throws Exception {
        for (boolean close : new boolean[]{true, false}) {
            Pair pair = connect();
            pair.client.writeFully((byte) 1, (byte) 2);
            if (close) {
                pair.client.channel.close();
            } else {
                pair.client.channel.shutdownOutput();
            }
            assertThat(pair.server.readFully(2)).containsExactly(1, 2);
            assertThat(pair.server.read(new byte[1])).isEqualTo(-1);
            assertThat(pair.server.read(new byte[1])).isEqualTo(-1);
            if (!close) {
                pair.server.writeFully((byte) 3);
                assertThat(pair.client.readFully(1)).containsExactly(3);
            }
        }
    }

    @Test
    void aStreamWhoseInputIsShutIsAtItsEnd() throws Exception {
        Pair pair = connect();
        pair.server.channel.shutdownInput();
        assertThat(pair.server.read(new byte[1])).isEqualTo(-1);
        pair.server.writeFully((byte) 3);
        assertThat(pair.client.readFully(1)).containsExactly(3);
    }

    /** Linux breaks the connection if the one who closes has not read all; other systems end it. */
    @Test
    void aCloseThatLeavesBytesUnreadIsAResetForGoodOrAnEndForGood() throws Exception {
        Pair pair = connect();
        pair.client.writeFully((byte) 1);
        pair.server.writeFully((byte) 2);
        pair.client.channel.close();
        List<String> told = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            told.add(ending(pair.server));
        }
        List<String> endings = told.stream().filter(ending -> !ending.equals("1")).distinct().toList();
        assertThat(endings).hasSize(1).isSubsetOf("-1", "Connection reset");
    }

    private static String ending(End end) throws IOException {
        try {
            return String.valueOf(end.read(new byte[1]));
        } catch (SocketException e) {
            return String.valueOf(e.getMessage());
        }
    }

    @Test
    void aWriteToNobodyIsABrokenPipe() throws Exception {
        Pair pair = connect();
        pair.server.channel.close();
        for (int i = 0; i < 3; i++) {
            assertThatThrownBy(() -> pair.client.channel.write(new byte[1], 0, 1)).isInstanceOf(SocketException.class)
                    .hasMessage("Broken pipe");
        }
    }

    @Test
    void aListenerTellsOfConnections() throws Exception {
        var listener = driver().new Watched<>(listen(path("s"))).register();
        for (int i = 0; i < 3; i++) {
            assertThat(listener.channel.accept()).isNull();
            listener.expect(Readiness.READ);
            StreamChannel client = stream();
            assertThat(client.connect(path("s"))).isTrue();
            listener.await(Readiness.READ);
            assertThat(driver().own(driver().accept(listener.channel)).isOpen()).isTrue();
        }
    }

    @Test
    void optionsAreKept() throws Exception {
        Pair pair = connect();
        for (StreamChannel stream : List.of(pair.client.channel, pair.server.channel)) {
            assertThat(stream.supportedOptions()).contains(StandardSocketOptions.SO_SNDBUF);
            stream.setOption(StandardSocketOptions.SO_SNDBUF, 64 * 1024);
            assertThat(stream.getOption(StandardSocketOptions.SO_SNDBUF)).isGreaterThanOrEqualTo(64 * 1024);
            for (var option : stream.supportedOptions()) {
                Object value = stream.getOption(option);
                assertThat(value == null || option.type().isInstance(value)).as(option.name()).isTrue();
            }
            assertThatThrownBy(() -> stream.setOption(StandardSocketOptions.TCP_NODELAY, true))
                    .isInstanceOf(UnsupportedOperationException.class);
        }
    }

    @Test
    void aClosedStreamSaysSo() throws Exception {
        Pair pair = connect();
        for (StreamChannel closed : List.of(pair.client.channel, stream())) {
            closed.close();
            assertClosed(() -> closed.read(new byte[1], 0, 1));
            assertClosed(() -> closed.write(new byte[1], 0, 1));
            assertClosed(() -> closed.connect(path("s")));
            assertClosed(closed::localAddress);
            assertClosed(closed::remoteAddress);
        }
    }

    // ---- paths

    @Test
    void aPathThatExistsIsRefusedAndLeftAlone() throws Exception {
        assumePathsAreFiles();
        Files.writeString(directory.resolve("file"), "precious");
        ListenerChannel used = listen(path("used"));
        for (String name : List.of("file", "used")) {
            assertThatThrownBy(() -> listen(path(name))).isInstanceOf(BindException.class)
                    .hasMessageContaining("Address already in use").hasMessageContaining(path(name).toString());
        }
        assertThat(Files.readString(directory.resolve("file"))).isEqualTo("precious");
        assertThat(stream().connect(path("used"))).isTrue();
        assertThat(driver().accept(used).isOpen()).isTrue();
    }

    @Test
    void aPathThatIsMissingIsNamed() throws Exception {
        assertFails(() -> stream().connect(path("missing")), "No such file or directory", path("missing"));
        assumePathsAreFiles();
        var inMissing = UnixDomainSocketAddress.of(directory.resolve("missing/s"));
        assertFails(() -> listen(inMissing), "No such file or directory", inMissing);
    }

    @Test
    void aStalePathIsRefusedAndLeftAlone() throws Exception {
        assumePathsAreFiles();
        listen(path("stale")).close();
        assertThat(directory.resolve("stale")).exists();
        assertThatThrownBy(() -> stream().connect(path("stale"))).isInstanceOf(ConnectException.class)
                .hasMessageContaining("Connection refused").hasMessageContaining(path("stale").toString());
        assertThatThrownBy(() -> listen(path("stale"))).isInstanceOf(BindException.class);
        Files.delete(directory.resolve("stale"));
        assertThat(listen(path("stale")).isOpen()).isTrue();
    }

    @Test
    void aPathThatIsTooLongIsRefused() {
        var tooLong = path("x".repeat(150));
        assertFails(() -> stream().connect(tooLong), "too long", null);
        assertFails(() -> listen(tooLong), "too long", null);
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void closeLeavesThePath() throws Exception {
        assumePathsAreFiles();
        ListenerChannel registered = listen(path("s"));
        registered.register(_ -> {});
        registered.close();
        assertThat(directory.resolve("s")).exists();
    }

    @Test
    void addressesOfAnotherDomainAreRefused() throws Exception {
        assertThatThrownBy(() -> stream().connect(loopback(1))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> stream().bind(loopback(0))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> listen(loopback(0))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> driver().stream().connect(path("s"))).isInstanceOf(IllegalArgumentException.class);
    }

    private static void assertFails(ThrowingCallable call, String words, @Nullable SocketAddress at) {
        assertThatThrownBy(call).isInstanceOf(SocketException.class).hasMessageContaining(words)
                .hasMessageContaining(at == null ? "" : at.toString());
    }

    // ---- addresses

    @Test
    void bothEndsKnowTheAddressesAndWhoHasNone() throws Exception {
        ListenerChannel listener = driver().own(hub().openListener(SocketDomain.UNIX));
        assertThat(listener.localAddress()).isNull();
        listener.bind(path("s"), 10);
        assertThat(listener.localAddress()).isEqualTo(path("s"));
        Pair pair = connect(listener, path("s"));
        assertThat(pair.client.channel.localAddress()).isEqualTo(UNNAMED);
        assertThat(pair.client.channel.remoteAddress()).isEqualTo(path("s"));
        assertThat(pair.server.channel.localAddress()).isEqualTo(path("s"));
        assertThat(pair.server.channel.remoteAddress()).isEqualTo(UNNAMED);
    }

    @Test
    void aClientThatIsBoundHasAName() throws Exception {
        ListenerChannel listener = listen(path("s"));
        StreamChannel client = stream();
        client.bind(path("c"));
        assertThat(client.localAddress()).isEqualTo(path("c"));
        assertThat(client.connect(path("s"))).isTrue();
        StreamChannel server = driver().accept(listener);
        assertThat(client.localAddress()).isEqualTo(path("c"));
        assertThat(server.remoteAddress()).isEqualTo(path("c"));
    }

    @Test
    void aNewStreamHasNoPeer() throws Exception {
        assertThat(stream().remoteAddress()).isNull();
    }

    // ---- abstract names

    @Test
    void anAbstractNameStandsInNoFileSystem() throws Exception {
        AbstractUnixAddress name = name();
        ListenerChannel listener = listenAbstract(name);
        assertThat(listener.localAddress()).isEqualTo(name);
        Pair pair = connect(listener, name);
        assertThat(pair.client.channel.remoteAddress()).isEqualTo(name);
        assertThat(pair.server.channel.localAddress()).isEqualTo(name);
        pair.client.writeFully((byte) 5);
        assertThat(pair.server.readFully(1)).containsExactly(5);
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void anAbstractNameIsTakenOnceAndFreeAtTheClose() throws Exception {
        AbstractUnixAddress name = name();
        ListenerChannel first = listenAbstract(name);
        first.register(_ -> {});
        assertThatThrownBy(() -> listenAbstract(name)).isInstanceOf(BindException.class)
                .hasMessageContaining(name.toString());
        first.close();
        assertThat(listenAbstract(name).isOpen()).isTrue();
    }

    @Test
    void anAbstractNameThatNobodyHasIsNamed() throws Exception {
        AbstractUnixAddress name = name();
        listenAbstract(name).close();
        assertThatThrownBy(() -> stream().connect(name)).isInstanceOf(ConnectException.class)
                .hasMessageContaining("Connection refused").hasMessageContaining(name.toString());
    }

    /** Names may be of any length and hold any bytes, zeros too. */
    @Test
    void abstractNamesAreBytes() throws Exception {
        var random = new Random(1);
        for (int length : new int[]{1, 5, AbstractUnixAddress.MAX_LENGTH}) {
            var bytes = new byte[length];
            random.nextBytes(bytes);
            bytes[length / 2] = 0;
            if (length == 1) {
                bytes[0] = (byte) 0x81;
            }
            var name = AbstractUnixAddress.of(bytes);
            ListenerChannel listener = listenAbstract(name);
            assertThat(listener.localAddress()).isEqualTo(name);
            StreamChannel client = stream();
            assertThat(client.connect(name)).isTrue();
            assertThat(client.remoteAddress()).isEqualTo(name);
        }
    }

    private ListenerChannel listenAbstract(AbstractUnixAddress name) throws IOException {
        return orSkip(() -> listen(name));
    }

    private static AbstractUnixAddress name() {
        return AbstractUnixAddress.of("verdant-contract-" + Long.toHexString(new Random().nextLong()));
    }

    // ---- datagrams

    @Test
    void datagramsGoBothWaysWithTheirSenders() throws Exception {
        var one = datagram(path("one"));
        var other = datagram(path("other"));
        for (int length : new int[]{1, 0, 100, 20_000}) {
            assertThat(one.channel.send(ByteBuffer.allocate(length), path("other"))).isTrue();
            assertReceived(other, length, path("one"));
            assertThat(other.channel.send(ByteBuffer.allocateDirect(length), path("one"))).isTrue();
            assertReceived(one, length, path("other"));
        }
        assertThat(one.channel.localAddress()).isEqualTo(path("one"));
    }

    @Test
    void aSenderThatIsNotBoundHasNoName() throws Exception {
        var receiver = datagram(path("r"));
        DatagramChannel sender = datagram();
        assertThat(sender.send(ByteBuffer.allocate(2), path("r"))).isTrue();
        assertReceived(receiver, 2, UNNAMED);
    }

    @Test
    void whatDoesNotFitOfADatagramIsLost() throws Exception {
        var receiver = datagram(path("r"));
        DatagramChannel sender = datagram();
        sender.connect(path("r"));
        assertThat(sender.remoteAddress()).isEqualTo(path("r"));
        assertThat(sender.send(ByteBuffer.allocate(100), null)).isTrue();
        assertThat(sender.send(ByteBuffer.allocate(3), null)).isTrue();
        ByteBuffer target = ByteBuffer.allocate(10);
        assertThat(receive(receiver, target)).isEqualTo(UNNAMED);
        assertThat(target.hasRemaining()).isFalse();
        assertReceived(receiver, 3, UNNAMED);
    }

    @Test
    void aSenderThatWouldBlockIsToldWhenThereIsRoom() throws Exception {
        var receiver = datagram(path("r"));
        DatagramChannel channel = datagram();
        channel.connect(path("r"));
        var sender = driver().new Watched<>(channel).register();
        for (int round = 0; round < 3; round++) {
            int sent = 0;
            ByteBuffer source = ByteBuffer.allocate(10);
            while (sent < 100_000 && channel.send(source, null)) {
                sent++;
                source.clear();
            }
            assertThat(sent).isBetween(1, 99_999);
            assertThat(source.position()).isZero();
            driver().settle();
            sender.expect(Readiness.WRITE);
            for (int i = 0; i < sent; i++) {
                assertReceived(receiver, 10, UNNAMED);
            }
            sender.await(Readiness.WRITE);
        }
    }

    @Test
    void datagramsToNobodyFail() throws Exception {
        DatagramChannel sender = datagram();
        assertThatThrownBy(() -> sender.send(ByteBuffer.allocate(1), path("missing"))).isInstanceOf(IOException.class);
        datagram(path("gone")).channel.close();
        assertThatThrownBy(() -> sender.send(ByteBuffer.allocate(1), path("gone"))).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> sender.send(ByteBuffer.allocate(1), null)).isInstanceOf(SocketException.class);
    }

    @Test
    void datagramsTakeAbstractNames() throws Exception {
        AbstractUnixAddress name = name();
        DatagramChannel channel = datagram();
        boolean bound = orSkip(() -> {
            channel.bind(name);
            return true;
        });
        assertThat(bound).isTrue();
        var receiver = driver().new Watched<>(channel).register();
        DatagramChannel sender = datagram();
        AbstractUnixAddress back = name();
        sender.bind(back);
        assertThat(sender.send(ByteBuffer.allocate(7), name)).isTrue();
        assertReceived(receiver, 7, back);
        channel.close();
        DatagramChannel successor = datagram();
        successor.bind(name);
        assertThat(successor.localAddress()).isEqualTo(name);
    }

    @Test
    void unixDatagramsHaveNoGroups() throws Exception {
        DatagramChannel channel = datagram();
        InetAddress group = InetAddress.getByName("239.1.2.3");
        assertThatThrownBy(() -> channel.join(group, null)).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> channel.leave(group, null)).isInstanceOf(UnsupportedOperationException.class);
    }

    private DatagramChannel datagram() throws IOException {
        return driver().own(orSkip(() -> hub().openDatagram(SocketDomain.UNIX)));
    }

    private Watched<DatagramChannel> datagram(SocketAddress at) throws IOException {
        DatagramChannel channel = datagram();
        channel.bind(at);
        return driver().new Watched<>(channel).register();
    }

    private static void assertReceived(Watched<DatagramChannel> at, int length, SocketAddress from) throws IOException {
        ByteBuffer target = ByteBuffer.allocate(30_000);
        Arrays.fill(target.array(), (byte) 1);
        assertThat(receive(at, target)).isEqualTo(from);
        assertThat(target.position()).isEqualTo(length);
        assertThat(Arrays.copyOf(target.array(), length)).isEqualTo(new byte[length]);
    }

    private static SocketAddress receive(Watched<DatagramChannel> at, ByteBuffer target) throws IOException {
        return DatagramChapter.receive(at, target);
    }

    // ---- tools

    /** Skips the test if the hub's paths stand in no file system, as a simulated one's do not. */
    private void assumePathsAreFiles() throws IOException {
        Path probe = directory.resolve("probe");
        listen(UnixDomainSocketAddress.of(probe)).close();
        assumeTrue(Files.deleteIfExists(probe), "paths of the hub " + provider().name() + " are no files");
    }

    private UnixDomainSocketAddress path(String name) {
        return UnixDomainSocketAddress.of(directory.resolve(name));
    }

    private StreamChannel stream() throws IOException {
        return driver().own(orSkip(() -> hub().openStream(SocketDomain.UNIX)));
    }

    private ListenerChannel listen(SocketAddress at) throws IOException {
        ListenerChannel listener = driver().own(hub().openListener(SocketDomain.UNIX));
        listener.bind(at, 10);
        return listener;
    }

    private Pair connect() throws IOException {
        var at = path("s");
        ListenerChannel listener = listen(at);
        try {
            return connect(listener, at);
        } finally {
            listener.close();
            Files.deleteIfExists(at.getPath()); // There is none where a hub's paths stand in no file system.
        }
    }

    private Pair connect(ListenerChannel listener, SocketAddress at) throws IOException {
        StreamChannel client = stream();
        assertThat(client.connect(at)).isTrue();
        return new Pair(driver().new End(client).register(), driver().new End(driver().accept(listener)).register());
    }
}
