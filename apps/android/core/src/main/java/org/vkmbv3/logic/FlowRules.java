package org.vkmbv3.logic;

import org.vkmbv3.engine.Phase;

/** Decides what is to be done with a session's lesson, now. Has no state. */
final class FlowRules {
    enum Action {
        NONE,
        START,
        PAUSE,
        RESUME
    }

    private FlowRules() {}

    static Action action(Wish wish, Phase phase, boolean canResume, boolean mayTrain) {
        boolean trains = phase == Phase.PREPARING || phase == Phase.TRAINING;
        if (trains) {
            return wish == Wish.REST || !mayTrain ? Action.PAUSE : Action.NONE;
        }
        if (!mayTrain || phase.atWork()) {
            return Action.NONE;
        }
        if (wish == Wish.START) {
            return Action.START;
        }
        if (wish == Wish.TRAIN) {
            if (canResume) {
                return Action.RESUME;
            }
            // The process ended before the lesson had left anything to go on with.
            return phase == Phase.NONE ? Action.START : Action.NONE;
        }
        return Action.NONE;
    }

    /** Returns what a person still wants once a lesson is in a phase. */
    static Wish afterwards(Wish wish, Phase phase) {
        if (wish != Wish.TRAIN) {
            return wish;
        }
        if (phase == Phase.FINISHED) {
            return Wish.NOTHING;
        }
        return phase == Phase.FAILED ? Wish.REST : wish;  // a lesson that fails would fail for ever
    }

    static Stage stage(Wish wish, Phase phase, PausePolicy.Reason reason) {
        boolean wanted = wish == Wish.START || wish == Wish.TRAIN;
        if (wanted && !phase.atWork() && reason != PausePolicy.Reason.NONE) {
            return Stage.WAITING;
        }
        switch (phase) {
            case PREPARING:
                return Stage.PREPARING;
            case TRAINING:
                return Stage.TRAINING;
            case PAUSING:
                return Stage.PAUSING;
            case PAUSED:
                return Stage.PAUSED;
            case FINISHED:
                return Stage.FINISHED;
            case FAILED:
                return Stage.FAILED;
            default:
                return Stage.COLLECTING;
        }
    }
}
