package dev.verdant.green.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class WaiterTest {

    @Test
    void whoIsLateForAReceiptDoesNotKeepTheNextFromBeingTold() throws Exception {
        var getter = new Waiter(null);
        int first = getter.receipts();
        assertThat(getter.receive()).isNull();
        int second = getter.receipts();
        var giver = Thread.ofPlatform().daemon().start(() -> Waiter.awaitReceipt(getter, second, "a receipt", -1));
        while (giver.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        // The one who gave first has found that it was not received yet, and begins to wait only now.
        assertThat(getter.willReceive(first)).isFalse();
        assertThat(getter.receive()).isNull();
        assertThat(giver.join(Duration.ofSeconds(30))).isTrue();
    }
}
