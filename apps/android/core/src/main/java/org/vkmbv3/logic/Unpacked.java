package org.vkmbv3.logic;

import java.io.File;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;

/** Makes files of what an app brings inside its package, for libraries that read files. */
public final class Unpacked {
    private static final int BUFFER_BYTES = 1 << 16;

    private Unpacked() {}

    /** Returns the file, which has these bytes, all of them. {@code version} names what they are: another one replaces it. */
    public static File file(InputStream bytes, File folder, String name, String version) throws IOException {
        File file = new File(new File(folder, version), name);
        if (file.isFile()) {
            return file;
        }
        if (!file.getParentFile().isDirectory() && !file.getParentFile().mkdirs()) {
            throw new IOException(file.getParent() + " cannot be made");
        }
        File fresh = new File(file.getPath() + ".new");
        try (FileOutputStream out = new FileOutputStream(fresh)) {
            byte[] buffer = new byte[BUFFER_BYTES];
            for (int count = bytes.read(buffer); count >= 0; count = bytes.read(buffer)) {
                out.write(buffer, 0, count);
            }
            out.getFD().sync();
        }
        if (!fresh.renameTo(file)) {
            throw new IOException(file + " cannot be written");
        }
        return file;
    }
}
