package android.hardware.camera2;

import android.Stub;
import android.hardware.camera2.params.StreamConfigurationMap;

public final class CameraCharacteristics extends CameraMetadata {
    public static final Key<Integer> LENS_FACING = null;
    public static final Key<Integer> SENSOR_ORIENTATION = null;
    public static final Key<StreamConfigurationMap> SCALER_STREAM_CONFIGURATION_MAP = null;

    public static final class Key<T> {}

    public <T> T get(Key<T> key) { throw new Stub(); }
}
