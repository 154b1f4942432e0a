package org.vkmbv3.engine;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Declares the functions of libvkmbv3_jni. Texts are UTF-8; all throw {@link Vkmbv3Exception}. */
final class Native {
    static {
        System.loadLibrary("vkmbv3_jni");
    }

    private Native() {}

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static String string(byte[] text) {
        return new String(text, StandardCharsets.UTF_8);
    }

    static native byte[] version();

    static native long openClassifier(byte[] weights, int device, int precision);

    static native void closeClassifier(long classifier);

    static native byte[][] classNames(long classifier);

    static native byte[] classifierDevice(long classifier);

    static native byte[] classifierPrecision(long classifier);

    static native void classify(long classifier, int[] layout, ByteBuffer first, ByteBuffer second,
            ByteBuffer third, long[] labels, double[] probabilities);

    static native long openSession(byte[] folder, byte[] weights, int device);

    static native void closeSession(long session);

    static native void addClass(long session, byte[] name, boolean background);

    static native void renameClass(long session, byte[] name, byte[] newName);

    static native void removeClass(long session, byte[] name);

    static native void addFrame(long session, byte[] className, int[] layout, ByteBuffer first,
            ByteBuffer second, ByteBuffer third);

    static native void addFile(long session, byte[] className, byte[] path);

    static native void undo(long session);

    static native byte[][] classes(long session, long[][] counts);

    static native void start(long session, int reach, long epochs, long batchSize, double learningRate,
            boolean mirror);

    static native void pause(long session);

    static native void resume(long session);

    static native void await(long session);

    static native void setWeights(long session, byte[] weights);

    static native void progress(long session, long[] counts, double[] values);

    static native byte[] text(long session, int which);

    static native double[] curve(long session, int which);

    static native byte[][] judgement(long session, long[][] counts);

    static native void export(long session, byte[] path);
}
