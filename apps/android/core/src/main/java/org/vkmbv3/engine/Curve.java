package org.vkmbv3.engine;

/** Holds the points of a lesson's curve. */
public final class Curve {
    private static final int COLUMNS = 3;
    private final double[] values;

    Curve(double[] values) {
        this.values = values;
    }

    public int size() {
        return values.length / COLUMNS;
    }

    public double step(int point) {
        return values[COLUMNS * point];
    }

    public double loss(int point) {
        return values[COLUMNS * point + 1];
    }

    public double accuracy(int point) {
        return values[COLUMNS * point + 2];
    }
}
