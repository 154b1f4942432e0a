package android.view;

import android.Stub;

public final class MotionEvent extends InputEvent {
    public static final int ACTION_DOWN = 0;
    public static final int ACTION_UP = 1;
    public static final int ACTION_CANCEL = 3;

    public int getAction() { throw new Stub(); }
}
