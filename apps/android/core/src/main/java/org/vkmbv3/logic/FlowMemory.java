package org.vkmbv3.logic;

import java.io.File;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import org.vkmbv3.engine.Reach;

/**
 * Remembers what a person wants of a lesson over the end of the process, which on a phone may come at any time and without
 * a word. Its file is beside the session, so that the session's folder is the same as a desktop's.
 */
final class FlowMemory {
    private static final String WISH = "wish";
    private static final String REACH = "reach";

    private final File file;
    private Wish wish = Wish.NOTHING;
    private Reach reach = Reach.HEAD;

    /** Reads the file; one that is missing or damaged is nothing to go on with. */
    FlowMemory(File file) {
        this.file = file;
        Properties read = new Properties();
        try (InputStream in = new FileInputStream(file)) {
            read.load(in);
            Wish readWish = Wish.valueOf(read.getProperty(WISH, ""));
            reach = Reach.valueOf(read.getProperty(REACH, ""));
            wish = readWish;
        } catch (IOException | IllegalArgumentException damaged) {
            wish = Wish.NOTHING;
        }
    }

    Wish wish() {
        return wish;
    }

    Reach reach() {
        return reach;
    }

    /** Keeps what is wanted now. The old file or the new one is there, whole. */
    void remember(Wish newWish, Reach newReach) throws IOException {
        if (newWish == wish && newReach == reach) {
            return;
        }
        wish = newWish;
        reach = newReach;
        Properties written = new Properties();
        written.setProperty(WISH, wish.name());
        written.setProperty(REACH, reach.name());
        File parent = file.getParentFile();
        if (!parent.isDirectory() && !parent.mkdirs()) {
            throw new IOException(parent + " cannot be made");
        }
        File fresh = new File(file.getPath() + ".new");
        try (FileOutputStream out = new FileOutputStream(fresh)) {
            written.store(out, null);
            out.getFD().sync();
        }
        if (!fresh.renameTo(file)) {
            throw new IOException(file + " cannot be written");
        }
    }
}
