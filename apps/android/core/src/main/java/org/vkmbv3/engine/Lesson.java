package org.vkmbv3.engine;

/** Describes a lesson. What is 0 is as usual for its reach. */
public final class Lesson {
    public final Reach reach;
    public final long epochs;
    public final long batchSize;
    public final double learningRate;
    public final boolean mirror;

    public Lesson(Reach reach, long epochs, long batchSize, double learningRate, boolean mirror) {
        this.reach = reach;
        this.epochs = epochs;
        this.batchSize = batchSize;
        this.learningRate = learningRate;
        this.mirror = mirror;
    }

    public static Lesson usual(Reach reach) {
        return new Lesson(reach, 0, 0, 0, false);
    }
}
