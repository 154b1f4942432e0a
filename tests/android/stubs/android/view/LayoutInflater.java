package android.view;

import android.Stub;

public abstract class LayoutInflater {
    public View inflate(int layout, ViewGroup root) { throw new Stub(); }
    public View inflate(int layout, ViewGroup root, boolean attach) { throw new Stub(); }
}
