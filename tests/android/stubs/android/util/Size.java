package android.util;

import android.Stub;

public final class Size {
    public int getWidth() { throw new Stub(); }
    public int getHeight() { throw new Stub(); }
}
