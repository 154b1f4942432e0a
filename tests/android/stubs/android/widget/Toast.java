package android.widget;

import android.Stub;
import android.content.Context;

public class Toast {
    public static final int LENGTH_LONG = 1;

    public static Toast makeText(Context context, CharSequence text, int length) { throw new Stub(); }
    public void show() { throw new Stub(); }
}
