package broken.verdant.green.kernel;

import jdk.jfr.Event;

/** An event of the loop's own thread that needs the recorder's pool of strings. */
public class LongTurnEvent extends Event {

    String loop = "";
}
