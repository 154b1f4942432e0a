package android.graphics;

import android.Stub;

public class Canvas {
    public void drawLine(float fromX, float fromY, float toX, float toY, Paint paint) { throw new Stub(); }
    public void drawRect(float left, float top, float right, float bottom, Paint paint) { throw new Stub(); }
    public void drawText(String text, float x, float y, Paint paint) { throw new Stub(); }
}
