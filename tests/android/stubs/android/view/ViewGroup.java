package android.view;

import android.Stub;
import android.content.Context;
import android.util.AttributeSet;

public abstract class ViewGroup extends View {
    public ViewGroup(Context context, AttributeSet attributes) { super(context, attributes); }
    public void addView(View view) { throw new Stub(); }
    public void removeAllViews() { throw new Stub(); }
    public View getChildAt(int index) { throw new Stub(); }
}
