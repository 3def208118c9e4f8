package broken.verdant.green.ssl;

import broken.verdant.green.kernel.BrokenKernel;

/** TLS that reaches below sockets. */
public class BrokenSsl {

    BrokenKernel below;
}
