package dev.verdant.testkit.sim;

import dev.verdant.hub.HubProvider;
import dev.verdant.testkit.HubContract;
import dev.verdant.testkit.faulty.FaultyHub;

/** What stands around a simulated hub passes on its clock, holds and names. */
class SimFaultyHubContractTest extends HubContract {

    private final FaultyHub provider = new FaultyHub(new World(1).provider());

    @Override
    protected HubProvider provider() {
        return provider;
    }
}
