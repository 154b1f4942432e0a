package android.app;

import android.Stub;
import android.content.ContextWrapper;

public class Application extends ContextWrapper {
    public void onCreate() { throw new Stub(); }
}
