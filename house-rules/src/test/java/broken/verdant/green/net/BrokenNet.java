package broken.verdant.green.net;

import broken.verdant.green.pool.BrokenPool;

/** Sockets that know pools. */
public class BrokenNet {

    BrokenPool pool;
}
