package org.vkmbv3.app;

import android.app.Activity;
import android.app.AlertDialog;
import android.view.MotionEvent;
import android.view.View;
import android.view.ViewGroup;
import android.widget.Button;
import android.widget.CheckBox;
import android.widget.EditText;
import android.widget.ProgressBar;
import android.widget.RadioGroup;
import android.widget.TextView;
import android.widget.Toast;
import java.util.ArrayList;
import java.util.List;
import org.vkmbv3.engine.PictureClass;
import org.vkmbv3.engine.Reach;
import org.vkmbv3.logic.TeachFlow;
import org.vkmbv3.logic.TeachView;

/** Is the lower half of the screen: classes, the lesson's buttons and curves. Shows views, and asks the flow. */
final class TeachPanel {
    private static final int WHOLE = 1000;

    private final Activity activity;
    private final TeachFlow flow;
    private final ViewGroup classes;
    private final List<String> shownClasses = new ArrayList<>();
    private long shownNotices = -1;

    TeachPanel(Activity activity, TeachFlow flow) {
        this.activity = activity;
        this.flow = flow;
        classes = activity.findViewById(R.id.classes);
        on(R.id.add_class, this::askForClass);
        on(R.id.undo, flow::undo);
        on(R.id.start, () -> flow.start(reach()));
        on(R.id.pause, flow::pause);
        on(R.id.go_on, flow::goOn);
    }

    void show(TeachView view) {
        this.<TextView>find(R.id.status).setText(Wording.status(activity, view));
        this.<ProgressBar>find(R.id.share)
                .setProgress(view.progress == null ? 0 : (int) (WHOLE * view.progress.share));
        showClasses(view.classes);
        find(R.id.undo).setEnabled(!view.undoable.isEmpty());
        find(R.id.start).setEnabled(view.canStart());
        find(R.id.pause).setEnabled(view.canPause());
        find(R.id.go_on).setEnabled(view.canGoOn());
        find(R.id.try_it).setEnabled(view.taught != null);
        find(R.id.export).setEnabled(view.taught != null);
        if (view.training != null) {
            this.<CurvesView>find(R.id.curves).show(view.training, view.validation);
        }
        this.<TextView>find(R.id.judgement).setText(Wording.accuracies(activity, view.judgement));
        // What was told before this screen was made is old.
        if (shownNotices >= 0 && view.noticeNumber > shownNotices) {
            Toast.makeText(activity, view.notice, Toast.LENGTH_LONG).show();
        }
        shownNotices = view.noticeNumber;
    }

    private void showClasses(List<PictureClass> now) {
        List<String> names = new ArrayList<>();
        for (PictureClass one : now) {
            names.add(one.name);
        }
        // A button that is held must stay: rows are made anew only when there are others.
        if (!names.equals(shownClasses)) {
            shownClasses.clear();
            shownClasses.addAll(names);
            classes.removeAllViews();
            for (String name : names) {
                classes.addView(row(name));
            }
        }
        for (int i = 0; i < now.size(); ++i) {
            classes.getChildAt(i)
                    .<TextView>findViewById(R.id.name)
                    .setText(activity.getString(R.string.class_row, now.get(i).name, now.get(i).pictures));
        }
    }

    private View row(String name) {
        View row = activity.getLayoutInflater().inflate(R.layout.class_row, classes, false);
        Button record = row.findViewById(R.id.record);
        record.setContentDescription(activity.getString(R.string.record_class, name));
        record.setOnTouchListener((view, event) -> {
            if (event.getAction() == MotionEvent.ACTION_DOWN) {
                flow.hold(name);
            } else if (event.getAction() == MotionEvent.ACTION_UP
                    || event.getAction() == MotionEvent.ACTION_CANCEL) {
                flow.release();
            }
            return false;
        });
        Button remove = row.findViewById(R.id.remove);
        remove.setContentDescription(activity.getString(R.string.remove_class, name));
        remove.setOnClickListener(view -> flow.removeClass(name));
        return row;
    }

    private void askForClass() {
        View content = activity.getLayoutInflater().inflate(R.layout.new_class, null);
        EditText name = content.findViewById(R.id.new_name);
        CheckBox background = content.findViewById(R.id.new_background);
        new AlertDialog.Builder(activity)
                .setTitle(R.string.add_class)
                .setView(content)
                .setPositiveButton(R.string.ok,
                        (dialog, which) -> flow.addClass(name.getText().toString(), background.isChecked()))
                .setNegativeButton(R.string.cancel, null)
                .show();
    }

    private Reach reach() {
        int chosen = this.<RadioGroup>find(R.id.reach).getCheckedRadioButtonId();
        if (chosen == R.id.everything) {
            return Reach.EVERYTHING;
        }
        return chosen == R.id.last_stages ? Reach.LAST_STAGES : Reach.HEAD;
    }

    private void on(int button, Runnable action) {
        find(button).setOnClickListener(view -> action.run());
    }

    private <T extends View> T find(int id) {
        return activity.findViewById(id);
    }
}
