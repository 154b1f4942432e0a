package org.vkmbv3.logic;

/** Chooses the size of a camera's frames. */
public final class FrameSize {
    private FrameSize() {}

    /** Returns the index of the smallest size, {width, height}, whose shorter side is {@code least}; else of the largest. */
    public static int choose(int[][] sizes, int least) {
        int best = 0;
        for (int i = 1; i < sizes.length; ++i) {
            boolean enough = Math.min(sizes[i][0], sizes[i][1]) >= least;
            boolean bestEnough = Math.min(sizes[best][0], sizes[best][1]) >= least;
            long pixels = (long) sizes[i][0] * sizes[i][1];
            long bestPixels = (long) sizes[best][0] * sizes[best][1];
            boolean better = bestEnough ? enough && pixels < bestPixels : enough || pixels > bestPixels;
            if (better) {
                best = i;
            }
        }
        return best;
    }
}
