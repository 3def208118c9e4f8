package dev.verdant.hub.epoll;

import dev.verdant.hub.HubProvider;
import dev.verdant.testkit.HubContract;

class EpollHubContractTest extends HubContract {

    @Override
    protected HubProvider provider() {
        return new EpollHubProvider();
    }
}
