package dev.verdant.rules;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchRule;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The rules, for a tree of packages. The real one is {@code dev.verdant}; a broken twin of it proves that each rule can fail.
 */
final class HouseRules {

    /**
     * On a thread that is on no loop there is no hub, the watch looks at loops from outside, and the keys of tickets are shared by all loops: the JDK's clock
     * is theirs.
     */
    private static final Set<String> OFF_EVERY_LOOP = Set.of("Watch", "Waiter", "Pollable", "Loop",
            "Offload", "TicketKeys", "TurnRecord");

    /** The choice of TLS engine: all that knows where BoringSSL comes from. */
    private static final Set<String> BORINGSSL = Set.of("BoringSsl", "TicketKeys");

    /** What of the HTTP server is loaded with TLS only, and the builder by which one asks for it. */
    private static final Set<String> KNOW_TLS = Set.of("TlsTransport", "ConfiguredTls", "HttpService");

    /** What runs on a loop's own thread. {@code Loop} is both sides of the fence, so it is looked at by its methods in a test of its own. */
    private static final Set<String> ON_THE_LOOPS_THREAD = Set.of("Timers", "Timer", "ReadyQueue", "LoopScheduler",
            "LoopThread", "Fibers", "TurnRecord");

    /** The flight recorder's events that the loop's own thread commits. */
    private static final Set<String> COMMITTED_BY_THE_LOOPS_THREAD = Set.of("LongTurnEvent", "SwitchEvent");

    private final String root;

    HouseRules(String root) {
        this.root = root;
    }

    private String in(String room) {
        return root + "." + room + "..";
    }

    /** All rules, by a short name. */
    Map<String, ArchRule> all() {
        var rules = new LinkedHashMap<String, ArchRule>();
        rules.put("hubs know nothing of green code", hubsKnowNothingOfGreenCode());
        rules.put("hub-api knows only the JDK", hubApiKnowsOnlyTheJdk());
        rules.put("hubs do not know each other", hubsDoNotKnowEachOther());
        rules.put("only native hubs import Netty", onlyNativeHubsImportNetty());
        rules.put("the kernel knows only spi and hubs", kernelKnowsOnlySpiAndHubs());
        rules.put("spi knows only hubs", spiKnowsOnlyHubs());
        rules.put("green knows only what is below", greenKnowsOnlyWhatIsBelow());
        rules.put("I/O never imports pools", ioNeverImportsPools());
        rules.put("sockets know nothing of pipes", socketsKnowNothingOfPipes());
        rules.put("TLS knows sockets, not what they are made of", tlsKnowsSockets());
        rules.put("the hook into name look-ups knows only the JDK", namesHookKnowsOnlyTheJdk());
        rules.put("HTTP knows sockets, pools and TLS, not what they are made of", httpKnowsSocketsAndPools());
        rules.put("HTTP does without TLS where nobody asks for it", httpDoesWithoutTls());
        rules.put("pools and queues never import I/O or hubs", poolsNeverImportIoOrHubs());
        rules.put("the kernel is used inside its module only", kernelIsUsedInsideItsModuleOnly());
        rules.put("packages have no cycles", packagesHaveNoCycles());
        rules.put("one class touches JDK internals", oneClassTouchesJdkInternals());
        rules.put("JCTools only through queues.atomic", jctoolsOnlyThroughAtomic());
        rules.put("time is read through the hub", timeIsReadThroughTheHub());
        rules.put("nobody calls Thread.sleep", nobodySleepsInTheJdk());
        rules.put("the loop's thread neither blocks nor interrupts", loopsThreadNeitherBlocksNorInterrupts());
        rules.put("the loop's thread records no strings", loopsThreadRecordsNoStrings());
        rules.put("only the kernel knows the flight recorder", onlyTheKernelKnowsTheFlightRecorder());
        rules.put("packages are null-marked", packagesAreNullMarked());
        rules.put("nothing prints", nothingPrints());
        return rules;
    }

    ArchRule hubsKnowNothingOfGreenCode() {
        return noClasses().that().resideInAPackage(in("hub")).should().dependOnClassesThat()
                .resideInAPackage(in("green"))
                .because("a hub must run under any loop, and be tested without one");
    }

    ArchRule hubApiKnowsOnlyTheJdk() {
        return classes().that().resideInAPackage(root + ".hub").should()
                .onlyDependOnClassesThat(
                        resideInAnyPackage("java..", "javax..", "org.jspecify..").or(resideInAPackage(root + ".hub")))
                .because("everything stands on the SPI, and what it pulled in everything would pull in");
    }

    ArchRule hubsDoNotKnowEachOther() {
        return slices().matching(root + ".hub.(*)..").should().notDependOnEachOther()
                .ignoreDependency(resideInAnyPackage(root + ".hub.epoll..", root + ".hub.kqueue.."),
                        resideInAPackage(root + ".hub.unix.."))
                .because(
                        "a jar taken off the classpath must take nothing else with it; unix is what epoll and kqueue share")
                .allowEmptyShould(true);
    }

    ArchRule onlyNativeHubsImportNetty() {
        return noClasses().that().resideInAPackage(root + "..").and()
                .resideOutsideOfPackages(in("hub.unix"), in("hub.epoll"), in("hub.kqueue"), in("benchmarks"))
                .and(not(resideInAPackage(in("green.ssl")).and(simpleNameIn(BORINGSSL)))).should()
                .dependOnClassesThat()
                .resideInAPackage("io.netty..")
                .because(
                        "whoever takes the NIO hub gets no Netty, and Netty can be replaced in three rooms and the choice of TLS engine");
    }

    ArchRule kernelKnowsOnlySpiAndHubs() {
        return dependsOnlyOn("green.kernel", "green.kernel", "green.spi", "hub")
                .because("the kernel is what everything else is written on, and knows none of it");
    }

    ArchRule spiKnowsOnlyHubs() {
        return dependsOnlyOn("green.spi", "green.spi", "hub")
                .because("tools and test-kits must not be tied to how the loop is built");
    }

    private ArchRule dependsOnlyOn(String room, String... rooms) {
        DescribedPredicate<JavaClass> ours = resideInAPackage(root + "..");
        for (String allowed : rooms) {
            ours = ours
                    .and(not(allowed.equals("hub") ? resideInAPackage(root + ".hub") : resideInAPackage(in(allowed))));
        }
        return noClasses().that().resideInAPackage(in(room)).should().dependOnClassesThat(ours);
    }

    ArchRule greenKnowsOnlyWhatIsBelow() {
        return noClasses().that().resideInAPackage(root + ".green").should().dependOnClassesThat()
                .resideInAnyPackage(in("green.net"), in("green.pool"), in("green.sync"), in("green.queue"),
                        in("green.io"), in("green.stream"),
                        in("green.patch"), in("green.ssl"), in("green.http"), in("testkit"))
                .because("sockets and pools are written on green threads, not the other way round");
    }

    ArchRule ioNeverImportsPools() {
        return noClasses().that().resideInAnyPackage(in("green.net"), in("green.io"), in("green.stream")).should()
                .dependOnClassesThat()
                .resideInAnyPackage(in("green.pool"), in("green.queue"))
                .because("a limit on green threads is the caller's choice, not a socket's");
    }

    ArchRule socketsKnowNothingOfPipes() {
        return noClasses().that().resideInAPackage(in("green.net")).should().dependOnClassesThat()
                .resideInAnyPackage(in("green.io"), in("green.stream"), in("green.patch"))
                .because("pipes and processes are written beside sockets, and who only wants sockets meets neither");
    }

    ArchRule tlsKnowsSockets() {
        return noClasses().that().resideInAPackage(in("green.ssl")).should().dependOnClassesThat()
                .resideInAnyPackage(in("green.kernel"), in("green.pool"), in("green.queue"), in("hub"), in("testkit"))
                .because("TLS is a user of green sockets, in a jar of its own");
    }

    ArchRule namesHookKnowsOnlyTheJdk() {
        return classes().that().resideInAPackage(in("green.dns")).should()
                .onlyDependOnClassesThat(
                        resideInAnyPackage("java..", "org.jspecify..").or(resideInAPackage(in("green.dns"))))
                .because("the JDK loads it wherever it finds it, and there may be nothing else of ours there");
    }

    ArchRule httpKnowsSocketsAndPools() {
        return noClasses().that().resideInAPackage(in("green.http")).should().dependOnClassesThat()
                .resideInAnyPackage(in("green.kernel"), in("green.spi"), in("hub"), in("testkit"))
                .because("a server is written on what every user has: who wants another one must be able to write it");
    }

    ArchRule httpDoesWithoutTls() {
        return noClasses().that().resideInAPackage(in("green.http")).and(not(simpleNameIn(KNOW_TLS))).should()
                .dependOnClassesThat().resideInAPackage(in("green.ssl"))
                .because("the jar of TLS may be missing, and then nobody may meet its classes unasked");
    }

    ArchRule poolsNeverImportIoOrHubs() {
        return noClasses().that().resideInAnyPackage(in("green.pool"), in("green.queue"), in("green.sync")).should()
                .dependOnClassesThat()
                .resideInAnyPackage(in("green.net"), in("green.io"), in("green.stream"), in("hub"))
                .because("pools and queues order green threads and know nothing of what these do");
    }

    ArchRule kernelIsUsedInsideItsModuleOnly() {
        return noClasses().that().resideInAPackage(root + "..").and()
                .haveNameNotMatching(Pattern.quote(root) + "\\.green\\.(?!ssl\\.|http\\.|dns\\.).*").should()
                .dependOnClassesThat()
                .resideInAPackage(in("green.kernel")).because("the kernel changes whenever that makes it better");
    }

    ArchRule packagesHaveNoCycles() {
        return slices().matching(root + ".(**)").should().beFreeOfCycles()
                .because("what depends on each other cannot be understood alone");
    }

    ArchRule oneClassTouchesJdkInternals() {
        DescribedPredicate<JavaAccess<?>> opens = new DescribedPredicate<>("open what is closed") {
            @Override
            public boolean test(JavaAccess<?> access) {
                return access.getTarget().getName().equals("privateLookupIn")
                        || access.getTarget().getName().equals("setAccessible")
                        || access.getTarget().getName().equals("implAddOpens");
            }
        };
        return noClasses().that().resideInAPackage(root + "..").and().doNotHaveSimpleName("JdkInternals").should()
                .accessTargetWhere(opens).orShould()
                .dependOnClassesThat().resideInAnyPackage("sun..", "jdk.internal..")
                .because("a later JDK's public API is to take the place of one class");
    }

    ArchRule jctoolsOnlyThroughAtomic() {
        return noClasses().that().resideInAPackage(root + "..").should()
                .dependOnClassesThat(
                        resideInAPackage("org.jctools..").and(not(resideInAPackage("org.jctools.queues.atomic.."))))
                .because("the other queues use Unsafe, and the JDK warns of that on standard error");
    }

    ArchRule timeIsReadThroughTheHub() {
        DescribedPredicate<JavaAccess<?>> clock = new DescribedPredicate<>("read the JDK's clock") {
            @Override
            public boolean test(JavaAccess<?> access) {
                String owner = access.getTargetOwner().getName();
                String name = access.getTarget().getName();
                return owner.equals("java.lang.System") && (name.equals("nanoTime") || name.equals("currentTimeMillis"))
                        || owner.equals("java.time.Instant") && name.equals("now")
                        || owner.equals("java.time.Clock") && name.startsWith("system");
            }
        };
        return noClasses().that().resideInAPackage(in("green")).and(not(simpleNameIn(OFF_EVERY_LOOP))).should()
                .accessTargetWhere(clock)
                .because("a hub can make time virtual only if all time is its own");
    }

    ArchRule nobodySleepsInTheJdk() {
        DescribedPredicate<JavaAccess<?>> sleep = new DescribedPredicate<>("call Thread.sleep") {
            @Override
            public boolean test(JavaAccess<?> access) {
                return access.getTargetOwner().getName().equals("java.lang.Thread")
                        && access.getTarget().getName().equals("sleep");
            }
        };
        return noClasses().that().resideInAPackage(root + "..").should().accessTargetWhere(sleep)
                .because("its clock is the JDK's, which no test can turn");
    }

    ArchRule loopsThreadNeitherBlocksNorInterrupts() {
        return noClasses()
                .that(simpleNameIn(ON_THE_LOOPS_THREAD).and(resideInAPackage(in("green.kernel")))
                        .or(resideInAPackage(in("hub"))))
                .should()
                .accessTargetWhere(blockingCall())
                .because(
                        "a loop's own thread that waits is waited for by every green thread, and an interrupt closes channels in the interrupter");
    }

    ArchRule loopsThreadRecordsNoStrings() {
        return noFields().that().areDeclaredInClassesThat(simpleNameIn(COMMITTED_BY_THE_LOOPS_THREAD)).should()
                .haveRawType(String.class)
                .because(
                        "the recorder keeps strings in a pool with a lock, which a green thread of another loop may hold");
    }

    ArchRule onlyTheKernelKnowsTheFlightRecorder() {
        return noClasses().that().resideInAPackage(root + "..").and().resideOutsideOfPackage(in("green.kernel"))
                .should().dependOnClassesThat().resideInAPackage("jdk.jfr..")
                .because("an event that is loaded before there is a recorder costs a quarter of a second");
    }

    private static DescribedPredicate<JavaAccess<?>> blockingCall() {
        Map<String, Set<String>> blocking = Map.of("java.lang.Thread", Set.of("interrupt", "join", "sleep"),
                "java.lang.Object", Set.of("wait"),
                "java.util.concurrent.locks.LockSupport", Set.of("park", "parkNanos", "parkUntil"),
                "java.util.concurrent.locks.Lock",
                Set.of("lock", "lockInterruptibly"), "java.util.concurrent.locks.ReentrantLock",
                Set.of("lock", "lockInterruptibly"),
                "java.util.concurrent.CountDownLatch", Set.of("await"), "java.util.concurrent.Future", Set.of("get"),
                "java.util.concurrent.BlockingQueue", Set.of("put", "take"), "java.lang.System$Logger", Set.of("log"));
        return new DescribedPredicate<>("block or interrupt") {
            @Override
            public boolean test(JavaAccess<?> access) {
                return blocking.getOrDefault(access.getTargetOwner().getName(), Set.of())
                        .contains(access.getTarget().getName());
            }
        };
    }

    ArchRule packagesAreNullMarked() {
        return classes().that().haveSimpleName("package-info").should()
                .beAnnotatedWith("org.jspecify.annotations.NullMarked")
                .because("null is said where it can be, and nowhere else");
    }

    ArchRule nothingPrints() {
        return noClasses().that().resideInAPackage(root + "..").and()
                .resideOutsideOfPackages(in("examples"), in("benchmarks"))
                .and(not(simpleNameIn(Set.of("ShutdownStops"))))
                .should()
                .accessField(System.class, "err").orShould().accessField(System.class, "out").orShould()
                .callMethod(Throwable.class, "printStackTrace")
                .because(
                        "what a library has to say it says to the logger, unless it speaks in a shutdown hook, when loggers are closed");
    }

    /** Matches classes of these names, and what is nested in them. */
    private static DescribedPredicate<JavaClass> simpleNameIn(Set<String> names) {
        return new DescribedPredicate<>("are named " + names) {
            @Override
            public boolean test(JavaClass each) {
                String name = each.getName().substring(each.getPackageName().length() + 1);
                int nested = name.indexOf('$');
                return names.contains(nested < 0 ? name : name.substring(0, nested));
            }
        };
    }
}
