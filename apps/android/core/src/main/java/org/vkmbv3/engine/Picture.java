package org.vkmbv3.engine;

import java.nio.ByteBuffer;

/**
 * Describes a picture where it lies: direct buffers, the bytes from row to row, and how far it is to be turned clockwise so
 * that it is upright. Nothing is copied; whoever made it keeps the buffers as they are while the picture is in use.
 */
public final class Picture {
    private static final int RGBA = 0;
    private static final int NV21 = 1;
    private static final int YUV_420_888 = 2;

    public final int width;
    public final int height;
    private final int[] layout;
    final ByteBuffer first;
    final ByteBuffer second;
    final ByteBuffer third;

    private Picture(int[] layout, ByteBuffer first, ByteBuffer second, ByteBuffer third) {
        this.layout = layout;
        width = layout[1];
        height = layout[2];
        this.first = fromPosition(first);
        this.second = fromPosition(second);
        this.third = fromPosition(third);
    }

    /** Four bytes a pixel, as Bitmap.copyPixelsToBuffer() gives them of an ARGB_8888 bitmap. */
    public static Picture rgba(ByteBuffer pixels, int width, int height, int stride) {
        return new Picture(new int[] {RGBA, width, height, 0, 0, stride, 0, 0}, pixels, null, null);
    }

    /** Y, and in a second buffer pairs of Cr and Cb. */
    public static Picture nv21(ByteBuffer y, int yStride, ByteBuffer pairs, int pairsStride, int width, int height,
            int rotation, boolean fullRange) {
        return new Picture(
                new int[] {NV21, width, height, rotation, fullRange ? 1 : 0, yStride, pairsStride, 2}, y, pairs, null);
    }

    /**
     * The planes of android.media.Image in ImageFormat.YUV_420_888: both of the colours have one row stride and one
     * pixel stride, 1 or 2, and may be one buffer seen twice.
     */
    public static Picture yuv420(ByteBuffer y, int yStride, ByteBuffer u, ByteBuffer v, int chromaStride,
            int chromaPixelStride, int width, int height, int rotation, boolean fullRange) {
        return new Picture(new int[] {YUV_420_888, width, height, rotation, fullRange ? 1 : 0, yStride, chromaStride,
            chromaPixelStride}, y, u, v);
    }

    /** Returns the same picture in memory of its own. */
    public Picture copy() {
        return new Picture(layout, copy(first), copy(second), copy(third));
    }

    int[] layout() {
        return layout;
    }

    private static ByteBuffer copy(ByteBuffer buffer) {
        if (buffer == null) {
            return null;
        }
        ByteBuffer copied = ByteBuffer.allocateDirect(buffer.remaining());
        copied.put(buffer.duplicate());
        copied.rewind();
        return copied;
    }

    // The native side sees a buffer from its first byte.
    private static ByteBuffer fromPosition(ByteBuffer buffer) {
        return buffer == null ? null : buffer.slice();
    }
}
