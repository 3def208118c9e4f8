package broken.verdant.green.io;

import broken.verdant.green.pool.BrokenPool;

/** Pipes that know pools. */
public class BrokenIo {

    BrokenPool pool;
}
