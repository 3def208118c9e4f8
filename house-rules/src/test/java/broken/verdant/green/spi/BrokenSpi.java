package broken.verdant.green.spi;

import broken.verdant.green.kernel.BrokenKernel;

/** An interface for tools that is tied to the kernel. */
public class BrokenSpi {

    BrokenKernel kernel;
}
