package android.widget;

import android.Stub;
import android.content.Context;
import android.text.Editable;
import android.util.AttributeSet;

public class EditText extends TextView {
    public EditText(Context context, AttributeSet attributes) { super(context, attributes); }
    @Override
    public Editable getText() { throw new Stub(); }
}
