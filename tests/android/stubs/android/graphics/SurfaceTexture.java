package android.graphics;

import android.Stub;

public class SurfaceTexture {
    public void setDefaultBufferSize(int width, int height) { throw new Stub(); }
}
