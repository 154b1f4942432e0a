package android.app;

import android.Stub;
import android.content.Context;
import android.content.DialogInterface;
import android.view.View;

public class AlertDialog extends Dialog {
    public static class Builder {
        public Builder(Context context) { throw new Stub(); }
        public Builder setTitle(int text) { throw new Stub(); }
        public Builder setView(View view) { throw new Stub(); }
        public Builder setItems(CharSequence[] items, DialogInterface.OnClickListener listener) { throw new Stub(); }
        public Builder setPositiveButton(int text, DialogInterface.OnClickListener listener) { throw new Stub(); }
        public Builder setNegativeButton(int text, DialogInterface.OnClickListener listener) { throw new Stub(); }
        public AlertDialog show() { throw new Stub(); }
    }
}
