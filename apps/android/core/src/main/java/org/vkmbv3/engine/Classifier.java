package org.vkmbv3.engine;

import java.io.File;
import java.util.ArrayList;
import java.util.List;

/** Is a weights file on a device (vkmbv3_open). Safe to use from several threads; closed, it throws. */
public final class Classifier implements Network {
    public static final int DEFAULT_DEVICE = -1;
    public static final int FP32 = 0;
    public static final int AMP = 1;
    public static final int AUTO = 2;

    private final long handle;
    private final String[] names;

    /** Reads, compiles and uploads everything: seconds, the first time on a device. */
    public Classifier(File weights, int device, int precision) {
        handle = Native.openClassifier(Native.bytes(weights.getPath()), device, precision);
        byte[][] texts = Native.classNames(handle);
        names = new String[texts.length];
        for (int i = 0; i < names.length; ++i) {
            names[i] = Native.string(texts[i]);
        }
    }

    public static String libraryVersion() {
        return Native.string(Native.version());
    }

    public int classCount() {
        return names.length;
    }

    @Override
    public List<Prediction> classify(Picture picture, int top) {
        int wanted = Math.min(top, names.length);
        long[] labels = new long[wanted];
        double[] probabilities = new double[wanted];
        Native.classify(handle, picture.layout(), picture.first, picture.second, picture.third, labels, probabilities);
        List<Prediction> answers = new ArrayList<>(wanted);
        for (int i = 0; i < wanted; ++i) {
            answers.add(new Prediction(labels[i], names[(int) labels[i]], probabilities[i]));
        }
        return answers;
    }

    @Override
    public String device() {
        return Native.string(Native.classifierDevice(handle));
    }

    public String precision() {
        return Native.string(Native.classifierPrecision(handle));
    }

    @Override
    public void close() {
        Native.closeClassifier(handle);
    }
}
