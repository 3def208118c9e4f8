package broken.verdant.green.net;

import broken.verdant.green.io.BrokenIo;
import broken.verdant.green.pool.BrokenPool;
import jdk.jfr.FlightRecorder;

/** Sockets that know pools, pipes and the flight recorder. */
public class BrokenNet {

    BrokenPool pool;
    BrokenIo pipes;
    FlightRecorder recorder;
}
