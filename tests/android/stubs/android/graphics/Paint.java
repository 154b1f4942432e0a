package android.graphics;

import android.Stub;

public class Paint {
    public static final int ANTI_ALIAS_FLAG = 1;

    public Paint(int flags) { throw new Stub(); }
    public void setColor(int colour) { throw new Stub(); }
    public void setStrokeWidth(float width) { throw new Stub(); }
    public void setTextSize(float size) { throw new Stub(); }
}
