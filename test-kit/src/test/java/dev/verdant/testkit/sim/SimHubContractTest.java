package dev.verdant.testkit.sim;

import dev.verdant.hub.HubProvider;
import dev.verdant.testkit.HubContract;

class SimHubContractTest extends HubContract {

    private final World world = new World(1);

    @Override
    protected HubProvider provider() {
        return world.provider();
    }
}
