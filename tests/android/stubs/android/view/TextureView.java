package android.view;

import android.Stub;
import android.content.Context;
import android.graphics.SurfaceTexture;
import android.util.AttributeSet;

public class TextureView extends View {
    public TextureView(Context context, AttributeSet attributes) { super(context, attributes); }
    public SurfaceTexture getSurfaceTexture() { throw new Stub(); }
    public void setSurfaceTextureListener(SurfaceTextureListener listener) { throw new Stub(); }

    public interface SurfaceTextureListener {
        void onSurfaceTextureAvailable(SurfaceTexture surface, int width, int height);
        void onSurfaceTextureSizeChanged(SurfaceTexture surface, int width, int height);
        boolean onSurfaceTextureDestroyed(SurfaceTexture surface);
        void onSurfaceTextureUpdated(SurfaceTexture surface);
    }
}
