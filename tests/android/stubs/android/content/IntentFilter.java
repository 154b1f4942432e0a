package android.content;

import android.Stub;

public class IntentFilter {
    public IntentFilter(String action) { throw new Stub(); }
}
