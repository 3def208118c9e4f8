package broken.verdant.green.http;

import broken.verdant.green.kernel.BrokenKernel;
import broken.verdant.green.ssl.BrokenSsl;

/** A server that reaches below sockets, and cannot be loaded without TLS. */
public class BrokenHttp {

    BrokenKernel below;
    BrokenSsl always;
}
