package android.hardware.camera2;

import android.util.AndroidException;

public class CameraAccessException extends AndroidException {
    private static final long serialVersionUID = 1;
}
