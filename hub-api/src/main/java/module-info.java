/**
 * The service-provider interface between Verdant's green core and the pollers beneath it.
 */
module dev.verdant.hub {
    requires static transitive org.jspecify;

    exports dev.verdant.hub;

    uses dev.verdant.hub.HubProvider;
}
