package android.os;

import android.Stub;

public class BaseBundle {
    public boolean getBoolean(String key) { throw new Stub(); }
    public void putBoolean(String key, boolean value) { throw new Stub(); }
}
