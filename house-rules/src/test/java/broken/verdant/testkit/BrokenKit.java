package broken.verdant.testkit;

import broken.verdant.green.kernel.BrokenKernel;

/** A test-kit that reaches into the kernel. */
public class BrokenKit {

    BrokenKernel kernel;
}
