package org.vkmbv3.logic;

import java.io.File;
import java.util.Collections;
import java.util.List;
import org.vkmbv3.engine.Network;
import org.vkmbv3.engine.Prediction;
import org.vkmbv3.engine.Vkmbv3Exception;

/**
 * Classifies a camera's frames on a thread of its own. Members are safe to call from any thread and wait for nothing, but
 * for {@link #stop} and {@link #close}, which wait for the frame that is at work.
 */
public final class LiveClassifier implements AutoCloseable {
    /** Opens weights files. */
    public interface Opener {
        Network open(File weights);
    }

    /** Is told what there is to show, on the classifier's thread. */
    public interface Screen {
        void show(LiveView view);
    }

    private static final double NANOSECONDS = 1e9;
    private static final double WEIGHT_OF_LATEST = 0.1;

    private final Opener opener;
    private final int top;
    private final Screen screen;
    private final FrameSlot slot = new FrameSlot();
    private final Thread thread = new Thread(this::work, "classifier");
    private File wanted;

    // These belong to the thread.
    private Network network;
    private File weights;
    private String device = "";
    private long lastFrame;
    private double secondsBetween;

    public LiveClassifier(Opener opener, int top, Screen screen) {
        this.opener = opener;
        this.top = top;
        this.screen = screen;
        thread.start();
    }

    /** Has later frames classified with these weights. While they are opened, none are; where they cannot be, those before go on. */
    public void use(File file) {
        synchronized (this) {
            wanted = file;
        }
        slot.wake();
    }

    public void offer(Frame frame) {
        slot.offer(frame);
    }

    public void start() {
        slot.open();
    }

    /** Takes no more frames; when it returns, all are given back. */
    public void stop() {
        slot.shut();
    }

    /** Returns how many frames were given back without being classified. */
    public long dropped() {
        return slot.dropped();
    }

    @Override
    public void close() {
        slot.shut();
        slot.end();
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException later) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void work() {
        try {
            while (!slot.hasEnded()) {
                Frame frame = slot.take();
                File next = takeWanted();
                if (frame != null) {
                    try {
                        if (next == null && network != null) {
                            classify(frame);
                        }
                    } finally {
                        slot.done(frame);
                    }
                }
                if (next != null) {
                    open(next);
                }
            }
        } catch (InterruptedException nobodyDoes) {
            Thread.currentThread().interrupt();
        } finally {
            if (network != null) {
                network.close();
            }
        }
    }

    private synchronized File takeWanted() {
        File file = wanted;
        wanted = null;
        return file;
    }

    private void open(File file) {
        screen.show(new LiveView(Collections.<Prediction>emptyList(), 0, 0, device, "", true));
        try {
            Network opened = opener.open(file);
            if (network != null) {
                network.close();
            }
            network = opened;
            weights = file;
            device = opened.device();
            lastFrame = 0;
            secondsBetween = 0;
            show(Collections.<Prediction>emptyList(), 0, "");
        } catch (Vkmbv3Exception error) {
            show(Collections.<Prediction>emptyList(), 0, error.getMessage());
        }
    }

    private void classify(Frame frame) {
        try {
            long begin = System.nanoTime();
            List<Prediction> answers = network.classify(frame.picture(), top);
            long end = System.nanoTime();
            if (lastFrame != 0) {
                double seconds = (end - lastFrame) / NANOSECONDS;
                secondsBetween = secondsBetween == 0
                        ? seconds
                        : (1 - WEIGHT_OF_LATEST) * secondsBetween + WEIGHT_OF_LATEST * seconds;
            }
            lastFrame = end;
            show(answers, (end - begin) / (NANOSECONDS / 1000), "");
        } catch (Vkmbv3Exception error) {
            if (error.status == Vkmbv3Exception.DEVICE_ERROR) {
                openAgain(error);
            } else {
                show(Collections.<Prediction>emptyList(), 0, error.getMessage());
            }
        }
    }

    // A device that its driver gave up is gone for this network, and may be there for another.
    private void openAgain(Vkmbv3Exception error) {
        network.close();
        network = null;
        show(Collections.<Prediction>emptyList(), 0, error.getMessage());
        use(weights);
    }

    private void show(List<Prediction> answers, double milliseconds, String problem) {
        screen.show(new LiveView(answers, milliseconds, secondsBetween == 0 ? 0 : 1 / secondsBetween, device, problem,
                false));
    }
}
