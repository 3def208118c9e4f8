package dev.verdant.green.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HappyEyeballsTest {

    private static List<InetSocketAddress> addresses(String list) {
        return Stream.of(list.split(" ")).map(text -> new InetSocketAddress(InetAddress.ofLiteral(text), 80)).toList();
    }

    @ParameterizedTest
    @CsvSource({
            "::1, ::1",
            "1.0.0.1 1.0.0.2 1.0.0.3, 1.0.0.1 1.0.0.2 1.0.0.3",
            "::1 ::2 ::3 1.0.0.1 1.0.0.2, ::1 1.0.0.1 ::2 1.0.0.2 ::3",
            "1.0.0.1 1.0.0.2 ::1, 1.0.0.1 ::1 1.0.0.2",
            "1.0.0.1 ::1 ::2 ::3, 1.0.0.1 ::1 ::2 ::3",
            "::1 1.0.0.1 ::1 1.0.0.1 ::2, ::1 1.0.0.1 ::2"
    })
    void theFamiliesTakeTurnsBeginningWithThatOfTheFirstAddress(String given, String expected) {
        assertThat(HappyEyeballs.inOrder(addresses(given))).isEqualTo(addresses(expected));
    }

    @Test
    void theOrderKeepsEveryAddressOnceAndWithinAFamilyTheOrderGiven() {
        long seed = new Random().nextLong();
        System.out.println("seed " + seed);
        var random = new Random(seed);
        for (int round = 0; round < 1000; round++) {
            var given = new ArrayList<InetSocketAddress>();
            for (int i = random.nextInt(8); i >= 0; i--) {
                given.addAll(addresses(random.nextBoolean() ? "10.0.0." + i : "fd00::" + i));
            }
            Collections.shuffle(given, random);
            var order = HappyEyeballs.inOrder(given);
            assertThat(order).containsExactlyInAnyOrderElementsOf(given);
            assertThat(order.getFirst()).isEqualTo(given.getFirst());
            for (int bytes : new int[]{4, 16}) {
                assertThat(ofLength(order, bytes)).isEqualTo(ofLength(given, bytes));
            }
        }
    }

    private static List<InetSocketAddress> ofLength(List<InetSocketAddress> addresses, int bytes) {
        return addresses.stream().filter(each -> each.getAddress().getAddress().length == bytes).toList();
    }
}
