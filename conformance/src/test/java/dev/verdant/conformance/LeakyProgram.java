package dev.verdant.conformance;

import dev.verdant.green.GreenTask;
import dev.verdant.green.pool.NativePool;
import dev.verdant.testkit.Disturbances;
import dev.verdant.testkit.Simulation;
import dev.verdant.testkit.SimulationError;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Uses what does not follow from a seed in every way, each in a simulation of its own, and tells what those say of it. */
final class LeakyProgram {

    /** Derived from it, so that the call names another class than the JDK's. */
    private static final class Platform extends Thread {

        @Override
        public void run() {}
    }

    /** Is called what a thread's method is called. */
    private static final class NoThread {

        private int started;

        void start() {
            started++;
        }
    }

    private static final class Dice extends Random {

        private static final long serialVersionUID = 1;
    }

    private static final Map<String, GreenTask> USES = new LinkedHashMap<>();

    static {
        USES.put("nanoTime", () -> keep(System.nanoTime()));
        USES.put("currentTimeMillis", () -> keep(System.currentTimeMillis()));
        USES.put("Instant", () -> keep(Instant.now()));
        USES.put("LocalDate", () -> keep(LocalDate.now(ZoneId.of("UTC"))));
        USES.put("ZonedDateTime", () -> keep(ZonedDateTime.now(ZoneOffset.UTC)));
        USES.put("Clock", () -> keep(Clock.systemUTC()));
        USES.put("tick", () -> keep(Clock.tickMillis(ZoneOffset.UTC)));
        USES.put("InstantSource", () -> keep(InstantSource.system()));
        USES.put("Date", () -> keep(dateOfNow()));
        USES.put("Random", () -> keep(new Random()));
        USES.put("derived Random", () -> keep(new Dice()));
        USES.put("SplittableRandom", () -> keep(new SplittableRandom()));
        USES.put("ThreadLocalRandom", () -> keep(ThreadLocalRandom.current().nextInt()));
        USES.put("Math", () -> keep(Math.random()));
        USES.put("SecureRandom", () -> keep(new SecureRandom()));
        USES.put("UUID", () -> keep(UUID.randomUUID()));
        USES.put("shuffle", () -> keep(shuffled(null)));
        USES.put("reference", () -> {
            LongSupplier clock = System::nanoTime;
            keep(clock.getAsLong());
        });
        USES.put("reference to a constructor", () -> {
            Supplier<Random> source = Random::new;
            keep(source.get());
        });
        USES.put("Thread", () -> new Thread(() -> {}).start());
        USES.put("derived Thread", () -> new Platform().start());
        USES.put("ofPlatform", () -> Thread.ofPlatform().start(() -> {}));
        USES.put("branches", () -> keep(branches(List.of("a", "bb"))));
        USES.put("again", () -> {
            for (int i = 0; i < 1000; i++) {
                keep(System.nanoTime());
            }
        });
        USES.put("two places", () -> {
            keep(System.nanoTime());
            keep(System.nanoTime());
        });

        USES.put("none: given clock", () -> keep(Instant.now(Clock.fixed(Instant.EPOCH, ZoneOffset.UTC))));
        USES.put("none: given seed", () -> keep(new Random(1).nextInt()));
        USES.put("none: given source", () -> keep(shuffled(new Random(1))));
        USES.put("none: parsed", () -> keep(UUID.fromString("0-0-0-0-0")));
        USES.put("none: virtual thread", () -> Thread.ofVirtual().start(() -> {}).join());
        USES.put("none: virtual thread that is started later", () -> {
            Thread later = Thread.ofVirtual().unstarted(() -> {});
            later.start();
            later.join();
        });
        USES.put("none: no thread", () -> {
            var noThread = new NoThread();
            noThread.start();
            keep(noThread.started);
        });
        USES.put("none: under a hold", () -> {
            try (var _ = Simulation.current().hold()) {
                Thread.ofPlatform().start(() -> {}).join();
            }
        });
        USES.put("none: native thread", () -> keep(NativePool.execute(() -> System.nanoTime())));
    }

    /** What is inserted stands between branches, handlers and objects that are not made yet. */
    private static Object branches(List<String> of) {
        Object last = "nothing";
        for (String each : of) {
            try {
                last = each.length() > 1 ? new AtomicInteger(new Random().nextInt()) : Instant.now();
            } catch (IllegalStateException e) {
                last = e;
            } finally {
                keep(last);
            }
        }
        return last;
    }

    @SuppressWarnings("JavaUtilDate") // Programs do use it.
    private static Object dateOfNow() {
        return new Date();
    }

    private static List<Integer> shuffled(@Nullable Random source) {
        List<Integer> list = new ArrayList<>(List.of(1, 2, 3));
        if (source == null) {
            Collections.shuffle(list);
        } else {
            Collections.shuffle(list, source);
        }
        return list;
    }

    private static void keep(Object value) {
        if (value.toString().isEmpty()) {
            throw new IllegalStateException("a value without a text");
        }
    }

    private final List<String> said = new ArrayList<>();

    private LeakyProgram() {}

    public static void main(String[] args) throws Exception {
        run().forEach(System.out::println);
    }

    /** Returns what the simulations say. */
    static List<String> run() throws Exception {
        var program = new LeakyProgram();
        program.useAll();
        return program.said;
    }

    private void useAll() throws Exception {
        for (var each : USES.entrySet()) {
            var simulation = Simulation.seed(1);
            simulation.run(each.getValue());
            for (Throwable disturbance : simulation.disturbances()) {
                print(each.getKey(), disturbance.getMessage() + " in " + disturbance.getStackTrace()[0].getClassName());
            }
            print(each.getKey(), simulation.disturbances().size() + " in all");
        }
        print("outside", Integer.toString(Long.bitCount(System.nanoTime()) >= 0 ? 0 : 1));
        strictly("strict", () -> keep(System.nanoTime()));
        strictly("strict and clean", () -> keep(Simulation.current().random()));
        strictly("strict and failing", () -> {
            keep(System.nanoTime());
            throw new IllegalArgumentException("of its own");
        });
        inALoaderOfItsOwn();
    }

    private void strictly(String name, GreenTask body) {
        try {
            Simulation.seed(1).disturbances(Disturbances.FAIL).run(body);
            print(name, "passes");
        } catch (SimulationError e) {
            print(name, String.valueOf(e.getMessage()).replace('\n', ' ') + " with " + e.getSuppressed().length);
        } catch (Exception e) {
            print(name, e.toString());
        }
    }

    /** Used by a class whose loader knows nothing of the test-kit. */
    static final class Stranger implements Supplier<String> {

        @Override
        public String get() {
            return System.nanoTime() == 0 ? "zero" : "works";
        }
    }

    private void inALoaderOfItsOwn() throws Exception {
        var loader = new ClassLoader(null) {

            @Override
            protected Class<?> findClass(String name) throws ClassNotFoundException {
                try (InputStream in = LeakyProgram.class.getResourceAsStream("LeakyProgram$Stranger.class")) {
                    var bytes = new ByteArrayOutputStream();
                    in.transferTo(bytes);
                    return defineClass(name, bytes.toByteArray(), 0, bytes.size());
                } catch (java.io.IOException e) {
                    throw new ClassNotFoundException(name, e);
                }
            }
        };
        var made = loader.loadClass(Stranger.class.getName()).getDeclaredConstructor();
        made.setAccessible(true);
        Supplier<?> stranger = (Supplier<?>) made.newInstance();
        var simulation = Simulation.seed(1);
        simulation.run(() -> print("stranger", stranger.get().toString()));
        print("stranger", simulation.disturbances().size() + " in all");
    }

    private void print(String name, String text) {
        said.add(name + ": " + text);
    }
}
