package dev.verdant.hub;

/**
 * No hub can be had: the one that was asked for is unknown or unusable here, or none is on the classpath. The message lists every provider
 * found and why each cannot be used.
 */
public final class HubUnavailableException extends IllegalStateException {

    private static final long serialVersionUID = 1L;

    HubUnavailableException(String message) {
        super(message);
    }
}
