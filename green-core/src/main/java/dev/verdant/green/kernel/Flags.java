package dev.verdant.green.kernel;

/** What else would be a flag of the JVM's. */
public final class Flags {

    private Flags() {}

    /**
     * Allows classes of the class path to call native code, as {@code --enable-native-access=ALL-UNNAMED} does. The JDK would warn of it on standard error. Any thread.
     *
     * @throws IllegalStateException if {@code java.lang} is not opened
     */
    public static void allowNativeCode() {
        JdkInternals.check();
        JdkInternals.allowNativeCode();
    }
}
