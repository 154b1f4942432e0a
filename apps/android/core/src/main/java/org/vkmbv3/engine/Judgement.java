package org.vkmbv3.engine;

/** Tells what the network makes of the pictures that it was not taught: class by class, in the order of their names. */
public final class Judgement {
    private static final int COLUMNS = 3;
    private final String[] names;
    private final long[] scores;
    private final long[] confusion;

    Judgement(String[] names, long[] scores, long[] confusion) {
        this.names = names;
        this.scores = scores;
        this.confusion = confusion;
    }

    /** Is 0 before the first validation. */
    public int size() {
        return names.length;
    }

    public String name(int label) {
        return names[label];
    }

    public long images(int label) {
        return scores[COLUMNS * label];
    }

    public long hits(int label) {
        return scores[COLUMNS * label + 1];
    }

    /** Returns how many pictures of one class are taken for another. */
    public long count(int label, int predicted) {
        return confusion[names.length * label + predicted];
    }
}
