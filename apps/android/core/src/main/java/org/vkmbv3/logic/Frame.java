package org.vkmbv3.logic;

import java.util.concurrent.atomic.AtomicReference;
import org.vkmbv3.engine.Picture;

/** Is a picture of a camera, whose memory goes back to it when the frame is closed, once. */
public final class Frame implements AutoCloseable {
    private final Picture picture;
    private final AtomicReference<Runnable> giveBack;

    public Frame(Picture picture, Runnable giveBack) {
        this.picture = picture;
        this.giveBack = new AtomicReference<>(giveBack);
    }

    public Picture picture() {
        return picture;
    }

    @Override
    public void close() {
        Runnable once = giveBack.getAndSet(null);
        if (once != null) {
            once.run();
        }
    }
}
