package android.content;

import android.Stub;
import android.content.res.AssetManager;
import android.content.res.Resources;
import java.io.File;

public abstract class Context {
    public static final String CAMERA_SERVICE = "camera";
    public static final String POWER_SERVICE = "power";

    public Object getSystemService(String name) { throw new Stub(); }
    public AssetManager getAssets() { throw new Stub(); }
    public Resources getResources() { throw new Stub(); }
    public ContentResolver getContentResolver() { throw new Stub(); }
    public File getFilesDir() { throw new Stub(); }
    public File getCacheDir() { throw new Stub(); }
    public File getExternalFilesDir(String type) { throw new Stub(); }
    public Intent registerReceiver(BroadcastReceiver receiver, IntentFilter filter) { throw new Stub(); }
    public int checkSelfPermission(String permission) { throw new Stub(); }
    public final int getColor(int id) { throw new Stub(); }
    public final String getString(int id) { throw new Stub(); }
    public final String getString(int id, Object... arguments) { throw new Stub(); }
}
