package org.vkmbv3.logic;

import java.util.Collections;
import java.util.List;
import org.vkmbv3.engine.Prediction;

/** Holds what a screen shows of live classification, at one moment. */
public final class LiveView {
    /** The most probable first; empty before the first frame. */
    public final List<Prediction> predictions;
    public final double milliseconds;
    public final double framesPerSecond;
    public final String device;
    /** What went wrong, for a person; empty: nothing. */
    public final String problem;
    public final boolean opening;

    LiveView(List<Prediction> predictions, double milliseconds, double framesPerSecond, String device, String problem,
            boolean opening) {
        this.predictions = Collections.unmodifiableList(predictions);
        this.milliseconds = milliseconds;
        this.framesPerSecond = framesPerSecond;
        this.device = device;
        this.problem = problem;
        this.opening = opening;
    }
}
