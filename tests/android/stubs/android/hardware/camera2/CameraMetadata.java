package android.hardware.camera2;

public abstract class CameraMetadata {
    public static final int LENS_FACING_FRONT = 0;
}
