package org.vkmbv3.engine;

/** Says where a lesson is. In the order of vkmbv3_teach.h. */
public enum Phase {
    NONE,
    PREPARING,
    TRAINING,
    PAUSING,
    PAUSED,
    FINISHED,
    FAILED;

    public boolean atWork() {
        return this == PREPARING || this == TRAINING || this == PAUSING;
    }
}
