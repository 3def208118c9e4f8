package broken.verdant.green.pool;

import broken.verdant.green.BrokenGreen;
import broken.verdant.hub.BrokenHub;

/** Pools that know hubs, in a circle of packages. */
public class BrokenPool {

    BrokenHub hub;
    BrokenGreen back;
}
