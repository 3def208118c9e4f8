package dev.verdant.hub.nio;

import dev.verdant.hub.HubProvider;
import dev.verdant.testkit.HubContract;
import dev.verdant.testkit.faulty.FaultyHub;

/** Whoever keeps to the SPI survives transfers that are cut short. */
class NioShortTransfersContractTest extends HubContract {

    /** In bytes: more than the tests take for granted in one call, less than any buffer of the operating system. */
    private static final int MOST = 16_000;

    private static final FaultyHub PROVIDER = cut(new FaultyHub(new NioHubProvider()));

    private static FaultyHub cut(FaultyHub hub) {
        hub.faults().cutReads(MOST);
        hub.faults().cutWrites(MOST);
        return hub;
    }

    @Override
    protected HubProvider provider() {
        return PROVIDER;
    }
}
