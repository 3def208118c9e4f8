package dev.verdant.testkit.agent;

import org.jspecify.annotations.Nullable;

/** Knows which methods of the JDK bring in what does not follow from a seed, and what to use instead. */
final class Outside {

    /** What is said of a thread that is started. */
    static final String STARTS_THREAD = "starts a platform thread (use Green.spawn, or take a hold first)";

    /** What is said of who asks for threads. */
    static final String MAKES_THREADS = "makes platform threads by Thread.ofPlatform (use Green.spawn, or take a hold first)";

    private static final String RANDOM = " (use simulation.random())";

    private Outside() {}

    /**
     * Tells what is to be said of a call.
     *
     * @param owner the internal name of the class that the call names
     * @return null if nothing
     */
    static @Nullable String whatOf(String owner, String name, String descriptor) {
        if (isClock(owner, name, descriptor)) {
            return "reads the machine's clock by " + shown(owner, name)
                    + (name.equals("nanoTime")
                            ? " (use Green.nanoTime())"
                            : " (use simulation.wallClock(), or Green.nanoTime())");
        }
        return isRandom(owner, name, descriptor) ? "takes chance from outside by " + shown(owner, name) + RANDOM : null;
    }

    /** A clock that is given is somebody else's affair. */
    private static boolean isClock(String owner, String name, String descriptor) {
        return switch (owner) {
            case "java/lang/System" -> name.equals("nanoTime") || name.equals("currentTimeMillis");
            case "java/time/Clock" ->
                name.startsWith("system") || name.startsWith("tick") && descriptor.startsWith("(Ljava/time/ZoneId;)");
            case "java/time/InstantSource" -> name.equals("system");
            case "java/util/Date", "java/util/GregorianCalendar" ->
                name.equals("<init>") && descriptor.equals("()V");
            case "java/util/Calendar" -> name.equals("getInstance");
            default -> owner.startsWith("java/time/") && name.equals("now")
                    && !descriptor.startsWith("(Ljava/time/Clock;)");
        };
    }

    private static boolean isRandom(String owner, String name, String descriptor) {
        return switch (owner) {
            case "java/lang/Math", "java/lang/StrictMath" -> name.equals("random");
            case "java/util/UUID" -> name.equals("randomUUID");
            case "java/util/concurrent/ThreadLocalRandom" -> name.equals("current");
            case "java/util/Random", "java/util/SplittableRandom" ->
                name.equals("<init>") && descriptor.equals("()V");
            case "java/security/SecureRandom" -> name.equals("<init>") || name.startsWith("getInstance");
            case "java/util/random/RandomGenerator" -> name.equals("getDefault") || name.equals("of");
            case "java/util/Collections" -> name.equals("shuffle") && descriptor.equals("(Ljava/util/List;)V");
            default -> false;
        };
    }

    private static String shown(String owner, String name) {
        String type = owner.substring(owner.lastIndexOf('/') + 1);
        return name.equals("<init>") ? "new " + type : type + "." + name;
    }

    /** Whether it may be {@code Thread.start()}, of that class or of one that is derived from it. */
    static boolean mayStartThread(String name, String descriptor) {
        return name.equals("start") && descriptor.equals("()V");
    }

    static boolean makesPlatformThreads(String owner, String name) {
        return owner.equals("java/lang/Thread") && name.equals("ofPlatform");
    }
}
