package org.vkmbv3.logic;

/** Decides which of a camera's frames become pictures while a person holds a class's button. */
final class Recorder {
    private static final long NANOSECONDS_BETWEEN = 150_000_000L;
    private static final int MOST_WAITING = 4;

    private String className;
    private boolean first;
    private long last;
    private int waiting;

    synchronized void hold(String name) {
        className = name;
        first = true;
    }

    synchronized void release() {
        className = null;
    }

    /** Returns the class that this frame is a picture of; null: of none. What is returned must be {@link #kept}. */
    synchronized String take(long nanoseconds) {
        if (className == null || waiting >= MOST_WAITING) {
            return null;
        }
        if (!first && nanoseconds - last < NANOSECONDS_BETWEEN) {
            return null;
        }
        first = false;
        last = nanoseconds;
        ++waiting;
        return className;
    }

    synchronized void kept() {
        --waiting;
    }
}
