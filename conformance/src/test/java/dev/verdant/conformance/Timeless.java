package dev.verdant.conformance;

import dev.verdant.hub.Hub;
import dev.verdant.hub.HubProvider;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A hub whose clock stands still: no deadline ever passes. */
final class Timeless implements InvocationHandler {

    private final Hub hub;
    private final long now;

    private Timeless(Hub hub) {
        this.hub = hub;
        this.now = hub.nanoTime();
    }

    static HubProvider version(HubProvider of) {
        return new HubProvider() {

            @Override
            public String name() {
                return of.name() + ", timeless";
            }

            @Override
            public int priority() {
                return of.priority();
            }

            @Override
            public Optional<String> unusable() {
                return of.unusable();
            }

            @Override
            public Hub open() {
                return (Hub) Proxy.newProxyInstance(Hub.class.getClassLoader(), new Class<?>[]{Hub.class},
                        new Timeless(of.open()));
            }
        };
    }

    @Override
    public @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] arguments) throws Throwable {
        if (method.getName().equals("nanoTime")) {
            return now;
        }
        try {
            return method.invoke(hub, arguments);
        } catch (InvocationTargetException e) {
            throw e.getTargetException();
        }
    }
}
