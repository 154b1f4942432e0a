package android.hardware.camera2;

import android.Stub;
import android.view.Surface;

public final class CaptureRequest {
    public static final class Builder {
        public void addTarget(Surface surface) { throw new Stub(); }
        public CaptureRequest build() { throw new Stub(); }
    }
}
