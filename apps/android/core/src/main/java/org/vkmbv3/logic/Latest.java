package org.vkmbv3.logic;

import java.util.concurrent.Executor;

/**
 * Brings what there is to show to the thread that draws. What comes faster than it is drawn is replaced by what is newer;
 * whoever comes later, as a screen does that was turned, is shown the newest.
 */
public final class Latest<T> {
    /** Is called on the thread that draws. */
    public interface Screen<T> {
        void show(T value);
    }

    private final Executor drawing;
    private T newest;
    private Screen<T> screen;
    private boolean asked;

    public Latest(Executor drawing) {
        this.drawing = drawing;
    }

    /** Shows a value, from any thread. */
    public void show(T value) {
        synchronized (this) {
            newest = value;
        }
        ask();
    }

    /** Shows values on this screen from now on; null: on none. */
    public void on(Screen<T> next) {
        synchronized (this) {
            screen = next;
        }
        ask();
    }

    private void ask() {
        synchronized (this) {
            if (asked || screen == null || newest == null) {
                return;
            }
            asked = true;
        }
        drawing.execute(this::draw);
    }

    private void draw() {
        T value;
        Screen<T> target;
        synchronized (this) {
            asked = false;
            value = newest;
            target = screen;
        }
        if (target != null) {
            target.show(value);
        }
    }
}
