package org.vkmbv3.engine;

import java.io.File;
import java.util.ArrayList;
import java.util.List;

/**
 * Is a folder of classes, pictures and lessons (vkmbv3_session_open), the one that the window on a desktop has. Changes return
 * when they are in its files: call them on no thread that draws. Safe to use from several threads; closed, it throws.
 */
public final class Session implements AutoCloseable {
    private static final int TEXT_DOING = 0;
    private static final int TEXT_PROBLEM = 1;
    private static final int TEXT_NOTICE = 2;
    private static final int TEXT_UNDOABLE = 3;
    private static final int TEXT_TAUGHT = 5;
    private static final int TEXT_DEVICE = 6;

    private final long handle;

    /** Lessons start from {@code weights}, unless the session remembers others that are still there. */
    public Session(File folder, File weights, int device) {
        handle = Native.openSession(Native.bytes(folder.getPath()),
                weights == null ? null : Native.bytes(weights.getPath()), device);
    }

    /** Pauses a lesson that is at work, and waits until it is saved. */
    @Override
    public void close() {
        Native.closeSession(handle);
    }

    public void addClass(String name, boolean background) {
        Native.addClass(handle, Native.bytes(name), background);
    }

    public void renameClass(String name, String newName) {
        Native.renameClass(handle, Native.bytes(name), Native.bytes(newName));
    }

    public void removeClass(String name) {
        Native.removeClass(handle, Native.bytes(name));
    }

    public void addFrame(String className, Picture picture) {
        Native.addFrame(handle, Native.bytes(className), picture.layout(), picture.first, picture.second,
                picture.third);
    }

    public void addFile(String className, File file) {
        Native.addFile(handle, Native.bytes(className), Native.bytes(file.getPath()));
    }

    public void undo() {
        Native.undo(handle);
    }

    public List<PictureClass> classes() {
        long[][] counts = new long[1][];
        byte[][] names = Native.classes(handle, counts);
        List<PictureClass> classes = new ArrayList<>(names.length);
        for (int i = 0; i < names.length; ++i) {
            classes.add(new PictureClass(Native.string(names[i]), counts[0][2 * i], counts[0][2 * i + 1] != 0));
        }
        return classes;
    }

    public void start(Lesson lesson) {
        Native.start(handle, lesson.reach.ordinal(), lesson.epochs, lesson.batchSize, lesson.learningRate,
                lesson.mirror);
    }

    /** Has a lesson end the step that it is in, and save; returns at once. */
    public void pause() {
        Native.pause(handle);
    }

    /** Goes on with the last lesson, where it was paused or the process was killed. */
    public void resume() {
        Native.resume(handle);
    }

    /** Waits until no lesson is at work. */
    public void await() {
        Native.await(handle);
    }

    public void setWeights(File weights) {
        Native.setWeights(handle, Native.bytes(weights.getPath()));
    }

    public Progress progress() {
        long[] counts = new long[Progress.COUNTS];
        double[] values = new double[Progress.VALUES];
        Native.progress(handle, counts, values);
        return new Progress(counts, values);
    }

    /** Returns what the lesson does now: "compiling 12 of 80 kernels". */
    public String doing() {
        return text(TEXT_DOING);
    }

    /** Returns why the lesson failed. */
    public String problem() {
        return text(TEXT_PROBLEM);
    }

    public String notice() {
        return text(TEXT_NOTICE);
    }

    public String undoable() {
        return text(TEXT_UNDOABLE);
    }

    public String device() {
        return text(TEXT_DEVICE);
    }

    /** Returns the best weights of the last lesson; null where there are none yet. */
    public File taught() {
        String path = text(TEXT_TAUGHT);
        return path.isEmpty() ? null : new File(path);
    }

    public Curve trainingCurve() {
        return new Curve(Native.curve(handle, 0));
    }

    public Curve validationCurve() {
        return new Curve(Native.curve(handle, 1));
    }

    public Judgement judgement() {
        long[][] counts = new long[2][];
        byte[][] texts = Native.judgement(handle, counts);
        String[] names = new String[texts.length];
        for (int i = 0; i < names.length; ++i) {
            names[i] = Native.string(texts[i]);
        }
        return new Judgement(names, counts[0], counts[1]);
    }

    /** Writes the taught network in the format that the file's ending names. */
    public void export(File file) {
        Native.export(handle, Native.bytes(file.getPath()));
    }

    private String text(int which) {
        return Native.string(Native.text(handle, which));
    }
}
