package dev.verdant.green.pool;

import dev.verdant.green.GreenInterruptedException;
import dev.verdant.green.kernel.Sneaky;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Calls the methods of an object on native threads. */
final class NativeProxy implements InvocationHandler {

    private final NativePool pool;
    private final Object target;
    private final Set<Class<?>> results;

    private NativeProxy(NativePool pool, Object target, Set<Class<?>> results) {
        this.pool = pool;
        this.target = target;
        this.results = results;
    }

    static <T> T make(NativePool pool, Class<T> type, T target, Class<?>... results) {
        Objects.requireNonNull(target, "target");
        checkCallable("type", type);
        for (Class<?> each : results) {
            checkCallable("results", each);
        }
        return type.cast(make(pool, type, target, Set.copyOf(List.of(results))));
    }

    private static Object make(NativePool pool, Class<?> type, Object target, Set<Class<?>> results) {
        return Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[]{type},
                new NativeProxy(pool, target, results));
    }

    private static void checkCallable(String parameter, Class<?> type) {
        if (!type.isInterface()) {
            throw new IllegalArgumentException(parameter + ": " + type.getName() + " (expected: an interface)");
        }
        for (Method method : type.getMethods()) {
            if (!Modifier.isStatic(method.getModifiers()) && !method.trySetAccessible()) {
                throw new IllegalArgumentException(parameter + ": " + type.getName() + " (expected: an interface whose "
                        + method.getName() + " can be called from " + NativeProxy.class.getModule()
                        + "; make it public and export its package, or open it)");
            }
        }
    }

    @Override
    public @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] arguments) throws Throwable {
        if (method.getDeclaringClass() == Object.class) {
            return callObjectMethod(method, arguments);
        }
        Object result;
        try {
            result = pool.run(new Call(target, method), () -> call(method, arguments));
        } catch (InterruptedException e) {
            throw declaresInterrupts(method) ? e : new GreenInterruptedException(e);
        }
        return result != null && results.contains(method.getReturnType())
                ? make(pool, method.getReturnType(), result, results)
                : result;
    }

    private @Nullable Object call(Method method, Object @Nullable... arguments) throws Exception {
        boolean _ = method.trySetAccessible(); // Its interface need not be public. That it can be called was seen to.
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            throw Sneaky.thrown(e.getTargetException());
        }
    }

    private static boolean declaresInterrupts(Method method) {
        for (Class<?> declared : method.getExceptionTypes()) {
            if (declared.isAssignableFrom(InterruptedException.class)) {
                return true;
            }
        }
        return false;
    }

    private Object callObjectMethod(Method method, Object @Nullable [] arguments) {
        return switch (method.getName()) {
            case "equals" -> target.equals(targetOf(Objects.requireNonNull(arguments)[0]));
            case "hashCode" -> target.hashCode();
            default -> target.toString();
        };
    }

    /** Two proxies of one object are equal, and a proxy is equal to itself. */
    private static @Nullable Object targetOf(@Nullable Object other) {
        return other != null && Proxy.isProxyClass(other.getClass())
                && Proxy.getInvocationHandler(other) instanceof NativeProxy ours ? ours.target : other;
    }

    /** A call in dumps. */
    private record Call(Object target, Method method) {

        @Override
        public String toString() {
            return target.getClass().getName() + "." + method.getName();
        }
    }
}
