package org.vkmbv3.test;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Objects;
import java.util.function.BooleanSupplier;

/** Runs tests: every public static method without arguments of the classes that are named. Exit status 1: one failed. */
public final class Check {
    private static final long PATIENCE_MILLISECONDS = 240_000;

    private Check() {}

    public static void that(boolean truth, String what) {
        if (!truth) {
            throw new AssertionError(what);
        }
    }

    public static void equal(Object expected, Object actual) {
        that(Objects.equals(expected, actual), "expected " + expected + ", got " + actual);
    }

    public static <E extends Throwable> E throwing(Class<E> type, Runnable action) {
        try {
            action.run();
        } catch (Throwable thrown) {
            if (type.isInstance(thrown)) {
                return type.cast(thrown);
            }
            throw new AssertionError("another exception: " + thrown, thrown);
        }
        throw new AssertionError("no " + type.getSimpleName());
    }

    /** Waits until something is so. */
    public static void soon(String what, BooleanSupplier truth) {
        long end = System.currentTimeMillis() + PATIENCE_MILLISECONDS;
        while (!truth.getAsBoolean()) {
            that(System.currentTimeMillis() < end, "not soon: " + what);
            try {
                Thread.sleep(5);
            } catch (InterruptedException nobodyDoes) {
                throw new AssertionError(nobodyDoes);
            }
        }
    }

    public static void main(String[] classes) throws ReflectiveOperationException {
        boolean failed = false;
        for (String name : classes) {
            for (Method method : Class.forName(name).getDeclaredMethods()) {
                int modifiers = method.getModifiers();
                if (!Modifier.isPublic(modifiers) || !Modifier.isStatic(modifiers) || method.getParameterCount() > 0) {
                    continue;
                }
                try {
                    method.invoke(null);
                    System.out.println("ok " + method.getName());
                } catch (InvocationTargetException thrown) {
                    failed = true;
                    System.out.println("FAILED " + method.getName());
                    thrown.getCause().printStackTrace(System.out);
                }
            }
        }
        System.exit(failed ? 1 : 0);
    }
}
