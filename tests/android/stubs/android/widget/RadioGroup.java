package android.widget;

import android.Stub;
import android.content.Context;
import android.util.AttributeSet;

public class RadioGroup extends LinearLayout {
    public RadioGroup(Context context, AttributeSet attributes) { super(context, attributes); }
    public int getCheckedRadioButtonId() { throw new Stub(); }
}
