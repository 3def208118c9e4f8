package broken.verdant.hub;

import org.assertj.core.api.Assertions;

/** An SPI that pulls in a library, and sleeps. */
public class BrokenHub {

    public Object library() throws InterruptedException {
        Thread.sleep(1);
        return Assertions.class;
    }
}
