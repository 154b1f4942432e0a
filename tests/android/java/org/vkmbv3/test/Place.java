package org.vkmbv3.test;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;

/** Knows where tests find weights, on which device, and room for files. */
final class Place {
    static final File WEIGHTS = new File(System.getProperty("vkmbv3.weights"));
    static final int DEVICE = 0;

    private Place() {}

    static File folder() {
        try {
            return Files.createTempDirectory(new File(System.getProperty("vkmbv3.folder")).toPath(), "test").toFile();
        } catch (IOException error) {
            throw new AssertionError(error);
        }
    }
}
