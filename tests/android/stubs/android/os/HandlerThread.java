package android.os;

import android.Stub;

public class HandlerThread extends Thread {
    public HandlerThread(String name) { throw new Stub(); }
    public Looper getLooper() { throw new Stub(); }
}
