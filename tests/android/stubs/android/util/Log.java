package android.util;

import android.Stub;

public final class Log {
    public static int w(String tag, String text, Throwable error) { throw new Stub(); }
}
