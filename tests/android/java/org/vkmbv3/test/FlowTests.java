package org.vkmbv3.test;

import java.io.File;
import java.io.FileOutputStream;
import java.io.IOException;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import org.vkmbv3.engine.Classifier;
import org.vkmbv3.engine.Prediction;
import org.vkmbv3.engine.Reach;
import org.vkmbv3.logic.PausePolicy;
import org.vkmbv3.logic.Stage;
import org.vkmbv3.logic.TeachFlow;

/** Tests teaching as an app does it, on a real session and device. */
public final class FlowTests {
    private static final int MANY = 60;  // pictures of a class, for lessons that are still at work when a test looks

    private FlowTests() {}

    public static void teachesWhatACameraSees() {
        try (Flow flow = new Flow(Place.folder())) {
            Check.equal(Stage.COLLECTING, flow.view().stage);
            flow.flow.phoneIs(Flow.WELL);
            for (int label = 0; label < Pictures.CLASSES.length; ++label) {
                String name = Pictures.CLASSES[label];
                flow.flow.addClass(name, false);
                flow.flow.hold(name);
                long before = flow.pictures();
                Scene scene = Scene.coloured(label, label);
                Check.soon("six pictures of " + name, () -> {
                    flow.flow.camera(scene.interleaved(8, 90, true));
                    return flow.pictures() >= before + 6;
                });
                flow.flow.release();
            }
            Check.that(flow.view().undoable.contains("blue"), flow.view().undoable);
            Check.that(flow.view().canStart(), "it can start");
            flow.flow.start(Reach.EVERYTHING);
            flow.reaches(Stage.FINISHED);
            Check.equal(15L, flow.view().progress.epochs);
            Check.equal(15, flow.view().validation.size());
            Check.equal(3, flow.view().judgement.size());
            Check.equal("blue", flow.view().judgement.name(0));
            Check.that(flow.view().judgement.images(0) > 0, "held-out pictures");
            Set<String> names = new TreeSet<>();
            try (Classifier taught = new Classifier(flow.view().taught, Place.DEVICE, Classifier.FP32)) {
                for (Prediction one : taught.classify(Scene.coloured(0, 9).planar(0, 0), 3)) {
                    names.add(one.name);
                }
            }
            Check.equal("[blue, green, red]", names.toString());
            for (String ending : new String[] {".safetensors", ".onnx"}) {
                File file = new File(Place.folder(), "taught" + ending);
                AtomicReference<String> told = new AtomicReference<>();
                flow.flow.export(file, (written, problem) -> told.set(problem));
                Check.soon("it is written", () -> told.get() != null);
                Check.equal("", told.get());
                Check.that(file.length() > 0, file + " is empty");
            }
            AtomicReference<String> told = new AtomicReference<>();
            flow.flow.export(new File("/nonexistent/taught.onnx"), (written, problem) -> told.set(problem));
            Check.soon("it is told", () -> told.get() != null);
            Check.that(told.get().contains("/nonexistent"), told.get());
        }
    }

    public static void waitsWhileThePhoneIsHotAndGoesOnByItself() {
        try (Flow flow = new Flow(Place.folder())) {
            flow.addPictures(MANY);
            flow.flow.phoneIs(Flow.HOT);
            flow.flow.start(Reach.EVERYTHING);
            flow.reaches(Stage.WAITING);
            Check.equal(PausePolicy.Reason.HOT, flow.view().reason);
            flow.flow.phoneIs(Flow.WELL);
            flow.reachesStep(2);
            flow.flow.phoneIs(Flow.HOT);
            flow.reaches(Stage.WAITING);
            long step = flow.view().progress.step;
            Check.that(step >= 2, "step " + step);
            flow.flow.phoneIs(Flow.WELL);
            flow.reaches(Stage.FINISHED);
        }
    }

    public static void doesWhatThePersonWantsInTheBackground() {
        try (Flow flow = new Flow(Place.folder())) {
            flow.addPictures(MANY);
            flow.flow.phoneIs(Flow.WELL);
            flow.flow.start(Reach.EVERYTHING);
            flow.reachesStep(1);
            flow.flow.phoneIs(Flow.WELL.visible(false));
            flow.reaches(Stage.WAITING);
            Check.equal(PausePolicy.Reason.BACKGROUND, flow.view().reason);
            flow.flow.pause();
            flow.reaches(Stage.PAUSED);
            flow.flow.phoneIs(Flow.WELL);
            Check.soon("it may go on", () -> flow.view().reason == PausePolicy.Reason.NONE);
            Check.equal(Stage.PAUSED, flow.view().stage);
            Check.that(flow.view().canGoOn(), "and does not by itself");
            flow.flow.goOn();
            flow.reaches(Stage.FINISHED);
        }
    }

    public static void goesOnWhenItIsOpenedAgain() {
        File folder = Place.folder();
        long step;
        try (Flow flow = new Flow(folder)) {
            flow.addPictures(MANY);
            flow.flow.phoneIs(Flow.WELL);
            flow.flow.start(Reach.EVERYTHING);
            flow.reachesStep(2);
            step = flow.view().progress.step;
        }
        try (Flow flow = new Flow(folder)) {
            Check.equal(Stage.WAITING, flow.view().stage);  // until the phone has said how it is
            Check.that(flow.view().progress.step >= step, "where it was");
            flow.flow.phoneIs(Flow.WELL);
            flow.reachesStep(step + 1);
            flow.flow.pause();
            flow.reaches(Stage.PAUSED);
        }
        try (Flow flow = new Flow(folder)) {
            flow.flow.phoneIs(Flow.WELL);
            Check.soon("it may go on", () -> flow.view().reason == PausePolicy.Reason.NONE);
            Check.equal(Stage.PAUSED, flow.view().stage);
        }
    }

    public static void aFaultOfTheScreenIsNotKeptQuiet() {
        AtomicReference<Throwable> seen = new AtomicReference<>();
        Thread.UncaughtExceptionHandler usual = Thread.getDefaultUncaughtExceptionHandler();
        Thread.setDefaultUncaughtExceptionHandler((thread, fault) -> seen.set(fault));
        try {
            TeachFlow flow = new TeachFlow(Place.folder(), Place.WEIGHTS, Place.DEVICE, shown -> {
                if (shown.stage != Stage.OPENING) {
                    throw new IllegalStateException("the screen fell off");
                }
            });
            Check.soon("it is told", () -> seen.get() != null);
            Check.equal("the screen fell off", seen.get().getMessage());
            flow.close();
        } finally {
            Thread.setDefaultUncaughtExceptionHandler(usual);
        }
    }

    public static void goesOnByItselfWhereThatCannotBeKept() {
        File folder = Place.folder();
        Check.that(new File(folder, "wish.properties.new").mkdirs(), "a folder in the file's place");
        try (Flow flow = new Flow(folder)) {
            flow.addPictures(MANY);
            flow.flow.phoneIs(Flow.WELL);
            flow.flow.start(Reach.EVERYTHING);
            Check.soon("it says so", () -> flow.view().notice.contains("wish.properties.new"));
            flow.reachesStep(1);
            flow.flow.phoneIs(Flow.HOT);
            flow.reaches(Stage.WAITING);
            flow.flow.phoneIs(Flow.WELL);
            flow.reaches(Stage.FINISHED);
        }
    }

    public static void tellsWhatCannotBe() {
        try (Flow flow = new Flow(Place.folder())) {
            flow.flow.phoneIs(Flow.WELL);
            flow.flow.start(Reach.HEAD);
            Check.soon("it says so", () -> flow.view().notice.contains("two classes"));
            Check.equal(Stage.COLLECTING, flow.view().stage);
            flow.flow.addClass("a/b", false);
            Check.soon("it says so", () -> flow.view().notice.contains("a/b"));
            long told = flow.view().noticeNumber;
            flow.flow.addClass("a", false);
            flow.flow.addClass("a", false);
            Check.soon("it says so, once", () -> flow.view().noticeNumber == told + 1);
            flow.flow.undo();
            Check.soon("the class is gone", () -> flow.view().classes.isEmpty());
            flow.flow.goOn();
            flow.flow.pause();
            Check.soon("nothing happens", () -> flow.view().stage == Stage.COLLECTING);
        }
    }

    public static void saysThatASessionIsDamaged() throws IOException {
        File folder = Place.folder();
        Check.that(new File(folder, "session").mkdirs(), "a folder");
        try (FileOutputStream out = new FileOutputStream(new File(folder, "session/session.json"))) {
            out.write('{');
        }
        try (Flow flow = new Flow(folder)) {
            Check.equal(Stage.BROKEN, flow.view().stage);
            Check.that(flow.view().problem.contains("session.json is damaged"), flow.view().problem);
            flow.flow.addClass("a", false);
            flow.flow.start(Reach.HEAD);
            AtomicReference<String> told = new AtomicReference<>();
            flow.flow.export(new File(folder, "taught.onnx"), (file, problem) -> told.set(problem));
            Check.soon("an export is told, too", () -> told.get() != null);
            Check.equal(flow.view().problem, told.get());
        }
    }
}
