package org.vkmbv3.logic;

import java.io.File;
import java.util.Collections;
import java.util.List;
import org.vkmbv3.engine.Curve;
import org.vkmbv3.engine.Judgement;
import org.vkmbv3.engine.PictureClass;
import org.vkmbv3.engine.Progress;

/** Holds what a screen shows of teaching, at one moment. Nothing in it changes. */
public final class TeachView {
    public final Stage stage;
    /** Why training waits; NONE: it does not. */
    public final PausePolicy.Reason reason;
    public final List<PictureClass> classes;
    /** Null before the session is open. */
    public final Progress progress;
    public final String doing;
    public final String problem;
    /** What a person should be told once: {@link #noticeNumber} rises with each. */
    public final String notice;
    public final long noticeNumber;
    public final String undoable;
    public final String device;
    public final Curve training;
    public final Curve validation;
    public final Judgement judgement;
    /** The best weights of the last lesson; null: none yet. */
    public final File taught;

    /** Is what there is before the session is open, or where it cannot be. */
    TeachView(Stage stage, String problem) {
        this.stage = stage;
        this.problem = problem;
        reason = PausePolicy.Reason.NONE;
        classes = Collections.emptyList();
        progress = null;
        doing = "";
        notice = "";
        noticeNumber = 0;
        undoable = "";
        device = "";
        training = null;
        validation = null;
        judgement = null;
        taught = null;
    }

    TeachView(Stage stage, PausePolicy.Reason reason, List<PictureClass> classes, Progress progress, String doing,
            String problem, String notice, long noticeNumber, String undoable, String device, Curve training,
            Curve validation, Judgement judgement, File taught) {
        this.stage = stage;
        this.reason = reason;
        this.classes = Collections.unmodifiableList(classes);
        this.progress = progress;
        this.doing = doing;
        this.problem = problem;
        this.notice = notice;
        this.noticeNumber = noticeNumber;
        this.undoable = undoable;
        this.device = device;
        this.training = training;
        this.validation = validation;
        this.judgement = judgement;
        this.taught = taught;
    }

    /** Returns whether a lesson could start: two classes, each with two pictures. */
    public boolean hasEnough() {
        int enough = 0;
        for (PictureClass one : classes) {
            if (one.pictures < 2) {
                return false;
            }
            ++enough;
        }
        return enough >= 2;
    }

    public boolean canStart() {
        return hasEnough() && (stage == Stage.COLLECTING || stage == Stage.PAUSED || stage == Stage.FINISHED
                || stage == Stage.FAILED);
    }

    public boolean canPause() {
        return stage == Stage.PREPARING || stage == Stage.TRAINING || stage == Stage.WAITING;
    }

    public boolean canGoOn() {
        return progress != null && progress.canResume && (stage == Stage.PAUSED || stage == Stage.FAILED);
    }
}
