package dev.verdant.green.ssl;

/** Who does the cryptography. */
public enum Engine {

    /** The JDK's own, which is always there. */
    JDK("jdk"),

    /** BoringSSL, through Netty's {@code tcnative}: several times as fast, and there only if its jars are on the class path. */
    BORINGSSL("boringssl");

    private final String id;

    Engine(String id) {
        this.id = id;
    }

    /** Its name in the property {@code verdant.tls}. */
    String id() {
        return id;
    }
}
