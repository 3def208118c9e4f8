/**
 * What tests stand on: the contract that every hub meets.
 */
module dev.verdant.testkit {
    requires transitive dev.verdant.green;
    requires transitive dev.verdant.hub;
    requires transitive org.junit.jupiter.api;
    requires org.assertj.core;
    requires static org.jspecify;

    exports dev.verdant.testkit;

    opens dev.verdant.testkit to
            org.junit.platform.commons;
}
