package org.vkmbv3.app;

import android.content.Context;
import org.vkmbv3.engine.Judgement;
import org.vkmbv3.logic.PausePolicy;
import org.vkmbv3.logic.TeachView;

/** Says in a person's language what a TeachView holds. */
final class Wording {
    private static final int PERCENT = 100;

    private Wording() {}

    static String status(Context context, TeachView view) {
        switch (view.stage) {
            case OPENING:
                return context.getString(R.string.stage_opening);
            case COLLECTING:
                return context.getString(view.hasEnough() ? R.string.stage_ready : R.string.stage_collecting);
            case PREPARING:
                return context.getString(R.string.stage_preparing, view.doing);
            case TRAINING:
                return context.getString(R.string.stage_training, view.progress.epoch + 1, view.progress.epochs,
                        view.progress.loss, PERCENT * view.progress.accuracy);
            case PAUSING:
                return context.getString(R.string.stage_pausing);
            case PAUSED:
                return context.getString(R.string.stage_paused, view.progress.epoch, view.progress.epochs);
            case WAITING:
                return context.getString(R.string.stage_waiting, reason(context, view.reason));
            case FINISHED:
                return context.getString(R.string.stage_finished, PERCENT * view.progress.bestAccuracy);
            case FAILED:
                return context.getString(R.string.stage_failed, view.problem);
            default:
                return view.problem;
        }
    }

    static String accuracies(Context context, Judgement judgement) {
        StringBuilder text = new StringBuilder();
        for (int label = 0; judgement != null && label < judgement.size(); ++label) {
            if (label > 0) {
                text.append('\n');
            }
            text.append(context.getString(R.string.class_accuracy, judgement.name(label), judgement.hits(label),
                    judgement.images(label)));
        }
        return text.toString();
    }

    private static String reason(Context context, PausePolicy.Reason reason) {
        switch (reason) {
            case HOT:
                return context.getString(R.string.reason_hot);
            case BATTERY:
                return context.getString(R.string.reason_battery);
            case SAVING_POWER:
                return context.getString(R.string.reason_saving_power);
            default:
                return context.getString(R.string.reason_background);
        }
    }
}
