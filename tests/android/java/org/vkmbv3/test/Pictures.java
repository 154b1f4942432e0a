package org.vkmbv3.test;

import java.io.File;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** Writes picture files of three colours, which lessons are about. */
final class Pictures {
    static final String[] CLASSES = {"red", "green", "blue"};
    private static final int[][] RGB = {{210, 40, 40}, {40, 190, 60}, {30, 60, 200}};
    private static final int SIDE = 20;

    private Pictures() {}

    /** Returns a folder of so many pictures of a class. */
    static File folder(File parent, int label, int count) {
        File folder = new File(parent, CLASSES[label]);
        Check.that(folder.mkdirs(), "a folder");
        for (int number = 0; number < count; ++number) {
            byte[] pixels = new byte[3 * SIDE * SIDE];
            for (int i = 0; i < pixels.length; ++i) {
                pixels[i] = (byte) Math.max(0, Math.min(255, RGB[label][i % 3] + (31 * (i / 3) + 17 * number) % 41 - 20));
            }
            pixels[0] = (byte) number; // no two alike: a session takes a picture once
            try (OutputStream out = new FileOutputStream(new File(folder, number + ".ppm"))) {
                out.write(("P6 " + SIDE + " " + SIDE + " 255\n").getBytes(StandardCharsets.US_ASCII));
                out.write(pixels);
            } catch (IOException error) {
                throw new AssertionError(error);
            }
        }
        return folder;
    }
}
