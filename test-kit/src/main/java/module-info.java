/**
 * What tests stand on: simulations of networked programs that are run from a seed, tests on real hubs, and the contract that every hub meets.
 */
module dev.verdant.testkit {
    requires transitive dev.verdant.green;
    requires transitive dev.verdant.hub;
    requires transitive org.junit.jupiter.api;
    requires java.instrument;
    requires org.assertj.core;
    requires static org.jspecify;

    exports dev.verdant.testkit;
    exports dev.verdant.testkit.faulty;

    // SimulatedNames is found on the class path only: a JDK 17, whose jar tool reads this file in the build, does not know what it provides.

    opens dev.verdant.testkit to
            org.junit.platform.commons;
    opens dev.verdant.testkit.contract to
            org.junit.platform.commons;
}
