package broken.verdant.green.dns;

import broken.verdant.green.kernel.BrokenKernel;

/** A hook into the JDK that knows what hooks in. */
public class BrokenDns {

    BrokenKernel below;
}
