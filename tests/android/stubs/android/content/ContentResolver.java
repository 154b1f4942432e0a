package android.content;

import android.Stub;
import android.net.Uri;
import java.io.FileNotFoundException;
import java.io.OutputStream;

public abstract class ContentResolver {
    public final OutputStream openOutputStream(Uri place) throws FileNotFoundException { throw new Stub(); }
}
