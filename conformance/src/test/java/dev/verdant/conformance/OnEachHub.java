package dev.verdant.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.verdant.green.EventLoop;
import dev.verdant.green.Green;
import dev.verdant.green.GreenThread;
import dev.verdant.green.net.Net;
import dev.verdant.green.spi.LoopSnapshot;
import dev.verdant.green.ssl.Engine;
import dev.verdant.hub.HubProvider;
import dev.verdant.hub.Hubs;
import dev.verdant.testkit.sim.World;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Parameter;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.Extension;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;
import org.junit.jupiter.api.extension.TestTemplateInvocationContext;
import org.junit.jupiter.api.extension.TestTemplateInvocationContextProvider;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.ReflectionSupport;

/**
 * Runs a {@link HubTest} once for each usable hub, and in a simulated world, and each time for each TLS engine, or for {@link Each} of some values, if it asks for
 * one by a parameter.
 * {@code -Dverdant.only=sim} leaves the other hubs out, {@code -Dverdant.only=selected} all but the one that {@link Hubs#select()} picks.
 */
final class OnEachHub implements TestTemplateInvocationContextProvider {

    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

    @Override
    public boolean supportsTestTemplate(ExtensionContext context) {
        return true;
    }

    @Override
    public boolean mayReturnZeroTestTemplateInvocationContexts(ExtensionContext context) {
        return System.getProperty("verdant.only") != null;
    }

    @Override
    public Stream<TestTemplateInvocationContext> provideTestTemplateInvocationContexts(ExtensionContext context) {
        var usable = Hubs.providers().stream().filter(provider -> provider.unusable().isEmpty()).toList();
        assertThat(usable).as("usable hubs").hasSizeGreaterThanOrEqualTo(1);
        Optional<Boolean> said = AnnotationSupport.findAnnotation(context.getRequiredTestMethod(), AnyOrder.class)
                .or(() -> AnnotationSupport.findAnnotation(context.getRequiredTestClass(), AnyOrder.class))
                .map(AnyOrder::value);
        boolean anyOrder = said.orElse(false);
        boolean anyOrderIfSimulated = said.orElse(true);
        Stream<Run> real = usable.stream().flatMap(hub -> values(context).flatMap(value -> anyOrder
                ? Stream.of(new Run(hub, value, null), new Run(hub, value, seed()))
                : Stream.of(new Run(hub, value, null))));
        Stream<Run> simulated = isSimulated(context)
                ? values(context).map(value -> simulated(value, seed(), anyOrderIfSimulated))
                : Stream.empty();
        String asked = System.getProperty("verdant.only");
        String only = "selected".equals(asked) ? Hubs.select().name() : asked;
        return Stream.concat(real, simulated).filter(run -> only == null || run.hub.name().equals(only))
                .map(TestTemplateInvocationContext.class::cast);
    }

    private static long seed() {
        return Long.getLong("verdant.seed", new Random().nextLong());
    }

    private static Run simulated(Optional<?> value, long seed, boolean anyOrder) {
        return new Run(new World(seed).provider(), value, anyOrder ? seed : null);
    }

    private static boolean isSimulated(ExtensionContext context) {
        return !AnnotationSupport.isAnnotated(context.getRequiredTestMethod(), NotSimulated.class)
                && !AnnotationSupport.isAnnotated(context.getRequiredTestClass(), NotSimulated.class);
    }

    /** One that is empty, unless the test asks for an engine or for each of some values. */
    private static Stream<Optional<?>> values(ExtensionContext context) {
        return Stream.of(context.getRequiredTestMethod().getParameters()).filter(OnEachHub::isValue).findFirst()
                .<Stream<Optional<?>>>map(parameter -> valuesOf(parameter).map(Optional::of))
                .orElseGet(() -> Stream.of(Optional.empty()));
    }

    private static boolean isValue(Parameter parameter) {
        return parameter.getType() == Engine.class || parameter.isAnnotationPresent(Each.class);
    }

    private static Stream<?> valuesOf(Parameter parameter) {
        Each each = parameter.getAnnotation(Each.class);
        return each == null ? Stream.of(Engine.values()) : ReflectionSupport.newInstance(each.value()).get();
    }

    /** One run of a test, on one hub. */
    private static final class Run implements TestTemplateInvocationContext, InvocationInterceptor, ParameterResolver {

        private final HubProvider hub;
        private final Optional<?> value;
        private final @Nullable Long seed;
        private final Uncaught uncaught = new Uncaught();

        /** With a seed, the ready green threads run in an order of its choice. */
        Run(HubProvider hub, Optional<?> value, @Nullable Long seed) {
            this.hub = hub;
            this.value = value;
            this.seed = seed;
        }

        private boolean isSimulated() {
            return hub.name().equals("sim");
        }

        @Override
        public String getDisplayName(int index) {
            return hub.name() + value.map(each -> ", " + each).orElse("")
                    + (seed == null ? "" : ", order of seed " + seed);
        }

        private void configure(EventLoop.Options options) {
            options.hub(hub).name("test").onUncaught((thread, e) -> uncaught.add(e));
            if (seed != null) {
                var random = new Random(seed);
                options.order(ready -> random.nextInt(ready.size()));
            }
        }

        @Override
        public List<Extension> getAdditionalExtensions() {
            return List.of(this);
        }

        @Override
        public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
            var type = parameter.getParameter().getType();
            return type == Uncaught.class || type == HubProvider.class || isValue(parameter.getParameter());
        }

        @Override
        public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
            var type = parameter.getParameter().getType();
            if (isValue(parameter.getParameter())) {
                return value.orElseThrow();
            }
            return type == Uncaught.class ? uncaught : hub;
        }

        @Override
        public void interceptTestTemplateMethod(Invocation<@Nullable Void> test,
                ReflectiveInvocationContext<Method> method,
                ExtensionContext context) throws Throwable {
            warmUp();
            long before = descriptors();
            var loop = EventLoop.start(this::configure);
            try {
                await(loop.spawn("main", () -> body(test)),
                        method.getExecutable().getAnnotation(HubTest.class).seconds());
            } finally {
                loop.close();
            }
            if (Stream.of(method.getExecutable().getParameterTypes()).noneMatch(Uncaught.class::equals)) {
                assertThat(uncaught.failures()).as("failures that nobody saw").isEmpty();
            }
            assertThat(descriptors()).as("sockets and pollers open").isLessThanOrEqualTo(before);
        }

        /** What the first loop and the first sockets on a hub open for good is not a leak. */
        private void warmUp() throws Exception {
            new ServerSocket(0).close();
            SocketChannel.open().close(); // The JDK's sockets keep one for themselves.
            if (isSimulated()) {
                Green.run(() -> {}); // A loop that the test starts may be on a real one.
            }
            Green.run(options -> options.hub(hub), () -> {
                try (var listener = Net.listen(new InetSocketAddress("127.0.0.1", 0));
                        var client = Net.connect(listener.getLocalSocketAddress());
                        var accepted = listener.accept()) {
                    client.shutdownOutput();
                    assertThat(accepted.recv(1)).isEmpty();
                }
            });
        }

        private static void body(Invocation<@Nullable Void> test) throws Exception {
            try {
                test.proceed();
            } catch (Exception | Error e) {
                throw e;
            } catch (Throwable e) {
                throw new AssertionError(e);
            }
            assertNothingIsLeft(Objects.requireNonNull(EventLoop.current()));
        }

        /** Threads that are ending may take a few turns more. */
        private static void assertNothingIsLeft(EventLoop loop) {
            for (int turn = 0; turn < 1000 && !isClean(loop.snapshot()); turn++) {
                Green.sleep();
            }
            var left = loop.snapshot();
            assertThat(isClean(left)).as(() -> "left behind: " + left + "\n" + Green.dump()).isTrue();
        }

        private static boolean isClean(LoopSnapshot left) {
            return left.channels() == 0 && left.timers() == 0 && left.threads().size() == 1;
        }

        private static void await(GreenThread<@Nullable Void> main, int quickSeconds) throws Throwable {
            int seconds = Counts.isFull() ? 6 * quickSeconds : quickSeconds;
            try {
                main.get(seconds, TimeUnit.SECONDS);
            } catch (ExecutionException e) {
                throw Objects.requireNonNull(e.getCause());
            } catch (TimeoutException e) {
                throw new AssertionError("not done within " + seconds + " s\n" + Green.dump(), e);
            }
        }

        /** Sockets and pollers only: the JVM opens files when it likes. */
        private static long descriptors() throws IOException {
            if (!Files.isDirectory(DESCRIPTORS)) {
                return 0;
            }
            try (var each = Files.list(DESCRIPTORS)) {
                return each.filter(OnEachHub::isSocketOrPoller).count();
            }
        }
    }

    private static boolean isSocketOrPoller(Path descriptor) {
        try {
            String what = Files.readSymbolicLink(descriptor).toString();
            return what.startsWith("socket:") || what.startsWith("anon_inode:");
        } catch (IOException e) {
            return false; // Closed meanwhile.
        }
    }
}
