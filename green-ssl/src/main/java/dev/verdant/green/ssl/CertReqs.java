package dev.verdant.green.ssl;

/** What is asked of the peer's certificate. */
public enum CertReqs {

    /**
     * Nothing. A server asks for none. A client takes whatever the server shows: what is sent is hidden from who listens, but not from who pretends to be
     * the server.
     */
    NONE,

    /** A server asks for one and goes on without; one that is shown must be trusted. For a client this is {@link #REQUIRED}, as every server shows one. */
    OPTIONAL,

    /** There must be one, and it must be trusted. */
    REQUIRED
}
