package org.vkmbv3.test;

import java.io.File;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.vkmbv3.engine.Classifier;
import org.vkmbv3.engine.Network;
import org.vkmbv3.engine.Picture;
import org.vkmbv3.engine.Prediction;
import org.vkmbv3.logic.Frame;
import org.vkmbv3.logic.Latest;
import org.vkmbv3.logic.LiveClassifier;
import org.vkmbv3.logic.LiveView;

/** Tests live classification: old frames are dropped, every frame is given back, the lifecycle of a phone's screen. */
public final class LiveTests {
    private LiveTests() {}

    private static Frame frame(AtomicInteger out) {
        out.incrementAndGet();
        return new Frame(Scene.coloured(0, 1).planar(0, 0), out::decrementAndGet);
    }

    /** Is a network that answers when it is told to. */
    private static final class Slow implements Network {
        final CountDownLatch begun = new CountDownLatch(1);
        final CountDownLatch may = new CountDownLatch(1);
        final AtomicInteger answers = new AtomicInteger();

        @Override
        public List<Prediction> classify(Picture picture, int top) {
            begun.countDown();
            try {
                may.await();
            } catch (InterruptedException nobodyDoes) {
                throw new AssertionError(nobodyDoes);
            }
            answers.incrementAndGet();
            return Collections.singletonList(new Prediction(0, "a", 1));
        }

        @Override
        public String device() {
            return "slow";
        }

        @Override
        public void close() {}
    }

    public static void classifiesTheNewestFrame() throws InterruptedException {
        Slow slow = new Slow();
        AtomicInteger out = new AtomicInteger();
        AtomicReference<LiveView> shown = new AtomicReference<>();
        try (LiveClassifier live = new LiveClassifier(file -> slow, 1, shown::set)) {
            live.use(new File("any"));
            Check.soon("it is open", () -> shown.get() != null && !shown.get().opening);
            live.start();
            live.offer(frame(out));
            slow.begun.await();
            for (int i = 0; i < 50; ++i) {
                live.offer(frame(out));
                Check.that(out.get() <= 2, "one at work, one waits: " + out.get());
            }
            Check.equal(49L, live.dropped());
            slow.may.countDown();
            Check.soon("the newest is classified", () -> slow.answers.get() == 2);
            Check.soon("all are given back", () -> out.get() == 0);
            Check.equal("a", shown.get().predictions.get(0).name);
        }
    }

    public static void givesFramesBackBeforeACameraCloses() throws InterruptedException {
        Slow slow = new Slow();
        AtomicInteger out = new AtomicInteger();
        AtomicReference<LiveView> shown = new AtomicReference<>();
        LiveClassifier live = new LiveClassifier(file -> slow, 1, shown::set);
        live.offer(frame(out));
        Check.equal(0, out.get());  // nothing is taken before it starts
        live.use(new File("any"));
        Check.soon("it is open", () -> shown.get() != null && !shown.get().opening);
        live.start();
        live.offer(frame(out));
        slow.begun.await();
        live.offer(frame(out));
        AtomicInteger outAfterStop = new AtomicInteger(-1);
        Thread stops = new Thread(() -> {
            live.stop();
            outAfterStop.set(out.get());
        });
        stops.start();
        Thread.sleep(50);
        Check.equal(-1, outAfterStop.get());  // it waits for the frame that is at work
        slow.may.countDown();
        stops.join();
        Check.equal(0, outAfterStop.get());
        live.offer(frame(out));
        Check.equal(0, out.get());
        live.start();  // the screen is back
        live.offer(frame(out));
        Check.soon("it goes on", () -> slow.answers.get() == 2 && out.get() == 0);
        live.close();
        live.offer(frame(out));
        Check.equal(0, out.get());
    }

    public static void runsARealNetworkAndSaysWhatItCannotOpen() {
        AtomicInteger out = new AtomicInteger();
        AtomicReference<LiveView> shown = new AtomicReference<>();
        try (LiveClassifier live = new LiveClassifier(
                file -> new Classifier(file, Place.DEVICE, Classifier.AUTO), 3, shown::set)) {
            live.use(new File("/nonexistent.pth"));
            Check.soon("it says so", () -> shown.get() != null && shown.get().problem.contains("/nonexistent.pth"));
            live.start();
            live.offer(frame(out));  // nobody can classify it
            Check.soon("it is given back", () -> out.get() == 0);
            live.use(Place.WEIGHTS);
            Check.soon("it is open", () -> shown.get().device.startsWith("device 0"));
            Check.soon("it answers", () -> {
                live.offer(frame(out));
                return shown.get().predictions.size() == 3 && shown.get().framesPerSecond > 0;
            });
            live.use(new File("/nonexistent.pth"));
            Check.soon("it says so", () -> !shown.get().problem.isEmpty());
            Check.soon("the one before goes on", () -> {
                live.offer(frame(out));
                return shown.get().problem.isEmpty() && shown.get().predictions.size() == 3;
            });
        }
        Check.equal(0, out.get());
    }

    public static void showsTheNewestToWhoeverDraws() {
        List<Runnable> posted = new ArrayList<>();
        List<String> drawn = new ArrayList<>();
        Latest<String> latest = new Latest<>(posted::add);
        latest.show("before there is a screen");
        Check.equal(0, posted.size());
        latest.on(drawn::add);
        latest.show("one");
        latest.show("two");
        Check.equal(1, posted.size());
        posted.remove(0).run();
        Check.equal(Collections.singletonList("two"), drawn);
        latest.on(null);
        latest.show("three");
        Check.equal(0, posted.size());
        latest.on(drawn::add);  // a screen that was turned
        posted.remove(0).run();
        Check.equal("three", drawn.get(1));
    }
}
