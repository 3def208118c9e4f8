package dev.verdant.hub.nio;

import dev.verdant.hub.HubProvider;
import dev.verdant.testkit.FaultyHub;
import dev.verdant.testkit.HubContract;

/** A faulty hub without a fault is as good as the one underneath. */
class NioFaultyContractTest extends HubContract {

    @Override
    protected HubProvider provider() {
        return PROVIDER;
    }

    private static final FaultyHub PROVIDER = new FaultyHub(new NioHubProvider());
}
