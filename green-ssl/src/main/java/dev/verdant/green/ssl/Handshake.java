package dev.verdant.green.ssl;

import dev.verdant.green.Green;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.security.GeneralSecurityException;
import java.security.cert.Certificate;
import java.time.Duration;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;

/**
 * The first handshake of a connection, and its time. One thread takes its steps; if that one's own time has passed, another may take them up where they were
 * left. If they end in any other way, the engine is of no more use, and the caller closes the connection.
 */
final class Handshake {

    /** How many records are heard in one turn: a peer may have sent any number, each of which says nothing. */
    private static final int MOST_AT_ONCE = 32;

    private final SSLEngine ssl;
    private final TlsEngine engine;
    private final Incoming incoming;
    private final Outgoing outgoing;
    private final Uses uses;
    private final long nanos;
    private final Object name;

    /** Runs from the first call on. */
    private @Nullable Limit own;

    private boolean begun;

    /**
     * Creates one that has not begun.
     *
     * @param uses the connection's, which the caller has entered whenever he calls this
     * @param nanos its time, less than 0 for ever
     * @param name the socket, for messages
     */
    Handshake(TlsEngine engine, Incoming incoming, Outgoing outgoing, Uses uses, long nanos, Object name) {
        this.ssl = engine.ssl();
        this.engine = engine;
        this.incoming = incoming;
        this.outgoing = outgoing;
        this.uses = uses;
        this.nanos = nanos;
        this.name = name;
    }

    /**
     * Takes all the steps that are left.
     *
     * @param caller what the caller's time is, besides the handshake's own
     * @return true if the peer has said goodbye right behind it
     * @throws java.net.SocketTimeoutException if one of the two times has passed
     * @throws SSLException if the two ends do not agree; the peer has been told if that could be done at once
     * @throws IOException if the connection is broken or closed
     * @throws InterruptedException if a user interrupted a wait
     */
    boolean shake(Limit caller) throws IOException, InterruptedException {
        Limit mine = own;
        if (mine == null) {
            mine = new Limit(nanos, "The TLS handshake has taken its time");
            own = mine;
        }
        try {
            boolean ended = step(mine.or(caller), mine);
            requirePeer();
            return ended;
        } catch (SSLException e) {
            if (Green.isDelivered(e)) {
                throw e;
            }
            outgoing.sayWhatIsWrong();
            incoming.discardUnread();
            throw withReason(e);
        }
    }

    /** Tells whether its own time has passed, so that nobody can take it up again. */
    boolean isOver() {
        return own != null && own.isOver();
    }

    SSLHandshakeException tookTooLong() {
        return new SSLHandshakeException(
                "The TLS handshake of " + name + " was not done within " + Duration.ofNanos(nanos).toMillis() + " ms");
    }

    private boolean step(Limit limit, Limit mine) throws IOException, InterruptedException {
        boolean ended = !begun && compute(limit);
        boolean heard = false;
        while (!ended) {
            switch (ssl.getHandshakeStatus()) {
                case NEED_TASK -> {
                    EngineTask.runAll(ssl, uses, mine);
                    if (limit.isOver()) {
                        throw limit.timeout();
                    }
                }
                case NEED_WRAP -> ended = compute(limit);
                case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> {
                    outgoing.send(limit);
                    if (heard && limit.isOver()) {
                        throw limit.timeout(); // Somebody who always has a little more to say would never have to be waited for.
                    }
                    listen(limit);
                    heard = true;
                    ended = compute(limit);
                }
                case FINISHED, NOT_HANDSHAKING -> {
                    outgoing.send(limit);
                    return false;
                }
            }
        }
        return true;
    }

    private void listen(Limit limit) throws IOException {
        if (incoming.isStarved() && incoming.await(limit) < 0) {
            throw endedBy(new EOFException("The stream has ended"));
        }
    }

    /**
     * Has the engine say and hear what it can without help: when it is this handshake's turn on the loop.
     *
     * @return true if the peer has said goodbye right behind the handshake, which BoringSSL's engine takes for one step
     */
    private boolean compute(Limit limit) throws IOException, InterruptedException {
        HandshakeTurn turn = takeTurn(limit);
        try {
            if (!begun) {
                begun = true;
                ssl.beginHandshake();
            }
            int heard = 0;
            while (true) {
                switch (ssl.getHandshakeStatus()) {
                    case NEED_WRAP -> say();
                    case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> {
                        if (incoming.isStarved() || outgoing.isPending() || heard++ == MOST_AT_ONCE) {
                            return false;
                        }
                        if (hear()) {
                            return true;
                        }
                    }
                    default -> {
                        return false;
                    }
                }
            }
        } finally {
            if (turn != null) {
                turn.end();
            }
        }
    }

    private @Nullable HandshakeTurn takeTurn(Limit limit) throws IOException, InterruptedException {
        HandshakeTurn turn = HandshakeTurn.ofCaller();
        if (turn == null) {
            return null;
        }
        if (turn.isTaken()) {
            incoming.shelve(); // Hundreds may be in line.
        }
        if (!turn.take(limit)) {
            throw limit.timeout();
        }
        if (uses.hasEnded()) {
            turn.end();
            throw new SocketException("Socket closed");
        }
        return turn;
    }

    private void say() throws SSLException {
        SSLEngineResult said;
        do {
            said = outgoing.wrap();
            if (said.getStatus() == Status.CLOSED) {
                throw endedBy(null);
            }
            // BoringSSL's engine throws only here what it has just made an alert of, and says nowhere else that there is more to come.
        } while (said.getHandshakeStatus() == HandshakeStatus.NEED_WRAP);
    }

    private boolean hear() throws SSLException {
        SSLEngineResult heard = incoming.unwrap(null);
        if (engine.isEnd(heard)) {
            if (heard.getHandshakeStatus() == HandshakeStatus.FINISHED) {
                return true;
            }
            throw endedBy(null);
        }
        if (engine.hasRefused(heard)) {
            outgoing.sayWhatIsWrong();
            throw engine.refusal();
        }
        return false;
    }

    private static SSLHandshakeException endedBy(@Nullable IOException cause) {
        var e = new SSLHandshakeException("The peer closed the connection during the TLS handshake");
        if (cause != null) {
            e.initCause(cause);
        }
        return e;
    }

    /** BoringSSL resumes a session without a certificate even where one is needed, if it began where none was. */
    private void requirePeer() throws SSLException {
        if (ssl.getUseClientMode() || !ssl.getNeedClientAuth()) {
            return;
        }
        try {
            Certificate[] _ = ssl.getSession().getPeerCertificates();
        } catch (SSLPeerUnverifiedException e) {
            var refused = new SSLHandshakeException(
                    "The client resumed a session that had no certificate of its, and one is needed");
            refused.initCause(e);
            throw refused;
        }
    }

    /** BoringSSL's engine hides in the cause why a certificate was refused. */
    private static SSLException withReason(SSLException e) {
        Throwable cause = e.getCause();
        return cause instanceof GeneralSecurityException ? new SSLHandshakeException(cause.getMessage(), e) : e;
    }
}
