package org.vkmbv3.test;

import java.io.File;
import org.vkmbv3.engine.PictureClass;
import org.vkmbv3.logic.PhoneState;
import org.vkmbv3.logic.TeachFlow;
import org.vkmbv3.logic.TeachView;
import org.vkmbv3.logic.Stage;

/** Is a flow and a screen that a test looks at. */
final class Flow implements AutoCloseable {
    static final PhoneState WELL = new PhoneState(0, 30, 80, false, false, true);
    static final PhoneState HOT = new PhoneState(4, 45, 80, false, false, true);

    final TeachFlow flow;
    private volatile TeachView view;

    Flow(File folder) {
        flow = new TeachFlow(folder, Place.WEIGHTS, Place.DEVICE, shown -> view = shown);
        Check.soon("it is open", () -> view != null && view.stage != Stage.OPENING);
    }

    TeachView view() {
        return view;
    }

    void reaches(Stage stage) {
        try {
            Check.soon(stage.toString(), () -> view.stage == stage || view.stage == Stage.FAILED);
        } catch (AssertionError late) {
            throw new AssertionError(late.getMessage() + ", but " + described(), late);
        }
        Check.that(view.stage == stage, described());
    }

    private String described() {
        return view.stage + " at step " + view.progress.step + " " + view.doing + " " + view.problem + " " + view.notice;
    }

    void reachesStep(long step) {
        Check.soon("step " + step, () -> view.progress.step >= step || view.stage == Stage.FINISHED);
        Check.that(view.stage != Stage.FINISHED, "the lesson is too short for this test");
    }

    /** Adds so many pictures of each class. */
    void addPictures(int count) {
        File files = Place.folder();
        for (int label = 0; label < Pictures.CLASSES.length; ++label) {
            flow.addClass(Pictures.CLASSES[label], false);
            flow.addFile(Pictures.CLASSES[label], Pictures.folder(files, label, count));
        }
        Check.soon("pictures are there", () -> pictures() == count * Pictures.CLASSES.length);
    }

    long pictures() {
        long sum = 0;
        for (PictureClass one : view.classes) {
            sum += one.pictures;
        }
        return sum;
    }

    @Override
    public void close() {
        flow.close();
    }
}
