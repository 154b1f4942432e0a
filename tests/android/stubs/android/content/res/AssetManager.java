package android.content.res;

import android.Stub;
import java.io.IOException;
import java.io.InputStream;

public final class AssetManager {
    public InputStream open(String name) throws IOException { throw new Stub(); }
}
