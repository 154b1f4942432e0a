package org.vkmbv3.app;

import android.annotation.SuppressLint;
import android.content.Context;
import android.graphics.ImageFormat;
import android.graphics.SurfaceTexture;
import android.hardware.camera2.CameraAccessException;
import android.hardware.camera2.CameraCaptureSession;
import android.hardware.camera2.CameraCharacteristics;
import android.hardware.camera2.CameraDevice;
import android.hardware.camera2.CameraManager;
import android.hardware.camera2.CaptureRequest;
import android.hardware.camera2.params.StreamConfigurationMap;
import android.media.Image;
import android.media.ImageReader;
import android.os.Handler;
import android.os.HandlerThread;
import android.util.Size;
import android.view.Surface;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import org.vkmbv3.engine.Picture;
import org.vkmbv3.logic.Frame;
import org.vkmbv3.logic.FrameSize;
import org.vkmbv3.logic.Rotation;

/** Shows a camera on a surface and hands its frames out, on a thread of its own. */
final class CameraFrames {
    /** Is told on the camera's thread. */
    interface Listener {
        void frame(Frame frame);

        void failed(String why);
    }

    private static final int LEAST_SIDE = 480;
    // One is classified, one waits for it, one arrives; one more, so that the camera is never without.
    private static final int MOST_FRAMES = 4;

    // One for all, and it never ends: a camera that is closed while it opens is told so here, later.
    private static Handler handler;

    private final CameraManager manager;
    private final Listener listener;
    private CameraDevice camera;
    private ImageReader reader;
    private boolean closed;

    CameraFrames(Context context, Listener listener) {
        manager = (CameraManager) context.getSystemService(Context.CAMERA_SERVICE);
        this.listener = listener;
        if (handler == null) {
            HandlerThread thread = new HandlerThread("camera");
            thread.start();
            handler = new Handler(thread.getLooper());
        }
    }

    /** Opens the first camera that looks away from the person, else any. The app has the permission. */
    @SuppressLint("MissingPermission")
    void open(SurfaceTexture preview, int displayDegrees) {
        try {
            String id = best();
            if (id == null) {
                listener.failed("there is none");
                return;
            }
            CameraCharacteristics about = manager.getCameraCharacteristics(id);
            StreamConfigurationMap streams = about.get(CameraCharacteristics.SCALER_STREAM_CONFIGURATION_MAP);
            Integer sensor = about.get(CameraCharacteristics.SENSOR_ORIENTATION);
            if (streams == null) {
                listener.failed("it has no frames to give");
                return;
            }
            int rotation = Rotation.clockwise(sensor == null ? 0 : sensor, displayDegrees, facesPerson(about));
            Size size = size(streams.getOutputSizes(ImageFormat.YUV_420_888));
            preview.setDefaultBufferSize(size.getWidth(), size.getHeight());
            reader = ImageReader.newInstance(size.getWidth(), size.getHeight(), ImageFormat.YUV_420_888, MOST_FRAMES);
            reader.setOnImageAvailableListener(from -> take(from, rotation), handler);
            manager.openCamera(id, new Opened(new Surface(preview)), handler);
        } catch (CameraAccessException | SecurityException | IllegalArgumentException error) {
            listener.failed(error.getMessage());
        }
    }

    /** Ends the frames: when it returns, the listener is told no more. {@link #free} frees their memory. */
    void close() {
        synchronized (this) {
            closed = true;
            if (camera != null) {
                camera.close();
                camera = null;
            }
        }
        CountDownLatch idle = new CountDownLatch(1);
        handler.post(idle::countDown);
        boolean interrupted = false;
        while (idle.getCount() > 0) {
            try {
                idle.await();
            } catch (InterruptedException later) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Frees the frames' memory, which nobody may use any more. */
    void free() {
        if (reader != null) {
            reader.close();
            reader = null;
        }
    }

    private String best() throws CameraAccessException {
        String any = null;
        for (String id : manager.getCameraIdList()) {
            if (!facesPerson(manager.getCameraCharacteristics(id))) {
                return id;
            }
            any = id;
        }
        return any;
    }

    private static boolean facesPerson(CameraCharacteristics about) {
        Integer facing = about.get(CameraCharacteristics.LENS_FACING);
        return facing != null && facing == CameraCharacteristics.LENS_FACING_FRONT;
    }

    private static Size size(Size[] offered) {
        int[][] sizes = new int[offered.length][];
        for (int i = 0; i < offered.length; ++i) {
            sizes[i] = new int[] {offered[i].getWidth(), offered[i].getHeight()};
        }
        return offered[FrameSize.choose(sizes, LEAST_SIDE)];
    }

    private void take(ImageReader from, int rotation) {
        Image image;
        synchronized (this) {
            if (closed) {
                return;
            }
            image = from.acquireLatestImage();
        }
        if (image == null) {
            return;
        }
        Image.Plane[] planes = image.getPlanes();
        Picture picture = Picture.yuv420(planes[0].getBuffer(), planes[0].getRowStride(), planes[1].getBuffer(),
                planes[2].getBuffer(), planes[1].getRowStride(), planes[1].getPixelStride(), image.getWidth(),
                image.getHeight(), rotation, true);
        listener.frame(new Frame(picture, image::close));
    }

    private final class Opened extends CameraDevice.StateCallback {
        private final Surface preview;

        Opened(Surface preview) {
            this.preview = preview;
        }

        @Override
        public void onOpened(CameraDevice device) {
            synchronized (CameraFrames.this) {
                if (closed) {
                    device.close();
                    return;
                }
                camera = device;
                try {
                    CaptureRequest.Builder request = device.createCaptureRequest(CameraDevice.TEMPLATE_PREVIEW);
                    request.addTarget(preview);
                    request.addTarget(reader.getSurface());
                    device.createCaptureSession(
                            Arrays.asList(preview, reader.getSurface()), new Configured(request.build()), handler);
                } catch (CameraAccessException | IllegalStateException error) {
                    listener.failed(error.getMessage());
                }
            }
        }

        @Override
        public void onDisconnected(CameraDevice device) {
            device.close();
            listener.failed("another app has taken it");
        }

        @Override
        public void onError(CameraDevice device, int error) {
            device.close();
            listener.failed("error " + error);
        }
    }

    private final class Configured extends CameraCaptureSession.StateCallback {
        private final CaptureRequest request;

        Configured(CaptureRequest request) {
            this.request = request;
        }

        @Override
        public void onConfigured(CameraCaptureSession session) {
            try {
                session.setRepeatingRequest(request, null, handler);
            } catch (CameraAccessException | IllegalStateException error) {
                listener.failed(error.getMessage());
            }
        }

        @Override
        public void onConfigureFailed(CameraCaptureSession session) {
            listener.failed("it does not give frames of this size");
        }
    }
}
