package dev.verdant.green.ssl;

import io.netty.handler.ssl.OpenSslSessionContext;
import io.netty.handler.ssl.OpenSslSessionTicketKey;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The keys under which a server of BoringSSL's hides sessions in tickets. Who steals one can read what was sent under it, where the version is 1.2, so
 * they are random, kept in memory alone, and replaced by and by.
 */
final class TicketKeys {

    /** Tickets of the last key but one are refused, so that a key lives for twice as long, and a day in all. */
    private static final long LIFE = Duration.ofHours(12).toNanos();

    private static final SecureRandom RANDOM = new SecureRandom();

    private final OpenSslSessionContext sessions;
    private final AtomicLong madeAt = new AtomicLong(System.nanoTime());
    private OpenSslSessionTicketKey current = fresh();

    TicketKeys(OpenSslSessionContext sessions) {
        this.sessions = sessions;
        sessions.setTicketKeys(current);
    }

    /** Makes a new key if it is time. */
    void rotate() {
        long made = madeAt.get();
        long now = System.nanoTime();
        // One caller makes the new key; the next has half a day to see it.
        if (now - made >= LIFE && madeAt.compareAndSet(made, now)) {
            OpenSslSessionTicketKey old = current;
            current = fresh();
            sessions.setTicketKeys(current, old);
        }
    }

    private static OpenSslSessionTicketKey fresh() {
        byte[] name = new byte[OpenSslSessionTicketKey.NAME_SIZE];
        byte[] hmac = new byte[OpenSslSessionTicketKey.HMAC_KEY_SIZE];
        byte[] aes = new byte[OpenSslSessionTicketKey.AES_KEY_SIZE];
        RANDOM.nextBytes(name);
        RANDOM.nextBytes(hmac);
        RANDOM.nextBytes(aes);
        return new OpenSslSessionTicketKey(name, hmac, aes);
    }
}
