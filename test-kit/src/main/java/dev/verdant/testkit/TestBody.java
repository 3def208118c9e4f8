package dev.verdant.testkit;

import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.HierarchyTraversalMode;
import org.junit.platform.commons.support.ReflectionSupport;

/**
 * A test method that can be run again and again, each time on a fresh instance: the first is JUnit's own. If the class has one instance for all its tests, it is used
 * each time.
 */
final class TestBody {

    private final ReflectiveInvocationContext<Method> method;
    private final Object first;
    private final boolean oneForAll;
    private boolean begun;

    TestBody(ReflectiveInvocationContext<Method> method, ExtensionContext context) {
        this.method = method;
        this.first = context.getRequiredTestInstance();
        this.oneForAll = context.getTestInstanceLifecycle().orElse(Lifecycle.PER_METHOD) == Lifecycle.PER_CLASS;
    }

    /** For the command that repeats it. */
    String name() {
        return method.getTargetClass().getSimpleName() + "#" + method.getExecutable().getName();
    }

    /** A body together with what is to be done before and after it. */
    interface Prepared {

        /** Runs the method; on a green thread. */
        void run(@Nullable Simulation simulation) throws Exception;

        /** Runs what is to be done after it. */
        void end() throws Exception;
    }

    /** Makes an instance ready. What JUnit does for its own is done here for the others. */
    Prepared prepare() throws Exception {
        boolean byJunit = !begun || oneForAll;
        begun = true;
        Object instance = byJunit ? first : newInstance(first.getClass());
        if (!byJunit) {
            callAll(BeforeEach.class, HierarchyTraversalMode.TOP_DOWN, instance);
        }
        return new Prepared() {

            @Override
            public void run(@Nullable Simulation simulation) throws Exception {
                Object[] arguments = method.getArguments().stream()
                        .map(argument -> argument instanceof Simulation && simulation != null ? simulation : argument)
                        .toArray();
                ReflectionSupport.invokeMethod(method.getExecutable(), instance, arguments);
            }

            @Override
            public void end() throws Exception {
                if (!byJunit) {
                    callAll(AfterEach.class, HierarchyTraversalMode.BOTTOM_UP, instance);
                }
            }
        };
    }

    private static void callAll(Class<? extends Annotation> annotation,
            HierarchyTraversalMode order,
            Object instance)
            throws Exception {
        List<Method> methods = AnnotationSupport.findAnnotatedMethods(instance.getClass(), annotation, order);
        for (Method each : methods) {
            if (each.getParameterCount() > 0) {
                throw new IllegalStateException("@" + annotation.getSimpleName() + " " + each.getName()
                        + " has parameters, which a @GreenTest with several seeds cannot give it");
            }
            ReflectionSupport.invokeMethod(each, instance);
        }
    }

    /** A class within another has an instance of that for its first argument. */
    private static Object newInstance(Class<?> type) {
        Class<?> outer = type.getEnclosingClass();
        return outer == null || Modifier.isStatic(type.getModifiers())
                ? ReflectionSupport.newInstance(type)
                : ReflectionSupport.newInstance(type, newInstance(outer));
    }
}
