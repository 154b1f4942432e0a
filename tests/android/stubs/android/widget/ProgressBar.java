package android.widget;

import android.Stub;
import android.content.Context;
import android.util.AttributeSet;
import android.view.View;

public class ProgressBar extends View {
    public ProgressBar(Context context, AttributeSet attributes) { super(context, attributes); }
    public void setProgress(int value) { throw new Stub(); }
}
