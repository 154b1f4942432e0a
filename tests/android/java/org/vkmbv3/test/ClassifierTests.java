package org.vkmbv3.test;

import java.io.File;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.vkmbv3.engine.Classifier;
import org.vkmbv3.engine.Picture;
import org.vkmbv3.engine.Prediction;
import org.vkmbv3.engine.Vkmbv3Exception;

/** Tests the native library from Java: cameras' layouts, errors, threads. */
public final class ClassifierTests {
    private ClassifierTests() {}

    private static Classifier open() {
        return new Classifier(Place.WEIGHTS, Place.DEVICE, Classifier.FP32);
    }

    private static String answer(Classifier classifier, Picture picture) {
        StringBuilder text = new StringBuilder();
        for (Prediction one : classifier.classify(picture, classifier.classCount())) {
            text.append(one.name).append(' ').append(one.probability).append('\n');
        }
        return text.toString();
    }

    public static void saysWhatItIs() {
        try (Classifier classifier = open()) {
            Check.equal(4, classifier.classCount());
            Check.that(classifier.device().startsWith("device 0"), classifier.device());
            Check.equal("fp32", classifier.precision());
            Check.that(!Classifier.libraryVersion().isEmpty(), "a version");
        }
    }

    public static void readsEveryLayoutOfCamerasAlike() {
        try (Classifier classifier = open()) {
            for (int[] size : new int[][] {{24, 20}, {23, 19}, {1, 1}}) {
                Scene scene = new Scene(size[0], size[1], 90, 95, 220, 3);
                String expected = answer(classifier, scene.nv21(0, 0));
                for (int gap : new int[] {0, 8, 41}) {
                    Check.equal(expected, answer(classifier, scene.nv21(gap, 0)));
                    Check.equal(expected, answer(classifier, scene.planar(gap, 0)));
                    Check.equal(expected, answer(classifier, scene.interleaved(gap, 0, false)));
                    Check.equal(expected, answer(classifier, scene.interleaved(gap, 0, true)));
                    Check.equal(expected, answer(classifier, scene.apartWithPixelStride(gap, 0)));
                    Check.equal(expected, answer(classifier, scene.planar(gap, 0).copy()));
                    Check.equal(expected, answer(classifier, scene.interleaved(gap, 0, true).copy()));
                }
            }
        }
    }

    public static void turnsFrames() {
        try (Classifier classifier = open()) {
            Scene scene = Scene.coloured(1, 5);
            String expected = answer(classifier, scene.planar(0, 0));
            Check.that(!expected.equals(answer(classifier, scene.planar(0, 180))), "a turn is seen");
            for (int rotation : new int[] {90, 180, 270}) {
                Scene stored = scene.stored(rotation);
                Check.equal(expected, answer(classifier, stored.planar(3, rotation)));
                Check.equal(expected, answer(classifier, stored.nv21(3, rotation)));
                Check.equal(expected, answer(classifier, stored.interleaved(3, rotation, true)));
            }
        }
    }

    public static void readsBitmaps() {
        ByteBuffer pixels = ByteBuffer.allocateDirect(4 * 8 * 6);
        for (int i = 0; i < pixels.capacity(); ++i) {
            pixels.put(i, (byte) (7 * i));
        }
        try (Classifier classifier = open()) {
            List<Prediction> top = classifier.classify(Picture.rgba(pixels, 8, 6, 32), 2);
            Check.equal(2, top.size());
            Check.that(top.get(0).probability >= top.get(1).probability, "the most probable first");
        }
    }

    public static void refusesBuffersThatAreTooShort() {
        try (Classifier classifier = open()) {
            ByteBuffer whole = ByteBuffer.allocateDirect(24 * 20);
            ByteBuffer few = ByteBuffer.allocateDirect(10);
            ByteBuffer heap = ByteBuffer.allocate(24 * 20);
            List<Picture> pictures = new ArrayList<>();
            pictures.add(Picture.rgba(whole, 24, 20, 96));
            pictures.add(Picture.rgba(null, 2, 2, 8));
            pictures.add(Picture.rgba(whole, 0, 20, 96));
            pictures.add(Picture.rgba(whole, Integer.MAX_VALUE, Integer.MAX_VALUE, 96));
            pictures.add(Picture.rgba(whole, 2, 2, -8));
            pictures.add(Picture.nv21(whole, 24, few, 24, 24, 20, 0, true));
            pictures.add(Picture.nv21(heap, 24, whole, 24, 24, 20, 0, true));
            pictures.add(Picture.nv21(whole, 23, whole, 24, 24, 20, 0, true));
            pictures.add(Picture.yuv420(whole, 24, few, whole, 24, 2, 24, 20, 0, true));
            pictures.add(Picture.yuv420(whole, 24, whole, few, 24, 2, 24, 20, 0, true));
            pictures.add(Picture.yuv420(whole, 24, whole, whole, 24, 0, 24, 20, 0, true));
            pictures.add(Picture.yuv420(whole, 24, whole, whole, 24, 99, 24, 20, 0, true));
            pictures.add(Picture.yuv420(whole, 24, whole, whole, -24, 1, 24, 20, 0, true));
            pictures.add(Picture.yuv420(whole, 24, whole, whole, 24, 1, 24, 20, 45, true));
            for (Picture picture : pictures) {
                Vkmbv3Exception error =
                        Check.throwing(Vkmbv3Exception.class, () -> classifier.classify(picture, 1));
                Check.equal(Vkmbv3Exception.INVALID_ARGUMENT, error.status);
            }
            answer(classifier, Scene.coloured(0, 0).planar(0, 0));
        }
    }

    public static void typesWhatCannotBeOpened() {
        Vkmbv3Exception error = Check.throwing(Vkmbv3Exception.class,
                () -> new Classifier(new File("/nonexistent/äöü-\uD83D\uDC31.pth"), 0, Classifier.FP32).close());
        Check.equal(Vkmbv3Exception.FILE_ERROR, error.status);
        Check.that(error.getMessage().contains("äöü-\uD83D\uDC31.pth"), error.getMessage());
        error = Check.throwing(Vkmbv3Exception.class, () -> new Classifier(Place.WEIGHTS, 99, Classifier.FP32).close());
        Check.equal(Vkmbv3Exception.NO_VULKAN, error.status);
        error = Check.throwing(Vkmbv3Exception.class, () -> new Classifier(Place.WEIGHTS, 0, 77).close());
        Check.equal(Vkmbv3Exception.INVALID_ARGUMENT, error.status);
    }

    public static void knowsThatItIsClosed() {
        Classifier classifier = open();
        classifier.close();
        Picture picture = Scene.coloured(0, 0).planar(0, 0);
        Check.throwing(Vkmbv3Exception.class, () -> classifier.classify(picture, 1));
        Check.throwing(Vkmbv3Exception.class, classifier::device);
        Check.throwing(Vkmbv3Exception.class, classifier::close);
    }

    public static void answersTwoThreadsAsOne() throws InterruptedException {
        try (Classifier classifier = open()) {
            ConcurrentLinkedQueue<String> wrong = new ConcurrentLinkedQueue<>();
            List<Thread> threads = new ArrayList<>();
            for (int colour = 0; colour < 2; ++colour) {
                Scene scene = Scene.coloured(colour, 1);
                String expected = answer(classifier, scene.planar(0, 0));
                Thread thread = new Thread(() -> {
                    for (int i = 0; i < 20; ++i) {
                        String given = answer(classifier, i % 2 == 0 ? scene.nv21(i, 0) : scene.planar(i, 0));
                        if (!given.equals(expected)) {
                            wrong.add(given);
                        }
                    }
                });
                thread.start();
                threads.add(thread);
            }
            for (Thread thread : threads) {
                thread.join();
            }
            Check.that(wrong.isEmpty(), "wrong: " + wrong);
        }
    }
}
