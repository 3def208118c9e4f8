package broken.verdant.green.kernel;

import broken.verdant.green.BrokenGreen;

/** A kernel that knows what is above it. */
public class BrokenKernel {

    BrokenGreen above;
}
