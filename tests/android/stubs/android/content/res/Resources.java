package android.content.res;

import android.Stub;

public class Resources {
    public String[] getStringArray(int id) { throw new Stub(); }
}
