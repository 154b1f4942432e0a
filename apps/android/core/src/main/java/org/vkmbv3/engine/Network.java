package org.vkmbv3.engine;

import java.util.List;

/** Says what pictures show. */
public interface Network extends AutoCloseable {
    /** Returns the most probable classes, the first of them first; at most {@code top}. */
    List<Prediction> classify(Picture picture, int top);

    /** Returns which device runs it, for a person. */
    String device();

    @Override
    void close();
}
