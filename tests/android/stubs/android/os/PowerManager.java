package android.os;

import android.Stub;

public final class PowerManager {
    public int getCurrentThermalStatus() { throw new Stub(); }
    public boolean isPowerSaveMode() { throw new Stub(); }
}
