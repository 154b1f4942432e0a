package org.vkmbv3.logic;

/**
 * Hands frames from a camera's thread to the one that classifies. There is room for one: a newer frame replaces it, so that
 * what is classified is never late, and the camera never waits.
 */
final class FrameSlot {
    private Frame next;
    private boolean open;
    private boolean ended;
    private boolean woken;
    private boolean inUse;
    private long dropped;

    /** Puts a frame there; gives it back at once while the slot is shut. */
    void offer(Frame frame) {
        Frame old;
        synchronized (this) {
            if (open && !ended) {
                old = next;
                next = frame;
                notifyAll();
            } else {
                old = frame;
            }
            if (old != null) {
                ++dropped;
            }
        }
        if (old != null) {
            old.close();
        }
    }

    /** Waits for a frame, which {@link #done} must follow; returns null when somebody called {@link #wake} or it has ended. */
    synchronized Frame take() throws InterruptedException {
        while (next == null && !woken && !ended) {
            wait();
        }
        woken = false;
        Frame frame = next;
        next = null;
        inUse = frame != null;
        return frame;
    }

    /** Gives the taken frame back. */
    void done(Frame frame) {
        frame.close();
        synchronized (this) {
            inUse = false;
            notifyAll();
        }
    }

    /** Has {@link #take} return without a frame. */
    synchronized void wake() {
        woken = true;
        notifyAll();
    }

    synchronized void open() {
        open = true;
    }

    /** Takes no more frames, and returns when all are given back: a camera may then free their memory. */
    void shut() {
        Frame old;
        boolean interrupted = false;
        synchronized (this) {
            open = false;
            old = next;
            next = null;
            while (inUse) {
                try {
                    wait();
                } catch (InterruptedException later) {
                    interrupted = true;
                }
            }
        }
        if (old != null) {
            old.close();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    synchronized void end() {
        ended = true;
        notifyAll();
    }

    synchronized boolean hasEnded() {
        return ended;
    }

    synchronized long dropped() {
        return dropped;
    }
}
