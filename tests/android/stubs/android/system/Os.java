package android.system;

import android.Stub;

public final class Os {
    public static void setenv(String name, String value, boolean overwrite) throws ErrnoException { throw new Stub(); }
}
