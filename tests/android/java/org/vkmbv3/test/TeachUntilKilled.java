package org.vkmbv3.test;

import java.io.File;
import org.vkmbv3.engine.Reach;
import org.vkmbv3.logic.Stage;

/** Teaches in the folder that is named, or goes on there, and says how far it is. Tests kill it. */
public final class TeachUntilKilled {
    private TeachUntilKilled() {}

    public static void main(String[] arguments) throws InterruptedException {
        try (Flow flow = new Flow(new File(arguments[0]))) {
            System.out.println("opened " + flow.view().stage + " " + flow.view().progress.step);
            if (flow.view().classes.isEmpty()) {
                flow.addPictures(60);
                flow.flow.start(Reach.EVERYTHING);
            }
            flow.flow.phoneIs(Flow.WELL);
            String said = "";
            while (flow.view().stage != Stage.FINISHED) {
                String now = flow.view().stage + " " + flow.view().progress.step;
                if (!now.equals(said)) {
                    System.out.println(now);
                    said = now;
                }
                Check.that(flow.view().stage != Stage.FAILED, flow.view().problem);
                Thread.sleep(1);
            }
            System.out.println("FINISHED " + flow.view().progress.step);
        }
    }
}
