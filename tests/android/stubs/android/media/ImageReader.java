package android.media;

import android.Stub;
import android.os.Handler;
import android.view.Surface;

public class ImageReader implements AutoCloseable {
    public static ImageReader newInstance(int width, int height, int format, int most) { throw new Stub(); }
    public Image acquireLatestImage() { throw new Stub(); }
    public Surface getSurface() { throw new Stub(); }
    public void setOnImageAvailableListener(OnImageAvailableListener listener, Handler handler) { throw new Stub(); }
    @Override
    public void close() { throw new Stub(); }

    public interface OnImageAvailableListener {
        void onImageAvailable(ImageReader reader);
    }
}
