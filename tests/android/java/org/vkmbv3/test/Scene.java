package org.vkmbv3.test;

import java.nio.ByteBuffer;
import org.vkmbv3.engine.Picture;

/**
 * Is what a camera sees: one colour but for some noise, and brighter to the right and to the bottom, so that no turn of it is
 * like another. Delivered in every layout that Android's cameras have.
 */
public final class Scene {
    public final int width;
    public final int height;
    private final byte[] luma;
    private final byte[] cb;
    private final byte[] cr;

    public Scene(int width, int height, int y, int u, int v, int number) {
        this.width = width;
        this.height = height;
        luma = new byte[width * height];
        for (int i = 0; i < luma.length; ++i) {
            int bright = 20 * (i % width) / width + 10 * (i / width) / height;
            luma[i] = (byte) Math.max(0, Math.min(255, y + bright + (31 * i + 17 * number) % 15 - 22));
        }
        int chroma = ((width + 1) / 2) * ((height + 1) / 2);
        cb = new byte[chroma];
        cr = new byte[chroma];
        for (int i = 0; i < chroma; ++i) {
            cb[i] = (byte) Math.max(0, Math.min(255, u + (13 * i + number) % 9 - 4));
            cr[i] = (byte) Math.max(0, Math.min(255, v + (7 * i + number) % 9 - 4));
        }
    }

    /** Returns one of the classes that lessons are about: 0 red, 1 green, 2 blue. */
    public static Scene coloured(int colour, int number) {
        int[][] colours = {{90, 95, 220}, {130, 70, 60}, {70, 210, 105}};
        return new Scene(24, 20, colours[colour][0], colours[colour][1], colours[colour][2], number);
    }

    /** Pairs of Cr and Cb behind Y, rows with {@code gap} bytes between them. */
    public Picture nv21(int gap, int rotation) {
        int pairs = 2 * ((width + 1) / 2);
        ByteBuffer y = rows(luma, width, height, 1, width + gap, 0);
        ByteBuffer vu = rows(cr, pairs / 2, (height + 1) / 2, 2, pairs + gap, 0);
        put(vu, cb, pairs / 2, (height + 1) / 2, 2, pairs + gap, 1);
        return Picture.nv21(y, width + gap, vu, pairs + gap, width, height, rotation, true);
    }

    /** Three planes apart, as some emulators have them. */
    public Picture planar(int gap, int rotation) {
        int columns = (width + 1) / 2;
        int rows = (height + 1) / 2;
        return Picture.yuv420(rows(luma, width, height, 1, width + gap, 0), width + gap,
                rows(cb, columns, rows, 1, columns + gap, 0), rows(cr, columns, rows, 1, columns + gap, 0), columns + gap,
                1, width, height, rotation, true);
    }

    /**
     * One plane of colours seen twice, as most phones have it. The buffers end with their own last value, as Android's do.
     */
    public Picture interleaved(int gap, int rotation, boolean crFirst) {
        int columns = (width + 1) / 2;
        int rows = (height + 1) / 2;
        int stride = 2 * columns + gap;
        ByteBuffer both = rows(crFirst ? cr : cb, columns, rows, 2, stride, 0);
        put(both, crFirst ? cb : cr, columns, rows, 2, stride, 1);
        ByteBuffer first = view(both, 0, both.capacity() - 1);
        ByteBuffer second = view(both, 1, both.capacity());
        return Picture.yuv420(rows(luma, width, height, 1, width + gap, 0), width + gap, crFirst ? second : first,
                crFirst ? first : second, stride, 2, width, height, rotation, true);
    }

    /** Planes apart whose values have one of another's between them: of one pixel stride with those above, and not woven. */
    public Picture apartWithPixelStride(int gap, int rotation) {
        int columns = (width + 1) / 2;
        int rows = (height + 1) / 2;
        int stride = 2 * columns + gap;
        return Picture.yuv420(rows(luma, width, height, 1, width + gap, 0), width + gap,
                view(rows(cb, columns, rows, 2, stride, 0), 0, stride * (rows - 1) + 2 * columns - 1),
                view(rows(cr, columns, rows, 2, stride, 0), 0, stride * (rows - 1) + 2 * columns - 1), stride, 2, width,
                height, rotation, true);
    }

    /** Returns the scene as a camera stores it that was turned so that it must be turned clockwise to be upright. */
    public Scene stored(int rotation) {
        Scene result = this;
        for (int turned = rotation; turned > 0; turned -= 90) {
            result = result.counterclockwise();
        }
        return result;
    }

    private Scene(int width, int height, byte[] luma, byte[] cb, byte[] cr) {
        this.width = width;
        this.height = height;
        this.luma = luma;
        this.cb = cb;
        this.cr = cr;
    }

    private Scene counterclockwise() {
        return new Scene(height, width, counterclockwise(luma, width, height),
                counterclockwise(cb, width / 2, height / 2), counterclockwise(cr, width / 2, height / 2));
    }

    private static byte[] counterclockwise(byte[] plane, int width, int height) {
        byte[] turned = new byte[plane.length];
        for (int row = 0; row < width; ++row) {
            for (int column = 0; column < height; ++column) {
                turned[row * height + column] = plane[column * width + width - 1 - row];
            }
        }
        return turned;
    }

    private static ByteBuffer view(ByteBuffer whole, int from, int to) {
        ByteBuffer part = whole.duplicate();
        part.position(from);
        part.limit(to);
        return part.slice();
    }

    // The last row ends with its last value, and what is between rows is no value.
    private static ByteBuffer rows(byte[] plane, int columns, int rows, int step, int stride, int first) {
        ByteBuffer buffer = ByteBuffer.allocateDirect(stride * (rows - 1) + step * columns);
        for (int i = 0; i < buffer.capacity(); ++i) {
            buffer.put(i, (byte) 0x55);
        }
        put(buffer, plane, columns, rows, step, stride, first);
        return buffer;
    }

    private static void put(ByteBuffer buffer, byte[] plane, int columns, int rows, int step, int stride, int first) {
        for (int row = 0; row < rows; ++row) {
            for (int column = 0; column < columns; ++column) {
                buffer.put(row * stride + column * step + first, plane[row * columns + column]);
            }
        }
    }
}
