package dev.verdant.hub.nio;

import dev.verdant.hub.HubProvider;
import dev.verdant.testkit.HubContract;

class NioHubContractTest extends HubContract {

    @Override
    protected HubProvider provider() {
        return new NioHubProvider();
    }
}
