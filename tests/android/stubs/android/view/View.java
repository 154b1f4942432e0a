package android.view;

import android.Stub;
import android.content.Context;
import android.graphics.Canvas;
import android.util.AttributeSet;

public class View {
    public static final int VISIBLE = 0;
    public static final int GONE = 8;

    public View(Context context, AttributeSet attributes) { throw new Stub(); }
    public final <T extends View> T findViewById(int id) { throw new Stub(); }
    public final int getWidth() { throw new Stub(); }
    public final int getHeight() { throw new Stub(); }
    public int getVisibility() { throw new Stub(); }
    public void setVisibility(int visibility) { throw new Stub(); }
    public void setEnabled(boolean enabled) { throw new Stub(); }
    public void setContentDescription(CharSequence text) { throw new Stub(); }
    public void setOnClickListener(OnClickListener listener) { throw new Stub(); }
    public void setOnTouchListener(OnTouchListener listener) { throw new Stub(); }
    public void invalidate() { throw new Stub(); }
    protected void onDraw(Canvas canvas) { throw new Stub(); }

    public interface OnClickListener {
        void onClick(View view);
    }

    public interface OnTouchListener {
        boolean onTouch(View view, MotionEvent event);
    }
}
