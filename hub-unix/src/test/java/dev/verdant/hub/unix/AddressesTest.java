package dev.verdant.hub.unix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.UnsupportedAddressTypeException;
import org.junit.jupiter.api.Test;

class AddressesTest {

    @Test
    void whatAcceptFillsInIsCutAndRead() {
        byte[] filled = new byte[Addresses.ACCEPTED_BYTES];
        System.arraycopy(new byte[]{8, 10, 0, 0, 7, 0, 0, (byte) 0x80, 1}, 0, filled, 0, 9);
        assertThat(Addresses.accepted(filled)).hasSize(8);
        assertThat(Addresses.decode(Addresses.accepted(filled))).hasToString("/10.0.0.7:32769");
    }

    @Test
    void scopesOfLinkLocalAddressesAreKept() {
        byte[] filled = new byte[Addresses.ACCEPTED_BYTES];
        filled[0] = 24;
        filled[1] = (byte) 0xfe;
        filled[2] = (byte) 0x80;
        filled[16] = 1;
        filled[20] = 3;
        filled[24] = 80;
        assertThat(Addresses.decode(Addresses.accepted(filled))).hasToString("/[fe80:0:0:0:0:0:0:1%3]:80");
    }

    @Test
    void whatIsWrittenForTheKernelReadsAsItWas() throws Exception {
        for (String address : new String[]{"10.0.0.7", "::1", "2001:db8::ff", "fe80::1"}) {
            assertReadsAsWritten(new InetSocketAddress(InetAddress.ofLiteral(address), 32_769));
        }
        byte[] linkLocal = InetAddress.ofLiteral("fe80::1").getAddress();
        assertReadsAsWritten(new InetSocketAddress(Inet6Address.getByAddress(null, linkLocal, 3), 1));
    }

    private static void assertReadsAsWritten(InetSocketAddress address) {
        var name = ByteBuffer.allocate(28).order(ByteOrder.nativeOrder());
        int length = Addresses.encode(address, name);
        assertThat(length).isIn(16, 28);
        assertThat(Addresses.decode(name)).isEqualTo(address).hasToString(address.toString());
    }

    @Test
    void theWildcardOfIpv4IsThisHost() throws Exception {
        assertThat(Addresses.remote(new InetSocketAddress(InetAddress.ofLiteral("0.0.0.0"), 80)))
                .hasToString("/127.0.0.1:80");
        assertThat(Addresses.local(new InetSocketAddress(InetAddress.ofLiteral("0.0.0.0"), 80)).getAddress()
                .isAnyLocalAddress()).isTrue();
    }

    @Test
    void whatIsNoAddressIsRefused() {
        var unresolved = InetSocketAddress.createUnresolved("nowhere.invalid", 1);
        assertThatThrownBy(() -> Addresses.remote(unresolved)).isInstanceOf(UnknownHostException.class)
                .hasMessage("nowhere.invalid");
        assertThatThrownBy(() -> Addresses.local(UnixDomainSocketAddress.of("x")))
                .isInstanceOf(UnsupportedAddressTypeException.class);
    }
}
