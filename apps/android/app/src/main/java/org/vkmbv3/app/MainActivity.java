package org.vkmbv3.app;

import android.Manifest;
import android.app.Activity;
import android.content.Intent;
import android.content.pm.PackageManager;
import android.graphics.SurfaceTexture;
import android.os.Bundle;
import android.view.Surface;
import android.view.TextureView;
import android.view.View;
import android.widget.TextView;
import java.io.File;
import org.vkmbv3.logic.Frame;
import org.vkmbv3.logic.LiveClassifier;
import org.vkmbv3.logic.LiveView;
import org.vkmbv3.logic.TeachFlow;
import org.vkmbv3.logic.TeachView;

/** Is the one screen: the camera and what the network sees, and below it, when asked for, teaching. */
public final class MainActivity extends Activity implements TextureView.SurfaceTextureListener {
    private static final int REQUEST_CAMERA = 1;
    private static final String TEACHING = "teaching";

    private LiveClassifier live;
    private TeachFlow flow;
    private TeachPanel panel;
    private Exporter exporter;
    private PhoneWatch watch;
    private CameraFrames camera;
    private TextureView preview;
    private File taught;
    private boolean started;

    @Override
    protected void onCreate(Bundle saved) {
        super.onCreate(saved);
        setContentView(R.layout.main);
        TeachApp app = (TeachApp) getApplication();
        live = app.live();
        flow = app.flow();
        panel = new TeachPanel(this, flow);
        exporter = new Exporter(this, flow);
        watch = new PhoneWatch(app, flow::phoneIs);
        preview = findViewById(R.id.preview);
        preview.setSurfaceTextureListener(this);
        findViewById(R.id.live).setOnClickListener(view -> showTeaching(false));
        findViewById(R.id.teach).setOnClickListener(view -> showTeaching(true));
        findViewById(R.id.allow).setOnClickListener(view -> askForCamera());
        findViewById(R.id.try_it).setOnClickListener(view -> live.use(taught));
        findViewById(R.id.export).setOnClickListener(view -> exporter.ask());
        showTeaching(saved != null && saved.getBoolean(TEACHING));
    }

    @Override
    protected void onStart() {
        super.onStart();
        started = true;
        TeachApp app = (TeachApp) getApplication();
        app.liveView.on(this::show);
        app.teachView.on(this::show);
        watch.start();
        live.start();
        if (checkSelfPermission(Manifest.permission.CAMERA) == PackageManager.PERMISSION_GRANTED) {
            openCamera();
        } else {
            askForCamera();
        }
    }

    @Override
    protected void onStop() {
        started = false;
        closeCamera();
        watch.stop();  // the lesson pauses
        flow.release();
        TeachApp app = (TeachApp) getApplication();
        app.liveView.on(null);
        app.teachView.on(null);
        super.onStop();
    }

    @Override
    protected void onSaveInstanceState(Bundle out) {
        super.onSaveInstanceState(out);
        out.putBoolean(TEACHING, findViewById(R.id.teaching).getVisibility() == View.VISIBLE);
    }

    @Override
    public void onRequestPermissionsResult(int request, String[] permissions, int[] results) {
        if (results.length > 0 && results[0] == PackageManager.PERMISSION_GRANTED) {
            findViewById(R.id.allow).setVisibility(View.GONE);
            openCamera();
        } else {
            findViewById(R.id.allow).setVisibility(View.VISIBLE);
            cameraFailed(getString(R.string.no_permission));
        }
    }

    @Override
    protected void onActivityResult(int request, int result, Intent data) {
        super.onActivityResult(request, result, data);
        if (request == Exporter.REQUEST && result == RESULT_OK && data != null && data.getData() != null) {
            exporter.placeIs(data.getData(), exporter.proposed());
        }
    }

    @Override
    public void onSurfaceTextureAvailable(SurfaceTexture surface, int width, int height) {
        openCamera();
    }

    @Override
    public void onSurfaceTextureSizeChanged(SurfaceTexture surface, int width, int height) {}

    @Override
    public boolean onSurfaceTextureDestroyed(SurfaceTexture surface) {
        closeCamera();
        return true;
    }

    @Override
    public void onSurfaceTextureUpdated(SurfaceTexture surface) {}

    private void show(LiveView view) {
        this.<BarsView>findViewById(R.id.bars).show(view.predictions);
        String text = view.problem;
        if (view.opening) {
            text = getString(R.string.opening);
        } else if (text.isEmpty()) {
            text = getString(R.string.speed, view.milliseconds, view.framesPerSecond, view.device);
        }
        this.<TextView>findViewById(R.id.speed).setText(text);
    }

    private void show(TeachView view) {
        taught = view.taught;
        panel.show(view);
    }

    private void showTeaching(boolean wanted) {
        findViewById(R.id.teaching).setVisibility(wanted ? View.VISIBLE : View.GONE);
        findViewById(R.id.live).setEnabled(wanted);
        findViewById(R.id.teach).setEnabled(!wanted);
    }

    private void askForCamera() {
        requestPermissions(new String[] {Manifest.permission.CAMERA}, REQUEST_CAMERA);
    }

    // The camera needs a screen that is shown, a surface, and a person's permission, which come in any order.
    private void openCamera() {
        SurfaceTexture surface = preview.getSurfaceTexture();
        if (camera != null || !started || surface == null
                || checkSelfPermission(Manifest.permission.CAMERA) != PackageManager.PERMISSION_GRANTED) {
            return;
        }
        live.start();
        camera = new CameraFrames(this, new CameraFrames.Listener() {
            @Override
            public void frame(Frame frame) {
                flow.camera(frame.picture());
                live.offer(frame);
            }

            @Override
            public void failed(String why) {
                runOnUiThread(() -> cameraFailed(why));
            }
        });
        camera.open(surface, displayDegrees());
    }

    // The order matters: no more frames, none in use, and only then is their memory freed.
    private void closeCamera() {
        if (camera == null) {
            return;
        }
        camera.close();
        live.stop();
        camera.free();
        camera = null;
    }

    private void cameraFailed(String why) {
        this.<TextView>findViewById(R.id.speed).setText(getString(R.string.no_camera, why));
    }

    private int displayDegrees() {
        switch (getWindowManager().getDefaultDisplay().getRotation()) {
            case Surface.ROTATION_90:
                return 90;
            case Surface.ROTATION_180:
                return 180;
            case Surface.ROTATION_270:
                return 270;
            default:
                return 0;
        }
    }
}
