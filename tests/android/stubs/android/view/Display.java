package android.view;

import android.Stub;

public final class Display {
    public int getRotation() { throw new Stub(); }
}
