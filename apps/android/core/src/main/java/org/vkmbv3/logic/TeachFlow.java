package org.vkmbv3.logic;

import java.io.File;
import java.io.IOException;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.vkmbv3.engine.Lesson;
import org.vkmbv3.engine.Phase;
import org.vkmbv3.engine.Picture;
import org.vkmbv3.engine.Progress;
import org.vkmbv3.engine.Reach;
import org.vkmbv3.engine.Session;
import org.vkmbv3.engine.Vkmbv3Exception;

/**
 * Leads a person from classes and pictures to a taught network, as far as the phone allows. All members return at once but
 * {@link #close}; what they ask for is done in order on a thread of the flow's own, which tells the screen what there is to show.
 *
 * <p>A lesson pauses while the phone is hot, low or shows something else (PausePolicy), and goes on by itself. When the process
 * ends meanwhile, the next one goes on, too: what the person wanted is remembered (FlowMemory), the rest is the session's.
 */
public final class TeachFlow implements AutoCloseable {
    /** Is told what there is to show, on the flow's thread. */
    public interface Screen {
        void show(TeachView view);
    }

    /** Is told how an export ended, on the flow's thread. */
    public interface Exported {
        /** {@code problem} is empty where the file is there. */
        void done(File file, String problem);
    }

    private interface Task {
        void run() throws IOException;
    }

    private static final long MILLISECONDS_BETWEEN = 200;

    private final Screen screen;
    private final ScheduledExecutorService thread =
            Executors.newSingleThreadScheduledExecutor(task -> new Thread(task, "teacher"));
    private final Recorder recorder = new Recorder();

    // These belong to the thread.
    private final PausePolicy policy = new PausePolicy();
    private Session session;
    private FlowMemory memory;
    private PhoneState phone;
    private String broken = "";  // why there is no session
    private String notice = "";
    private long notices;
    private long sessionNotices;
    private boolean scheduled;

    /**
     * Opens the session in {@code folder}/session, or makes one. Lessons start from {@code weights}, unless the session
     * remembers others. Until the phone has said how it is, nothing is trained.
     */
    public TeachFlow(File folder, File weights, int device, Screen screen) {
        this.screen = screen;
        thread.execute(aloud(() -> open(folder, weights, device)));
    }

    public void phoneIs(PhoneState state) {
        ask(() -> phone = state);
    }

    public void addClass(String name, boolean background) {
        ask(() -> session.addClass(name, background));
    }

    public void renameClass(String name, String newName) {
        ask(() -> session.renameClass(name, newName));
    }

    public void removeClass(String name) {
        ask(() -> session.removeClass(name));
    }

    public void undo() {
        ask(() -> session.undo());
    }

    public void addFile(String className, File file) {
        ask(() -> session.addFile(className, file));
    }

    /** Makes pictures of a class of what the camera sees, until {@link #release}. */
    public void hold(String className) {
        recorder.hold(className);
    }

    public void release() {
        recorder.release();
    }

    /** Takes what a camera sees. Copies it where it becomes a picture, so it may go back to the camera afterwards. */
    public void camera(Picture picture) {
        String className = recorder.take(System.nanoTime());
        if (className == null) {
            return;
        }
        Picture copy = picture.copy();
        boolean asked = ask(() -> {
            recorder.kept();
            session.addFrame(className, copy);
        });
        if (!asked) {
            recorder.kept();
        }
    }

    public void start(Reach reach) {
        ask(() -> memory.remember(Wish.START, reach));
    }

    public void pause() {
        ask(() -> {
            // What has not begun is given up; it can be started again.
            boolean begun = memory.wish() != Wish.START;
            memory.remember(begun ? Wish.REST : Wish.NOTHING, memory.reach());
        });
    }

    public void goOn() {
        ask(() -> memory.remember(Wish.TRAIN, memory.reach()));
    }

    public void export(File file, Exported exported) {
        run(() -> {
            if (session == null) {
                exported.done(file, broken);
                return;
            }
            String problem = "";
            try {
                session.export(file);
            } catch (Vkmbv3Exception error) {
                problem = error.getMessage();
            }
            exported.done(file, problem);
            look();
        });
    }

    /** Pauses a lesson, waits until it is saved, and ends. What the person wants is remembered for the next process. */
    @Override
    public void close() {
        try {
            thread.execute(() -> {
                if (session != null) {
                    session.close();
                    session = null;
                    broken = "closed";
                }
                thread.shutdown();
            });
        } catch (RejectedExecutionException closedAlready) {
            return;
        }
        boolean interrupted = false;
        for (;;) {
            try {
                if (thread.awaitTermination(1, TimeUnit.HOURS)) {
                    break;
                }
            } catch (InterruptedException later) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void open(File folder, File weights, int device) {
        screen.show(new TeachView(Stage.OPENING, ""));
        try {
            memory = new FlowMemory(new File(folder, "wish.properties"));
            session = new Session(new File(folder, "session"), weights, device);
            look();
        } catch (Vkmbv3Exception error) {
            broken = error.getMessage();
            screen.show(new TeachView(Stage.BROKEN, broken));
        }
    }

    // Does what the session is asked for, where there is one. Returns false where the flow has ended.
    private boolean ask(Task task) {
        return run(() -> {
            if (session != null) {
                attempt(task);
                look();
            }
        });
    }

    private boolean run(Runnable task) {
        try {
            thread.execute(aloud(task));
            return true;
        } catch (RejectedExecutionException ended) {
            return false;
        }
    }

    // An executor keeps to itself what its tasks throw. Here the person reads what the session can do no more, until something is
    // asked of it again; a fault of the program ends it, as on any other thread.
    private Runnable aloud(Runnable task) {
        return () -> {
            try {
                task.run();
            } catch (Vkmbv3Exception error) {
                screen.show(new TeachView(Stage.BROKEN, error.getMessage()));
            } catch (RuntimeException | Error fault) {
                Thread current = Thread.currentThread();
                current.getUncaughtExceptionHandler().uncaughtException(current, fault);
                throw fault;
            }
        };
    }

    private boolean attempt(Task task) {
        try {
            task.run();
            return true;
        } catch (Vkmbv3Exception | IOException error) {
            tell(error.getMessage());
            return false;
        }
    }

    private void tell(String text) {
        notice = text;
        ++notices;
    }

    // Does what is to be done now, shows what there is, and looks again soon where that may change by itself.
    private void look() {
        PausePolicy.Reason reason = phone == null ? PausePolicy.Reason.BACKGROUND : policy.judge(phone);
        act(reason);
        Progress progress = session.progress();
        Wish left = FlowRules.afterwards(memory.wish(), progress.phase);
        attempt(() -> memory.remember(left, memory.reach()));
        if (progress.notices != sessionNotices) {
            sessionNotices = progress.notices;
            String told = session.notice();
            if (!told.equals(notice)) {  // a refusal was told already
                tell(told);
            }
        }
        screen.show(view(progress, reason));
        if (!scheduled && progress.phase.atWork()) {
            scheduled = true;
            thread.schedule(aloud(this::lookAgain), MILLISECONDS_BETWEEN, TimeUnit.MILLISECONDS);
        }
    }

    private void lookAgain() {
        scheduled = false;
        if (session != null) {
            look();
        }
    }

    private void act(PausePolicy.Reason reason) {
        Progress progress = session.progress();
        FlowRules.Action action = FlowRules.action(
                memory.wish(), progress.phase, progress.canResume, reason == PausePolicy.Reason.NONE);
        boolean done = true;
        switch (action) {
            case START:
                done = attempt(() -> session.start(Lesson.usual(memory.reach())));
                if (done) {  // it trains, even if that cannot be kept
                    attempt(() -> memory.remember(Wish.TRAIN, memory.reach()));
                }
                break;
            case RESUME:
                done = attempt(() -> session.resume());
                break;
            case PAUSE:
                session.pause();
                break;
            default:
                break;
        }
        if (!done) {
            // What was refused would be refused again.
            boolean paused = progress.phase == Phase.PAUSED;
            attempt(() -> memory.remember(paused ? Wish.REST : Wish.NOTHING, memory.reach()));
        }
    }

    private TeachView view(Progress progress, PausePolicy.Reason reason) {
        return new TeachView(FlowRules.stage(memory.wish(), progress.phase, reason), reason, session.classes(), progress,
                session.doing(), session.problem(), notice, notices, session.undoable(), session.device(),
                session.trainingCurve(), session.validationCurve(), session.judgement(), session.taught());
    }
}
