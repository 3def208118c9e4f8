package dev.verdant.testkit;

import dev.verdant.hub.HubProvider;
import dev.verdant.hub.Hubs;
import java.lang.reflect.Method;
import java.util.List;
import java.util.stream.Collectors;
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

/** Runs a {@link GreenTest}: once in simulations, or once for each real hub. JUnit creates it; nobody else need. */
public final class GreenTestExtension implements TestTemplateInvocationContextProvider {

    /** Created by JUnit. */
    public GreenTestExtension() {}

    @Override
    public boolean supportsTestTemplate(ExtensionContext context) {
        return AnnotationSupport.isAnnotated(context.getRequiredTestMethod(), GreenTest.class);
    }

    @Override
    public Stream<TestTemplateInvocationContext> provideTestTemplateInvocationContexts(ExtensionContext context) {
        GreenTest settings = AnnotationSupport.findAnnotation(context.getRequiredTestMethod(), GreenTest.class)
                .orElseThrow();
        boolean real = settings.clock() == Clock.REAL
                || AnnotationSupport.isAnnotated(context.getRequiredTestMethod(), OnEachHub.class)
                || AnnotationSupport.isAnnotated(context.getRequiredTestClass(), OnEachHub.class);
        if (!real) {
            return Stream.of(new Invocation(settings, null));
        }
        List<HubProvider> usable = Hubs.providers().stream().filter(hub -> hub.unusable().isEmpty()).toList();
        if (usable.isEmpty()) {
            throw new IllegalStateException("no usable hub is on the class path; found: " + Hubs.providers().stream()
                    .map(hub -> hub.name() + " (" + hub.unusable().orElse("usable") + ")")
                    .collect(Collectors.joining(", ", "[", "]"))
                    + ". Add verdant-hub-epoll, verdant-hub-kqueue or verdant-hub-nio.");
        }
        return usable.stream().map(hub -> new Invocation(settings, hub));
    }

    /**
     * One invocation of the method: in simulations, or on a hub.
     *
     * @param hub null for simulations
     */
    private record Invocation(GreenTest settings, @Nullable HubProvider hub)
            implements
                TestTemplateInvocationContext,
                InvocationInterceptor,
                ParameterResolver {

        @Override
        public String getDisplayName(int index) {
            return hub == null ? "simulated" : hub.name();
        }

        @Override
        public List<Extension> getAdditionalExtensions() {
            return List.of(this);
        }

        @Override
        public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
            var type = parameter.getParameter().getType();
            return hub == null ? type == Simulation.class : type == HubProvider.class;
        }

        /** A simulation is made for each run; until then, this stands for it. */
        @Override
        public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
            return hub == null ? Simulation.seed(0) : hub;
        }

        @Override
        public void interceptTestTemplateMethod(InvocationInterceptor.Invocation<@Nullable Void> invocation,
                ReflectiveInvocationContext<Method> method, ExtensionContext context) throws Throwable {
            invocation.skip(); // It may have to be run more than once, which an invocation may not.
            new SeedRuns(settings, hub, new TestBody(method, context)).run();
        }
    }
}
