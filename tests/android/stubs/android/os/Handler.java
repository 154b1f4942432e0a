package android.os;

import android.Stub;

public class Handler {
    public Handler(Looper looper) { throw new Stub(); }
    public final boolean post(Runnable action) { throw new Stub(); }
    public final boolean postDelayed(Runnable action, long milliseconds) { throw new Stub(); }
    public final void removeCallbacks(Runnable action) { throw new Stub(); }
}
