package org.vkmbv3.logic;

/** Says where a person is in teaching. */
public enum Stage {
    OPENING,
    COLLECTING,
    PREPARING,
    TRAINING,
    PAUSING,
    /** The person wants it so. */
    PAUSED,
    /** The phone wants it so: TeachView.reason says why. It goes on by itself. */
    WAITING,
    FINISHED,
    FAILED,
    /** The session cannot be opened: TeachView.problem says why. */
    BROKEN
}
