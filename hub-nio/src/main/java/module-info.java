/**
 * A hub on {@code java.nio.channels.Selector}, which runs wherever Java does.
 */
module dev.verdant.hub.nio {
    requires transitive dev.verdant.hub;
    requires static org.jspecify;

    provides dev.verdant.hub.HubProvider with dev.verdant.hub.nio.NioHubProvider;

    exports dev.verdant.hub.nio;
}
