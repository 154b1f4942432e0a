package org.vkmbv3.app;

import android.app.Application;
import android.os.Handler;
import android.os.Looper;
import android.system.ErrnoException;
import android.system.Os;
import android.util.Log;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import org.vkmbv3.engine.Classifier;
import org.vkmbv3.logic.Latest;
import org.vkmbv3.logic.LiveClassifier;
import org.vkmbv3.logic.LiveView;
import org.vkmbv3.logic.TeachFlow;
import org.vkmbv3.logic.TeachView;
import org.vkmbv3.logic.Unpacked;

/** Holds what outlives a screen that is turned: the classifier, the session, and the newest of what they show. */
public final class TeachApp extends Application {
    private static final String TAG = "vkmbv3";
    private static final String WEIGHTS = "starter.safetensors";
    private static final int TOP = 3;

    private final Handler drawing = new Handler(Looper.getMainLooper());
    final Latest<LiveView> liveView = new Latest<>(drawing::post);
    final Latest<TeachView> teachView = new Latest<>(drawing::post);
    private LiveClassifier live;
    private TeachFlow flow;

    @Override
    public void onCreate() {
        super.onCreate();
        try {
            // Where compiled kernels are kept, so that only the first start is slow.
            Os.setenv("VKMBV3_CACHE", new File(getCacheDir(), "vkmbv3").getPath(), true);
        } catch (ErrnoException error) {
            Log.w(TAG, "kernels are compiled anew in every start", error);
        }
    }

    /** Returns the classifier, which begins with the weights that are part of the app. */
    LiveClassifier live() {
        if (live == null) {
            live = new LiveClassifier(
                    file -> new Classifier(file, Classifier.DEFAULT_DEVICE, Classifier.AUTO), TOP, liveView::show);
            File weights = weights();
            if (weights != null) {
                live.use(weights);
            }
        }
        return live;
    }

    TeachFlow flow() {
        if (flow == null) {
            // A folder that `adb` and file managers reach, so that sessions move between phone and desktop.
            File shared = getExternalFilesDir(null);
            flow = new TeachFlow(shared == null ? getFilesDir() : shared, weights(), Classifier.DEFAULT_DEVICE,
                    teachView::show);
        }
        return flow;
    }

    // The library reads files; an asset is none.
    private File weights() {
        try (InputStream asset = getAssets().open(WEIGHTS)) {
            return Unpacked.file(asset, getFilesDir(), WEIGHTS, Classifier.libraryVersion());
        } catch (IOException error) {
            Log.w(TAG, "this app came without weights", error);
            return null;
        }
    }
}
