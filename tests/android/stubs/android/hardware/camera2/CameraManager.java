package android.hardware.camera2;

import android.Stub;
import android.os.Handler;

public final class CameraManager {
    public String[] getCameraIdList() throws CameraAccessException { throw new Stub(); }
    public CameraCharacteristics getCameraCharacteristics(String id) throws CameraAccessException { throw new Stub(); }
    public void openCamera(String id, CameraDevice.StateCallback callback, Handler handler) throws CameraAccessException { throw new Stub(); }
}
