package dev.verdant.testkit.contract;

import static dev.verdant.testkit.contract.HubDriver.loopback;
import static dev.verdant.testkit.contract.HubDriver.portOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.verdant.hub.DatagramChannel;
import dev.verdant.hub.HubProvider;
import dev.verdant.hub.Readiness;
import dev.verdant.hub.SocketDomain;
import dev.verdant.testkit.contract.HubDriver.Watched;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.PortUnreachableException;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

/** UDP. */
public abstract class DatagramChapter extends HubChapter {

    /** The longest message of UDP over IPv4, in bytes. */
    private static final int LONGEST = 65_507;

    private static final List<IntFunction<ByteBuffer>> BUFFERS = List.of(ByteBuffer::allocate,
            ByteBuffer::allocateDirect, size -> ByteBuffer.allocate(size + 7).slice(5, size),
            size -> ByteBuffer.allocateDirect(size + 7).slice(5, size));

    /**
     * Creates the chapter.
     *
     * @param provider whose hubs are tested
     */
    protected DatagramChapter(HubProvider provider) {
        super(provider);
    }

    // ---- messages

    @Test
    void messagesOfEverySizeArriveWholeWithTheirSender(TestReporter reporter) throws Exception {
        long seed = seed(reporter);
        var random = new Random(seed);
        var east = bound();
        var west = bound();
        for (int i = 0; i < 400; i++) {
            var from = random.nextBoolean() ? east : west;
            var to = from == east ? west : east;
            var sent = new byte[1 + random.nextInt(1 << 1 + random.nextInt(15))];
            random.nextBytes(sent);
            ByteBuffer source = any(random).apply(sent.length + 6).position(3).limit(3 + sent.length);
            source.put(3, sent);
            assertThat(from.channel.send(source, addressOf(to))).as("seed %d", seed).isTrue();
            assertThat(source.position()).isEqualTo(source.limit()).isEqualTo(3 + sent.length);

            ByteBuffer target = any(random).apply(sent.length + 10).position(2).limit(sent.length + 4);
            assertThat(receive(to, target)).as("seed %d", seed).isEqualTo(addressOf(from));
            assertThat(target.position()).isEqualTo(2 + sent.length);
            assertThat(target.limit()).isEqualTo(sent.length + 4);
            var received = new byte[sent.length];
            target.get(2, received);
            assertThat(received).as("seed %d", seed).isEqualTo(sent);
        }
    }

    @Test
    void eachOfSeveralSendersIsToldAndAnswered(TestReporter reporter) throws Exception {
        long seed = seed(reporter);
        var random = new Random(seed);
        var center = bound();
        var others = List.of(bound(), bound(), bound());
        for (int i = 0; i < 200; i++) {
            var other = others.get(random.nextInt(others.size()));
            send(other, addressOf(center), 1 + i);
            ByteBuffer target = ByteBuffer.allocate(300);
            SocketAddress sender = receive(center, target);
            assertThat(sender).as("seed %d, message %d", seed, i).isEqualTo(addressOf(other));
            assertThat(center.channel.send(target.flip(), sender)).isTrue();
            assertThat(receive(other)).as("seed %d, message %d", seed, i).isEqualTo(1 + i);
        }
    }

    private static IntFunction<ByteBuffer> any(Random random) {
        return BUFFERS.get(random.nextInt(BUFFERS.size()));
    }

    @Test
    void messagesKeepTheirBoundsAndTheirOrder() throws Exception {
        var sender = bound();
        var receiver = bound();
        for (int length : new int[]{10, 1, 100, 1400}) {
            send(sender, addressOf(receiver), length);
        }
        for (int length : new int[]{10, 1, 100, 1400}) {
            assertThat(receive(receiver)).isEqualTo(length);
        }
    }

    @Test
    void anEmptyMessageIsAMessage() throws Exception {
        var sender = bound();
        var receiver = bound();
        for (IntFunction<ByteBuffer> kind : BUFFERS) {
            assertThat(sender.channel.send(kind.apply(0), addressOf(receiver))).isTrue();
            ByteBuffer target = kind.apply(10);
            assertThat(receive(receiver, target)).isEqualTo(addressOf(sender));
            assertThat(target.position()).isZero();
        }
    }

    @Test
    void anEmptyMessageGoesToThePeerOfAConnectedChannel() throws Exception {
        var sender = bound();
        var receiver = bound();
        sender.channel.connect(addressOf(receiver));
        assertThat(orSkip(() -> sender.channel.send(ByteBuffer.allocate(0), null))).isTrue();
        assertThat(receive(receiver)).isZero();
    }

    @Test
    void whatDoesNotFitIsLostAndTheNextMessageIsWhole() throws Exception {
        var sender = bound();
        var receiver = bound();
        for (IntFunction<ByteBuffer> kind : BUFFERS) {
            for (int room : new int[]{10, 1, 0}) {
                send(sender, addressOf(receiver), 100);
                send(sender, addressOf(receiver), 20);
                ByteBuffer target = kind.apply(room);
                assertThat(receive(receiver, target)).isEqualTo(addressOf(sender));
                assertThat(target.position()).isEqualTo(room);
                assertThat(receive(receiver)).isEqualTo(20);
            }
        }
    }

    @Test
    void nothingIsReceivedWhereNothingIs() throws Exception {
        for (DatagramChannel channel : List.of(bound().channel, open())) {
            for (IntFunction<ByteBuffer> kind : BUFFERS) {
                ByteBuffer target = kind.apply(10);
                assertThat(channel.receive(target)).isNull();
                assertThat(target.position()).isZero();
            }
        }
    }

    @Test
    void theLongestMessageArrives() throws Exception {
        var sender = bound();
        var receiver = bound();
        for (IntFunction<ByteBuffer> kind : BUFFERS) {
            assertThat(sender.channel.send(kind.apply(LONGEST), addressOf(receiver))).isTrue();
            assertThat(receive(receiver, kind.apply(200_000))).isEqualTo(addressOf(sender));
        }
    }

    @Test
    void aMessageThatIsTooLongIsRefusedWhole() throws Exception {
        var sender = bound();
        var receiver = bound();
        for (IntFunction<ByteBuffer> kind : BUFFERS) {
            for (int length : new int[]{LONGEST + 1, 1_000_000}) {
                ByteBuffer source = kind.apply(length);
                assertThatThrownBy(() -> sender.channel.send(source, addressOf(receiver)))
                        .isInstanceOf(SocketException.class).hasMessageContaining("Message too long");
                assertThat(source.position()).isZero();
                assertThat(source.limit()).isEqualTo(length);
            }
        }
        send(sender, addressOf(receiver), 3);
        assertThat(receive(receiver)).isEqualTo(3);
    }

    @Test
    void aReadOnlyBufferIsNotReceivedInto() throws Exception {
        var sender = bound();
        var receiver = bound();
        send(sender, addressOf(receiver), 3);
        assertThatThrownBy(() -> receiver.channel.receive(ByteBuffer.allocate(5).asReadOnlyBuffer()))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(receive(receiver)).isEqualTo(3);
    }

    @Test
    void aReadOnlyBufferIsSent() throws Exception {
        var sender = bound();
        var receiver = bound();
        assertThat(sender.channel.send(ByteBuffer.allocate(5).asReadOnlyBuffer(), addressOf(receiver))).isTrue();
        assertThat(receive(receiver)).isEqualTo(5);
    }

    @Test
    void addressesOfIpv6AreTold() throws Exception {
        var loopback = new InetSocketAddress(InetAddress.getByName("::1"), 0);
        DatagramChannel one = open();
        try {
            one.bind(loopback);
        } catch (IOException e) {
            Assumptions.abort("no IPv6 here: " + e.getMessage());
        }
        DatagramChannel other = open();
        other.bind(loopback);
        var receiver = driver().new Watched<>(other).register();
        assertThat(one.send(ByteBuffer.allocate(4), HubDriver.addressOf(other))).isTrue();
        var sender = (InetSocketAddress) receive(receiver, ByteBuffer.allocate(10));
        assertThat(sender).isEqualTo(HubDriver.addressOf(one));
        assertThat(sender.getAddress()).isEqualTo(loopback.getAddress());
    }

    // ---- readiness

    @Test
    void aReceiverIsToldOfEachMessageThatComesAfterItFoundNone() throws Exception {
        var sender = bound();
        var receiver = bound();
        for (int i = 0; i < 300; i++) {
            assertThat(receiver.channel.receive(ByteBuffer.allocate(10))).isNull();
            receiver.expect(Readiness.READ);
            send(sender, addressOf(receiver), 2);
            receiver.await(Readiness.READ);
            assertThat(receiver.channel.receive(ByteBuffer.allocate(10))).isNotNull();
        }
    }

    @Test
    void manyMessagesOfOneEventAreAllThere() throws Exception {
        var sender = bound();
        var receiver = bound();
        for (int i = 0; i < 50; i++) {
            send(sender, addressOf(receiver), 1 + i);
        }
        receiver.await(Readiness.READ);
        for (int i = 0; i < 50; i++) {
            ByteBuffer target = ByteBuffer.allocate(100);
            assertThat(receiver.channel.receive(target)).isNotNull();
            assertThat(target.position()).isEqualTo(1 + i);
        }
        assertThat(receiver.channel.receive(ByteBuffer.allocate(100))).isNull();
        driver().settle();
        receiver.expect(Readiness.READ);
        send(sender, addressOf(receiver), 1);
        receiver.await(Readiness.READ);
    }

    @Test
    void messagesThatNobodyReceivesDoNotKeepTheHubBusy() throws Exception {
        var sender = bound();
        var receiver = bound();
        receiver.channel.arm(Readiness.READ);
        send(sender, addressOf(receiver), 2);
        assertThat(driver().turnsFor(50 * HubDriver.MILLI)).isLessThanOrEqualTo(HubDriver.FEW_TURNS);
        assertThat(receiver.channel.receive(ByteBuffer.allocate(10))).isNotNull();
    }

    @Test
    void eachOfTwoReceiversIsToldOfItsOwn() throws Exception {
        var sender = bound();
        var one = bound();
        var other = bound();
        assertThat(one.channel.receive(ByteBuffer.allocate(1))).isNull();
        assertThat(other.channel.receive(ByteBuffer.allocate(1))).isNull();
        one.channel.arm(Readiness.READ);
        other.channel.arm(Readiness.READ);
        send(sender, addressOf(one), 1);
        driver().until("a message", () -> one.toldOf(Readiness.READ));
        driver().settle();
        assertThat(other.toldOf(Readiness.READ)).isFalse();
        send(sender, addressOf(other), 1);
        driver().until("a message", () -> other.toldOf(Readiness.READ));
    }

    @Test
    void thereIsRoomToSendAtOnce() throws Exception {
        bound().await(Readiness.WRITE);
    }

    // ---- peers

    @Test
    void onlyThePeersMessagesAreReceived() throws Exception {
        var channel = bound();
        var peer = bound();
        var stranger = bound();
        send(stranger, addressOf(channel), 1);
        channel.await(Readiness.READ);
        channel.channel.connect(addressOf(peer));
        assertThat(channel.channel.remoteAddress()).isEqualTo(addressOf(peer));
        send(stranger, addressOf(channel), 2);
        send(peer, addressOf(channel), 3);
        assertThat(receive(channel)).isEqualTo(3);
        assertThat(channel.channel.receive(ByteBuffer.allocate(10))).isNull();
    }

    @Test
    void aPeerNeedsNoTarget() throws Exception {
        var channel = bound();
        var peer = bound();
        channel.channel.connect(addressOf(peer));
        for (IntFunction<ByteBuffer> kind : BUFFERS) {
            ByteBuffer source = kind.apply(4);
            assertThat(channel.channel.send(source, null)).isTrue();
            assertThat(source.hasRemaining()).isFalse();
            assertThat(receive(peer)).isEqualTo(4);
        }
    }

    @Test
    void withoutAPeerAndATargetNothingIsSent() throws Exception {
        var channel = bound();
        for (int length : new int[]{0, 1}) {
            assertThatThrownBy(() -> channel.channel.send(ByteBuffer.allocate(length), null))
                    .isInstanceOf(SocketException.class);
        }
    }

    @Test
    void everybodyIsHeardAgainAfterADisconnect() throws Exception {
        var channel = bound();
        var peer = bound();
        var stranger = bound();
        SocketAddress local = addressOf(channel);
        channel.channel.disconnect();
        for (int i = 0; i < 3; i++) {
            channel.channel.connect(addressOf(peer));
            channel.channel.disconnect();
            assertThat(channel.channel.remoteAddress()).isNull();
            assertThat(addressOf(channel)).isEqualTo(local);
            send(stranger, local, 2);
            assertThat(receive(channel)).isEqualTo(2);
        }
    }

    @Test
    void aPortTakenByChanceIsKeptAfterADisconnect() throws Exception {
        var channel = driver().new Watched<>(open()).register();
        var peer = bound();
        channel.channel.connect(addressOf(peer));
        int port = portOf(channel.channel);
        channel.channel.disconnect();
        assertThat(portOf(channel.channel)).isEqualTo(port);
        send(peer, loopback(port), 5);
        assertThat(receive(channel)).isEqualTo(5);
    }

    @Test
    void aNewPeerReplacesTheOneBefore() throws Exception {
        var channel = bound();
        var former = bound();
        var peer = bound();
        channel.channel.connect(addressOf(former));
        channel.channel.connect(addressOf(peer));
        assertThat(channel.channel.remoteAddress()).isEqualTo(addressOf(peer));
        send(former, addressOf(channel), 1);
        send(peer, addressOf(channel), 2);
        assertThat(receive(channel)).isEqualTo(2);
        assertThat(channel.channel.send(ByteBuffer.allocate(3), null)).isTrue();
        assertThat(receive(peer)).isEqualTo(3);
    }

    /** Linux lets no socket of the loopback's address connect to the outside. */
    @Test
    void aConnectThatFailsLeavesThePeerAsItWas() throws Exception {
        var channel = bound();
        var peer = bound();
        var stranger = bound();
        channel.channel.connect(addressOf(peer));
        boolean failed = false;
        try {
            channel.channel.connect(new InetSocketAddress(InetAddress.ofLiteral("192.0.2.1"), 9));
        } catch (IOException e) {
            failed = true;
        }
        Assumptions.assumeTrue(failed, "this system lets the loopback's address reach the outside");
        assertThat(channel.channel.remoteAddress()).isEqualTo(addressOf(peer));
        send(stranger, addressOf(channel), 1);
        send(peer, addressOf(channel), 2);
        assertThat(receive(channel)).isEqualTo(2);
        assertThat(channel.channel.send(ByteBuffer.allocate(3), null)).isTrue();
        assertThat(receive(peer)).isEqualTo(3);
    }

    @Test
    void anUnreachablePortOfThePeerIsTold() throws Exception {
        var channel = bound();
        var peer = bound();
        SocketAddress gone = addressOf(peer);
        channel.channel.connect(gone);
        peer.channel.close();
        for (int i = 0; i < 3; i++) {
            assertThat(channel.channel.receive(ByteBuffer.allocate(10))).isNull();
            channel.expect(Readiness.READ);
            assertThat(channel.channel.send(ByteBuffer.allocate(1), null)).isTrue();
            channel.await(Readiness.READ);
            assertThatThrownBy(() -> channel.channel.receive(ByteBuffer.allocate(10)))
                    .isInstanceOf(PortUnreachableException.class);
        }
        channel.channel.disconnect();
        var other = bound();
        send(other, addressOf(channel), 4);
        assertThat(receive(channel)).isEqualTo(4);
    }

    @Test
    void anUnreachablePortOfNoPeerIsNotTold() throws Exception {
        var channel = bound();
        var other = bound();
        var closed = bound();
        SocketAddress gone = addressOf(closed);
        closed.channel.close();
        for (int i = 0; i < 3; i++) {
            send(channel, gone, 1);
        }
        send(other, addressOf(channel), 4);
        assertThat(receive(channel)).isEqualTo(4);
        send(channel, addressOf(other), 5);
        assertThat(receive(other)).isEqualTo(5);
    }

    // ---- addresses

    @Test
    void aChannelIsBoundByItsFirstMessage() throws Exception {
        DatagramChannel channel = open();
        assertThat(channel.localAddress()).isNull();
        assertThat(channel.remoteAddress()).isNull();
        var receiver = bound();
        assertThat(channel.send(ByteBuffer.allocate(1), addressOf(receiver))).isTrue();
        assertThat(receive(receiver, ByteBuffer.allocate(1))).isEqualTo(loopback(portOf(channel)));
    }

    @Test
    void anAddressInUseIsRefusedAndNamed() throws Exception {
        var taken = bound();
        assertThatThrownBy(() -> open().bind(addressOf(taken))).isInstanceOf(BindException.class)
                .hasMessageContaining("Address already in use").hasMessageContaining("" + portOf(taken.channel));
    }

    @Test
    void closeFreesThePortAtOnce() throws Exception {
        int port = 0;
        for (int i = 0; i < 50; i++) {
            var channel = bound(loopback(port));
            port = portOf(channel.channel);
            channel.channel.arm(Readiness.READ);
            if (i % 2 == 0) {
                driver().settle();
            }
            channel.channel.close();
        }
    }

    @Test
    void aHandlerMayCloseItsChannel() throws Exception {
        var sender = bound();
        DatagramChannel channel = open();
        channel.bind(loopback(0));
        SocketAddress at = HubDriver.addressOf(channel);
        var calls = new ArrayList<Integer>();
        channel.register(ops -> {
            calls.add(ops);
            channel.close();
            try {
                open().bind(at);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        channel.arm(Readiness.READ);
        send(sender, at, 1);
        driver().until("the call", () -> !calls.isEmpty());
        driver().settle();
        assertThat(calls).hasSize(1);
    }

    @Test
    void aClosedChannelSaysSo() throws Exception {
        var registered = bound();
        var receiver = bound();
        for (DatagramChannel closed : List.of(registered.channel, open())) {
            closed.close();
            closed.close();
            assertThat(closed.isOpen()).isFalse();
            assertClosed(() -> closed.bind(loopback(0)));
            assertClosed(() -> closed.connect(addressOf(receiver)));
            assertClosed(closed::disconnect);
            assertClosed(() -> closed.receive(ByteBuffer.allocate(1)));
            assertClosed(() -> closed.send(ByteBuffer.allocate(1), addressOf(receiver)));
            assertClosed(() -> closed.send(ByteBuffer.allocateDirect(1), null));
            assertClosed(() -> closed.join(InetAddress.getByName("239.1.2.3"), null));
            assertClosed(closed::localAddress);
            assertClosed(closed::remoteAddress);
            closed.arm(Readiness.READ | Readiness.WRITE);
            closed.shutdown();
        }
    }

    /** As a thread does that cannot have the hub's. */
    @Test
    void aShutdownWakesTheReceiver() throws Exception {
        var channel = bound();
        channel.channel.arm(Readiness.READ);
        channel.channel.shutdown();
        driver().until("the end", () -> channel.toldOf(Readiness.READ));
        assertThatThrownBy(() -> channel.channel.receive(ByteBuffer.allocate(1))).isInstanceOf(SocketException.class);
    }

    // ---- options and groups

    @Test
    void theUsualOptionsAreKept() throws Exception {
        DatagramChannel channel = open();
        for (var flag : List.of(StandardSocketOptions.SO_BROADCAST, StandardSocketOptions.SO_REUSEADDR,
                StandardSocketOptions.IP_MULTICAST_LOOP)) {
            for (boolean value : new boolean[]{true, false, true}) {
                channel.setOption(flag, value);
                assertThat(channel.getOption(flag)).as(flag.name()).isEqualTo(value);
            }
        }
        channel.setOption(StandardSocketOptions.IP_MULTICAST_TTL, 7);
        assertThat(channel.getOption(StandardSocketOptions.IP_MULTICAST_TTL)).isEqualTo(7);
        channel.setOption(StandardSocketOptions.SO_RCVBUF, 32 * 1024);
        assertThat(channel.getOption(StandardSocketOptions.SO_RCVBUF)).isGreaterThanOrEqualTo(32 * 1024);
        for (var option : channel.supportedOptions()) {
            Object value = channel.getOption(option);
            assertThat(value == null || option.type().isInstance(value)).as(option.name()).isTrue();
        }
    }

    @Test
    void aMemberOfAGroupReceivesWhatIsSentToItUntilItLeaves() throws Exception {
        NetworkInterface here = loopbackInterface();
        InetAddress group = InetAddress.getByName("239.255.17.17");
        var member = bound(new InetSocketAddress(0));
        var sender = bound();
        join(member, group, here);
        var to = new InetSocketAddress(group, portOf(member.channel));
        sender.channel.setOption(StandardSocketOptions.IP_MULTICAST_IF, here);
        try {
            send(sender, to, 9);
        } catch (IOException e) {
            Assumptions.abort("nothing can be sent to a group on the loopback: " + e.getMessage());
        }
        assertThat(receive(member)).isEqualTo(9);

        member.channel.leave(group, here);
        send(sender, to, 10);
        send(sender, loopback(portOf(member.channel)), 11);
        assertThat(receive(member)).isEqualTo(11);
    }

    @Test
    void oneIsAMemberOnceOrNot() throws Exception {
        NetworkInterface here = loopbackInterface();
        InetAddress group = InetAddress.getByName("239.255.17.18");
        var member = bound(new InetSocketAddress(0));
        assertThatThrownBy(() -> member.channel.leave(group, here)).isInstanceOf(IOException.class);
        for (int i = 0; i < 2; i++) {
            join(member, group, here);
            assertThatThrownBy(() -> member.channel.join(group, here)).isInstanceOf(IOException.class);
            member.channel.leave(group, here);
            assertThatThrownBy(() -> member.channel.leave(group, here)).isInstanceOf(IOException.class);
        }
    }

    private static void join(Watched<DatagramChannel> member, InetAddress group, NetworkInterface on) {
        try {
            member.channel.join(group, on);
        } catch (IOException e) {
            Assumptions.abort("no group can be joined on the loopback: " + e.getMessage());
        }
    }

    private static NetworkInterface loopbackInterface() throws SocketException {
        NetworkInterface found = NetworkInterface.getByInetAddress(InetAddress.getLoopbackAddress());
        return found == null ? Assumptions.abort("the loopback has no interface") : found;
    }

    // ---- tools

    private DatagramChannel open() throws IOException {
        return driver().own(orSkip(() -> hub().openDatagram(SocketDomain.INTERNET)));
    }

    private Watched<DatagramChannel> bound() throws IOException {
        return bound(loopback(0));
    }

    private Watched<DatagramChannel> bound(SocketAddress at) throws IOException {
        DatagramChannel channel = open();
        channel.bind(at);
        return driver().new Watched<>(channel).register();
    }

    private static SocketAddress addressOf(Watched<DatagramChannel> bound) throws IOException {
        return HubDriver.addressOf(bound.channel);
    }

    private static void send(Watched<DatagramChannel> from, SocketAddress to, int length) throws IOException {
        assertThat(from.channel.send(ByteBuffer.allocate(length), to)).isTrue();
    }

    /** Receives a message and returns its length. */
    private int receive(Watched<DatagramChannel> at) throws IOException {
        ByteBuffer target = ByteBuffer.allocate(2000);
        SocketAddress _ = receive(at, target);
        return target.position();
    }

    /** Receives a message as a loop's sockets do: tries first, waits second. */
    static SocketAddress receive(Watched<DatagramChannel> at, ByteBuffer target) throws IOException {
        while (true) {
            at.expect(Readiness.READ);
            SocketAddress sender = at.channel.receive(target);
            if (sender != null) {
                return sender;
            }
            at.await(Readiness.READ);
        }
    }
}
