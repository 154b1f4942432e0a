package android.app;

import android.Stub;
import android.content.Intent;
import android.content.SharedPreferences;
import android.os.Bundle;
import android.view.ContextThemeWrapper;
import android.view.LayoutInflater;
import android.view.View;
import android.view.WindowManager;

public class Activity extends ContextThemeWrapper {
    public static final int RESULT_OK = -1;
    public static final int MODE_PRIVATE = 0;

    public final Application getApplication() { throw new Stub(); }
    public WindowManager getWindowManager() { throw new Stub(); }
    public LayoutInflater getLayoutInflater() { throw new Stub(); }
    public SharedPreferences getPreferences(int mode) { throw new Stub(); }
    public <T extends View> T findViewById(int id) { throw new Stub(); }
    public void setContentView(int layout) { throw new Stub(); }
    public final void requestPermissions(String[] permissions, int request) { throw new Stub(); }
    public final void runOnUiThread(Runnable action) { throw new Stub(); }
    public void startActivityForResult(Intent intent, int request) { throw new Stub(); }
    public void onRequestPermissionsResult(int request, String[] permissions, int[] results) { throw new Stub(); }
    protected void onActivityResult(int request, int result, Intent data) { throw new Stub(); }
    protected void onCreate(Bundle saved) { throw new Stub(); }
    protected void onStart() { throw new Stub(); }
    protected void onStop() { throw new Stub(); }
    protected void onSaveInstanceState(Bundle out) { throw new Stub(); }
}
