package android.widget;

import android.Stub;
import android.content.Context;
import android.util.AttributeSet;

public abstract class CompoundButton extends Button {
    public CompoundButton(Context context, AttributeSet attributes) { super(context, attributes); }
    public boolean isChecked() { throw new Stub(); }
}
