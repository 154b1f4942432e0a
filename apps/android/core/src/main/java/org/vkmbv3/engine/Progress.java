package org.vkmbv3.engine;

/** Tells how a session's last lesson goes, at one moment. What is not known yet is NaN. */
public final class Progress {
    public final Phase phase;
    public final boolean canResume;
    public final boolean canUndo;
    public final Reach reach;
    public final long epoch;
    public final long epochs;
    public final long step;
    public final long steps;
    public final long notices;
    public final double share;
    public final double loss;
    public final double accuracy;
    public final double validationLoss;
    public final double validationAccuracy;
    public final double bestAccuracy;
    public final double imagesPerSecond;
    public final double seconds;
    public final double secondsLeft;

    static final int COUNTS = 9;
    static final int VALUES = 9;

    Progress(long[] counts, double[] values) {
        phase = Phase.values()[(int) counts[0]];
        canResume = counts[1] != 0;
        canUndo = counts[2] != 0;
        reach = Reach.values()[(int) counts[3]];
        epoch = counts[4];
        epochs = counts[5];
        step = counts[6];
        steps = counts[7];
        notices = counts[8];
        share = values[0];
        loss = values[1];
        accuracy = values[2];
        validationLoss = values[3];
        validationAccuracy = values[4];
        bestAccuracy = values[5];
        imagesPerSecond = values[6];
        seconds = values[7];
        secondsLeft = values[8];
    }
}
