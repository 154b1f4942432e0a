package org.vkmbv3.logic;

import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import org.vkmbv3.engine.Phase;
import org.vkmbv3.engine.Reach;
import org.vkmbv3.test.Check;

/** Tests the decisions that need no library: when a phone may train, what a lesson is to do, what is remembered. */
public final class RulesTests {
    private RulesTests() {}

    private static PhoneState phone(int thermal, double celsius, int percent, boolean charging) {
        return new PhoneState(thermal, celsius, percent, charging, false, true);
    }

    public static void pausesAHotPhoneUntilItIsCool() {
        PausePolicy policy = new PausePolicy();
        Check.equal(PausePolicy.Reason.NONE, policy.judge(phone(0, 30, 80, false)));
        Check.equal(PausePolicy.Reason.NONE, policy.judge(phone(2, 42, 80, false)));
        Check.equal(PausePolicy.Reason.HOT, policy.judge(phone(3, 42, 80, false)));
        Check.equal(PausePolicy.Reason.HOT, policy.judge(phone(2, 42, 80, false)));
        Check.equal(PausePolicy.Reason.HOT, policy.judge(phone(1, 40, 80, false)));
        Check.equal(PausePolicy.Reason.NONE, policy.judge(phone(1, 38, 80, false)));
        Check.equal(PausePolicy.Reason.HOT, policy.judge(phone(0, 43.5, 80, true)));
        Check.equal(PausePolicy.Reason.NONE, policy.judge(phone(0, Double.NaN, 80, true)));
    }

    public static void pausesWhereTheBatteryIsLow() {
        PausePolicy policy = new PausePolicy();
        Check.equal(PausePolicy.Reason.NONE, policy.judge(phone(0, 30, 15, false)));
        Check.equal(PausePolicy.Reason.BATTERY, policy.judge(phone(0, 30, 14, false)));
        Check.equal(PausePolicy.Reason.BATTERY, policy.judge(phone(0, 30, 19, false)));
        Check.equal(PausePolicy.Reason.NONE, policy.judge(phone(0, 30, 14, true)));
        Check.equal(PausePolicy.Reason.BATTERY, policy.judge(phone(0, 30, 14, false)));
        Check.equal(PausePolicy.Reason.NONE, policy.judge(phone(0, 30, 20, false)));
        Check.equal(PausePolicy.Reason.SAVING_POWER, policy.judge(new PhoneState(0, 30, 80, false, true, true)));
        Check.equal(PausePolicy.Reason.NONE, policy.judge(new PhoneState(0, 30, 80, true, true, true)));
    }

    public static void pausesInTheBackgroundAndForgetsNothingThere() {
        PausePolicy policy = new PausePolicy();
        Check.equal(PausePolicy.Reason.HOT, policy.judge(phone(4, 30, 80, false)));
        Check.equal(PausePolicy.Reason.BACKGROUND, policy.judge(phone(2, 30, 80, false).visible(false)));
        Check.equal(PausePolicy.Reason.HOT, policy.judge(phone(2, 30, 80, false)));
    }

    public static void doesWhatPersonAndPhoneAllow() {
        for (Phase phase : Phase.values()) {
            for (Wish wish : Wish.values()) {
                for (boolean canResume : new boolean[] {false, true}) {
                    for (boolean mayTrain : new boolean[] {false, true}) {
                        FlowRules.Action action = FlowRules.action(wish, phase, canResume, mayTrain);
                        boolean trains = phase == Phase.PREPARING || phase == Phase.TRAINING;
                        boolean begins = action == FlowRules.Action.START || action == FlowRules.Action.RESUME;
                        String what = wish + " " + phase + " " + canResume + " " + mayTrain + ": " + action;
                        Check.that(!begins || mayTrain && !phase.atWork(), what);
                        Check.that(!begins || wish == Wish.START || wish == Wish.TRAIN, what);
                        Check.that(action != FlowRules.Action.RESUME || canResume, what);
                        Check.that(!trains || (action == FlowRules.Action.PAUSE) == (!mayTrain || wish == Wish.REST),
                                what);
                    }
                }
            }
        }
        Check.equal(FlowRules.Action.RESUME, FlowRules.action(Wish.TRAIN, Phase.PAUSED, true, true));
        Check.equal(FlowRules.Action.START, FlowRules.action(Wish.START, Phase.FINISHED, false, true));
        // A process that ended before its lesson had a file.
        Check.equal(FlowRules.Action.START, FlowRules.action(Wish.TRAIN, Phase.NONE, false, true));
        Check.equal(FlowRules.Action.NONE, FlowRules.action(Wish.REST, Phase.PAUSED, true, true));
        Check.equal(Wish.NOTHING, FlowRules.afterwards(Wish.TRAIN, Phase.FINISHED));
        Check.equal(Wish.REST, FlowRules.afterwards(Wish.TRAIN, Phase.FAILED));
        Check.equal(Wish.START, FlowRules.afterwards(Wish.START, Phase.FINISHED));
        Check.equal(Stage.WAITING, FlowRules.stage(Wish.TRAIN, Phase.PAUSED, PausePolicy.Reason.HOT));
        Check.equal(Stage.PAUSED, FlowRules.stage(Wish.REST, Phase.PAUSED, PausePolicy.Reason.HOT));
    }

    public static void remembersWishes() throws IOException {
        File folder = Files.createTempDirectory("wishes").toFile();
        File file = new File(folder, "deeper/wish.properties");
        Check.equal(Wish.NOTHING, new FlowMemory(file).wish());
        new FlowMemory(file).remember(Wish.TRAIN, Reach.LAST_STAGES);
        Check.equal(Wish.TRAIN, new FlowMemory(file).wish());
        Check.equal(Reach.LAST_STAGES, new FlowMemory(file).reach());
        for (String damaged : new String[] {"", "wish=TRAIN", "wish=DANCE\nreach=HEAD", "\0\0\0"}) {
            try (FileOutputStream out = new FileOutputStream(file)) {
                out.write(damaged.getBytes("UTF-8"));
            }
            Check.equal(Wish.NOTHING, new FlowMemory(file).wish());
        }
    }

    public static void recordsWhileAButtonIsHeld() {
        Recorder recorder = new Recorder();
        long millisecond = 1_000_000;
        Check.equal(null, recorder.take(0));
        recorder.hold("cat");
        Check.equal("cat", recorder.take(1000 * millisecond));
        Check.equal(null, recorder.take(1100 * millisecond));
        Check.equal("cat", recorder.take(1150 * millisecond));
        Check.equal("cat", recorder.take(1300 * millisecond));
        Check.equal("cat", recorder.take(1500 * millisecond));
        Check.equal(null, recorder.take(2000 * millisecond));  // four are waiting for the disk
        recorder.kept();
        Check.equal("cat", recorder.take(2100 * millisecond));
        recorder.release();
        Check.equal(null, recorder.take(9000 * millisecond));
    }

    public static void turnsFramesUpright() {
        Check.equal(90, Rotation.clockwise(90, 0, false));
        Check.equal(0, Rotation.clockwise(90, 90, false));
        Check.equal(180, Rotation.clockwise(90, 270, false));
        Check.equal(270, Rotation.clockwise(270, 0, true));
        Check.equal(0, Rotation.clockwise(270, 90, true));
    }

    public static void choosesTheSmallestSizeThatDoes() {
        int[][] sizes = {{4000, 3000}, {640, 480}, {320, 240}, {1280, 720}};
        Check.equal(1, FrameSize.choose(sizes, 480));
        Check.equal(3, FrameSize.choose(sizes, 481));
        Check.equal(0, FrameSize.choose(sizes, 9000));
        Check.equal(2, FrameSize.choose(new int[][] {{1, 1}, {2, 2}, {3, 3}}, 480));
    }

    public static void unpacksAssetsWholeOrNotAtAll() throws IOException {
        File folder = Files.createTempDirectory("assets").toFile();
        InputStream breaks = new InputStream() {
            private int left = 3;

            @Override
            public int read() throws IOException {
                if (left-- <= 0) {
                    throw new IOException("the package is damaged");
                }
                return 7;
            }
        };
        try {
            Unpacked.file(breaks, folder, "w", "1");
            throw new AssertionError("no exception");
        } catch (IOException expected) {
            Check.that(!new File(folder, "1/w").exists(), "half a file");
        }
        File first = Unpacked.file(new ByteArrayInputStream(new byte[] {1, 2}), folder, "w", "1");
        Check.equal(2L, first.length());
        Check.equal(2L, Unpacked.file(new ByteArrayInputStream(new byte[] {1}), folder, "w", "1").length());
        Check.equal(1L, Unpacked.file(new ByteArrayInputStream(new byte[] {1}), folder, "w", "2").length());
    }
}
