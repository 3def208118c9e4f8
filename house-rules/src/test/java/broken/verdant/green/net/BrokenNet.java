package broken.verdant.green.net;

import broken.verdant.green.io.BrokenIo;
import broken.verdant.green.pool.BrokenPool;

/** Sockets that know pools, and pipes. */
public class BrokenNet {

    BrokenPool pool;
    BrokenIo pipes;
}
