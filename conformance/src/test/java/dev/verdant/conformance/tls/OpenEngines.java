package dev.verdant.conformance.tls;

import dev.verdant.green.ssl.Engine;
import dev.verdant.green.ssl.SslOptions;
import io.netty.util.ReferenceCounted;
import java.lang.reflect.Field;

/** How many engines of BoringSSL's live: each holds its context. The JDK's need no release. */
final class OpenEngines {

    private OpenEngines() {}

    static int of(SslOptions options) {
        if (options.engine() != Engine.BORINGSSL) {
            return 0;
        }
        return ((ReferenceCounted) field(field(options, "context"), "context")).refCnt() - 1;
    }

    private static Object field(Object of, String name) {
        try {
            Field field = of.getClass().getDeclaredField(name);
            field.setAccessible(true);
            return field.get(of);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("Netty or green-ssl names it otherwise now", e);
        }
    }
}
