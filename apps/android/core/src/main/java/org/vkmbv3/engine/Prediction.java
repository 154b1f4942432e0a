package org.vkmbv3.engine;

/** Is a class and how likely it is, 0 to 1. */
public final class Prediction {
    public final long label;
    public final String name;
    public final double probability;

    public Prediction(long label, String name, double probability) {
        this.label = label;
        this.name = name;
        this.probability = probability;
    }
}
